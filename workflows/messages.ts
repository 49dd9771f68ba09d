/** Signals, updates and the query of `model/<name>`: defined once, used by the workflow and by whoever calls it. */
import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import { z } from 'zod';
import { Reason, type AdmissionState, type RunEnd, type Trigger } from '../core/lifecycle/admission.js';

/** Texts travel with the workflow for ever: nobody's novel may. */
const reason = Reason.default('by hand');
const name = z.string().min(1).max(200);

/** Everything may be left out, so that nobody has to look up a schema at three in the morning. */
export const RollbackRequest = z.strictObject({
  reason,
  /** a version; absent: the one that served before */
  to: name.optional(),
  actor: name.default('somebody'),
  /** lets the sender find its own rollback in `status` */
  id: name.optional(),
});
export type RollbackRequest = z.infer<typeof RollbackRequest>;

export const PauseRequest = z.strictObject({ reason, actor: name.optional() });
export const ResumeRequest = z.strictObject({ reason, actor: name.optional() });

export const Approval = z.strictObject({
  decision: z.enum(['approved', 'rejected']),
  approver: name,
  reason: Reason.default(''),
});
export type Approval = z.infer<typeof Approval>;

export const AcquireRequest = z.strictObject({
  runId: z.string().min(1).max(1000),
  asOf: z.iso.datetime(),
  /** how the run began: those that nobody asked for respect a pause */
  kind: z.enum(['manual', 'scheduled', 'backfill', 'triggered']).default('manual'),
});
export type AcquireRequest = z.infer<typeof AcquireRequest>;

/** A rollback from the moment the cord is pulled to every gateway serving. */
export interface RollbackStatus {
  /** ids of the requests it answers */
  readonly ids: readonly string[];
  readonly reason: string;
  readonly actor: string;
  readonly at: string;
  /** `unverified`: the pointer has moved, but some gateway did not follow in time */
  readonly state: 'under_way' | 'committed' | 'verified' | 'unverified' | 'failed';
  readonly from: string | null;
  readonly to: string | null;
  readonly generation: number | null;
  /** live gateways that were seen serving the generation */
  readonly gateways: readonly string[];
  /** from the signal to the last state */
  readonly seconds: number | null;
  readonly error: string | null;
}

export interface ModelStatus extends AdmissionState {
  readonly model: string;
  /** after too many failures in a row nothing starts until `resume` */
  readonly circuitOpen: boolean;
  /** how the last retraining ended */
  readonly lastRun: RunEnd | null;
  /** the last one */
  readonly rollback: RollbackStatus | null;
  /** newest last */
  readonly approvals: readonly (Approval & { readonly at: string })[];
}

// Payloads come from people and other languages: the workflow checks them and records what it refuses.
export const retrain = defineSignal<[Partial<Trigger>?]>('retrain');
export const rollback = defineSignal<[z.input<typeof RollbackRequest>?]>('rollback');
export const pause = defineSignal<[z.input<typeof PauseRequest>?]>('pause');
export const resume = defineSignal<[z.input<typeof ResumeRequest>?]>('resume');
export const approve = defineUpdate<void, [z.input<typeof Approval>]>('approve');
/** Fails with MODEL_BUSY or MODEL_PAUSED. */
export const acquire = defineUpdate<void, [z.input<typeof AcquireRequest>]>('acquire');
export const status = defineQuery<ModelStatus>('status');

/** A payload as its schema makes it; a bare text is the reason. @throws ZodError */
export const understood = <S extends z.ZodType>(schema: S, payload: unknown): z.output<S> =>
  schema.parse(typeof payload === 'string' ? { reason: payload } : (payload ?? {}));
