/**
 * `model/<name>`: the door for everything that wants a model retrained, and the model's lock. One for each model, for ever:
 * before its history grows long it continues as new with what it knows.
 */
import {
  allHandlersFinished,
  ApplicationFailure,
  condition,
  continueAsNew,
  ParentClosePolicy,
  setHandler,
  setWorkflowOptions,
  sleep,
  startChild,
  WorkflowIdReusePolicy,
  workflowInfo,
} from '@temporalio/workflow';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import { z } from 'zod';
import { eventTime, eventTimeMs } from '../core/event-time.js';
import * as door from '../core/lifecycle/admission.js';
import { triggeredRunId } from '../core/names.js';
import * as messages from './messages.js';
import { cancelRun, doorActivities, reasonOf, rollBack, type Cord } from './model-rollback.js';

const { modelPolicy, awaitRun } = doorActivities;

/** Events after which the workflow continues as new; Temporal's own limit is 51,200. */
const HISTORY_LIMIT = 4_000;
/** Triggers of one cause come within a moment of each other; the run that they start can then name them all. */
const GATHERING = '500 ms';
/** Whoever saw a run end may start the next one before its end is known here. */
const HANDOVER = '3 seconds';
const KEPT_APPROVALS = 20;

/** What one run of this workflow hands to the next. */
interface Carried {
  readonly admission: door.AdmissionState;
  /** not yet admitted */
  readonly arrivals: readonly door.Arrival[];
  readonly policy: door.AdmissionPolicy;
  readonly lastRun: door.RunEnd | null;
  readonly rollback: messages.RollbackStatus | null;
  readonly approvals: messages.ModelStatus['approvals'];
}

export interface ModelInput {
  readonly name: string;
  readonly carried?: Carried;
  readonly historyLimit?: number;
}

const fresh: Carried = {
  admission: door.openDoor,
  arrivals: [],
  policy: { on: [], cooldownMs: 0, maxFailures: 3 },
  lastRun: null,
  rollback: null,
  approvals: [],
};

const now = (): string => eventTime(Date.now());

const wrongPayload = (error: unknown): string =>
  error instanceof z.ZodError
    ? error.issues.map(({ path, message }) => `${path.join('.') || 'payload'}: ${message}`).join('; ')
    : String(error);

const validated =
  (schema: z.ZodType) =>
  (payload: unknown): void => {
    const { error } = schema.safeParse(payload);
    if (error) throw ApplicationFailure.nonRetryable(wrongPayload(error), 'USAGE');
  };

// It lives for ever: unlike a run, which stays with the release that it began with, it moves on to the newest one. A worker
// without a release refuses to hear of it.
setWorkflowOptions(() => (workflowInfo().currentDeploymentVersion?.deploymentName ? { versioningBehavior: 'AUTO_UPGRADE' } : {}), model);

export async function model({ name, carried = fresh, historyLimit = HISTORY_LIMIT }: ModelInput): Promise<void> {
  let { admission, policy, lastRun, rollback, approvals } = carried;
  const arrivals = [...carried.arrivals];
  const cords: Cord[] = [];
  /** the run that was started (or found) and whose end is awaited */
  let followed = admission.running?.runId;
  /** runs that must not go on because the cord was pulled */
  const stopped = new Set<string>();
  let steps = 0;
  let unnamed = 0;

  const runIdOf = (key: string): string => triggeredRunId('retraining', name, key.replace(/[^\w.:+-]+/g, '_'));

  /** Work that must be finished before this run hands over to the next. */
  const step = async (work: () => Promise<void>): Promise<void> => {
    steps += 1;
    try {
      await work();
    } finally {
      steps -= 1;
    }
  };

  const refuse = (source: string, why: string, of: Partial<door.Arrival> = {}): void => {
    const { key = '', asOf = null } = of;
    admission = door.record(admission, { at: now(), source, key, asOf, decision: 'refused', runId: null, reasons: [why] });
  };

  /** A signal cannot answer: what it says wrongly is recorded for `status`. */
  const reading =
    <S extends z.ZodType>(signal: string, schema: S, accept: (payload: z.output<S>, at: string) => void) =>
    (payload?: unknown): void => {
      try {
        accept(messages.understood(schema, payload), now());
      } catch (error) {
        refuse(signal, wrongPayload(error));
      }
    };

  setHandler(messages.status, () => ({
    model: name,
    ...admission,
    circuitOpen: admission.failures >= policy.maxFailures,
    lastRun,
    rollback,
    approvals,
  }));

  setHandler(
    messages.retrain,
    reading('retrain', door.Trigger, ({ source, reason, key, asOf }, at) => {
      const own = `${source}-${at}-${unnamed++}`;
      arrivals.push({ source, reason, at, key: key ?? own, asOf: asOf === undefined ? null : eventTime(eventTimeMs(asOf)) });
    }),
  );
  setHandler(
    messages.rollback,
    reading('rollback', messages.RollbackRequest, ({ reason, actor, to, id }, at) => {
      admission = door.pause(admission, { reason: `rollback: ${reason}`, actor, at });
      const ids = id === undefined ? [] : [id];
      const same = cords.find((cord) => cord.to === to);
      if (same)
        same.ids.push(...ids); // whoever pulls twice means one rollback
      else cords.push({ ids, reason, actor, at, ...(to === undefined ? {} : { to }) });
    }),
  );
  setHandler(
    messages.pause,
    reading('pause', messages.PauseRequest, ({ reason, actor = null }, at) => {
      admission = door.pause(admission, { reason, actor, at });
    }),
  );
  setHandler(
    messages.resume,
    reading('resume', messages.ResumeRequest, () => {
      admission = door.resume(admission);
    }),
  );
  setHandler(
    messages.approve,
    (approval) => {
      approvals = [...approvals, { ...messages.Approval.parse(approval), at: now() }].slice(-KEPT_APPROVALS);
    },
    { validator: validated(messages.Approval) },
  );
  setHandler(
    messages.acquire,
    async (request) => {
      const { runId, asOf, kind } = messages.AcquireRequest.parse(request);
      await condition(() => admission.running === null || admission.running.runId === runId, HANDOVER);
      const welcome = kind === 'manual' || kind === 'backfill' || admission.running?.runId === runId;
      if (stopped.has(runId) || (admission.paused && !welcome))
        throw ApplicationFailure.nonRetryable(`Model '${name}' is paused: ${admission.paused?.reason ?? 'rollback'}.`, 'MODEL_PAUSED');
      const taken = door.acquire(admission, { runId, asOf: eventTime(eventTimeMs(asOf)), at: now() });
      if ('busy' in taken) {
        const { runId: holder } = taken.busy;
        throw ApplicationFailure.nonRetryable(`Model '${name}' is held by ${holder}.`, 'MODEL_BUSY', { details: { model: name, holder } });
      }
      admission = taken.state;
    },
    { validator: validated(messages.AcquireRequest) },
  );

  const admitNext = async (): Promise<void> => {
    const arrival = arrivals.shift()!;
    try {
      policy = await modelPolicy(name);
      admission = door.admit(admission, arrival, policy, runIdOf).state;
    } catch (error) {
      refuse(arrival.source, reasonOf(error), arrival);
    }
  };

  const conclude = (ended: door.RunEnd): void => {
    lastRun = ended;
    admission = door.conclude(admission, ended, policy, runIdOf);
  };

  const start = async ({ runId, key, asOf }: door.UnderWay): Promise<void> => {
    await sleep(GATHERING);
    if (admission.paused)
      return conclude({ runId, outcome: 'cancelled', asOf, reasons: [`paused before it began: ${admission.paused.reason}`], at: now() });
    try {
      await startChild('retraining', {
        workflowId: runId,
        args: [{ model: name, key, reasons: admission.running?.reasons, ...(asOf === null ? {} : { asOf }) }],
        parentClosePolicy: ParentClosePolicy.ABANDON, // a run outlives its door: this workflow continues as new meanwhile
        workflowIdReusePolicy: WorkflowIdReusePolicy.REJECT_DUPLICATE,
      });
    } catch (error) {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error; // the same key: that run is the answer
    }
    followed = runId;
    if (stopped.has(runId)) await cancelRun(runId);
  };

  // Triggers then wait for the next run, so that a stream of them cannot keep this one alive.
  const isLong = (): boolean => workflowInfo().historyLength > historyLimit || workflowInfo().continueAsNewSuggested;

  const admitting = async (): Promise<never> => {
    for (;;) {
      await condition(() => arrivals.length > 0 && !isLong());
      await step(admitNext);
    }
  };

  const following = async (): Promise<never> => {
    for (;;) {
      await condition(() => admission.running !== null);
      const run = admission.running!;
      if (run.own && followed !== run.runId) await step(() => start(run));
      if (admission.running?.runId !== run.runId) continue;
      followed = run.runId;
      const ended = await awaitRun({ runId: run.runId });
      conclude(ended);
      stopped.delete(run.runId);
    }
  };

  const rollingBack = async (): Promise<never> => {
    for (;;) {
      await condition(() => cords.length > 0);
      await step(async () => {
        const running = admission.running?.runId;
        if (running !== undefined) stopped.add(running);
        await rollBack(name, cords[0]!, running, (status) => (rollback = status));
        cords.shift();
      });
    }
  };

  const isQuiet = (): boolean =>
    steps === 0 && cords.length === 0 && (admission.running === null || admission.running.runId === followed) && allHandlersFinished();
  await Promise.race([condition(() => isLong() && isQuiet()), admitting(), following(), rollingBack()]);
  await continueAsNew<typeof model>({ name, historyLimit, carried: { admission, arrivals, policy, lastRun, rollback, approvals } });
}
