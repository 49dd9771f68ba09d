/** Models from outside: their doors, their runs, what serves. Everything that is known of a model can be asked here. */
import {
  WithStartWorkflowOperation,
  WorkflowFailedError,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
  type Client,
} from '@temporalio/client';
import { ApplicationFailure, CancelledFailure, TerminatedFailure, type SignalDefinition, type UpdateDefinition } from '@temporalio/common';
import { setTimeout as sleep } from 'node:timers/promises';
import { ulid } from 'ulid';
import { ERRORS, RekindleError, type ErrorCode } from '../core/errors.js';
import type { Decision, RunEnd, Trigger } from '../core/lifecycle/admission.js';
import { RetrainingResult } from '../core/lifecycle/results.js';
import { modelWorkflowId, TASK_QUEUES } from '../core/names.js';
import type { ModelDoor } from '../core/ports.js';
import type { Registry, RollbackDone } from '../platform/registry/registry.js';
import * as messages from '../workflows/messages.js';
import type { ModelStatus, RollbackStatus } from '../workflows/messages.js';

export type { ModelStatus, RollbackStatus };

/** How to find the door, and how to open it where it is not yet. */
const doorOf = (model: string) => ({
  workflowId: modelWorkflowId(model),
  taskQueue: TASK_QUEUES.orchestration,
  args: [{ name: model }],
});

const signal = async <A extends unknown[]>(client: Client, model: string, signal: SignalDefinition<A>, ...args: A): Promise<void> => {
  await client.workflow.signalWithStart('model', { ...doorOf(model), signal, signalArgs: args } as never);
};

/** An update that failed with a code of ours is that error. */
const update = async <A extends unknown[]>(client: Client, model: string, update: UpdateDefinition<void, A>, ...args: A): Promise<void> => {
  const startWorkflowOperation = new WithStartWorkflowOperation('model', { ...doorOf(model), workflowIdConflictPolicy: 'USE_EXISTING' });
  try {
    await client.workflow.executeUpdateWithStart(update, { startWorkflowOperation, args });
  } catch (error) {
    const cause = error instanceof WorkflowUpdateFailedError ? error.cause : undefined;
    if (!(cause instanceof ApplicationFailure) || !Object.hasOwn(ERRORS, cause.type ?? '')) throw error;
    const details = (cause.details?.[0] ?? {}) as Record<string, unknown>;
    throw new RekindleError(cause.type as ErrorCode, cause.message, details, { cause: error });
  }
};

/** Opens the door of a model if it is not open; `sync` does so for every model that it publishes. */
export const openModelDoor = async (client: Client, model: string): Promise<void> => {
  await client.workflow.start('model', { ...doorOf(model), workflowIdConflictPolicy: 'USE_EXISTING' });
};

/** How tasks reach the door of a model. */
export const createModelDoor = (client: Client): ModelDoor => ({
  trigger: (model, trigger) => signal(client, model, messages.retrain, trigger),
  acquire: (model, runId, asOf, kind = 'manual') => update(client, model, messages.acquire, { runId, asOf, kind }),
});

const innermost = (error: unknown): string => {
  let cause = error;
  while (cause instanceof Error && cause.cause !== undefined) cause = cause.cause;
  return cause instanceof Error ? cause.message : String(cause);
};

const ended = (runId: string, outcome: RunEnd['outcome'], asOf: string | null, reasons: readonly string[]): RunEnd => ({
  ...{ runId, outcome, asOf, reasons },
  at: new Date().toISOString(),
});

/** @returns undefined when there is no such run */
const endIfFound = async (client: Client, runId: string, signal?: AbortSignal): Promise<RunEnd | undefined> => {
  const result = (): Promise<unknown> => client.workflow.getHandle(runId).result();
  try {
    const verdict = RetrainingResult.safeParse(await (signal ? client.withAbortSignal(signal, result) : result()));
    if (!verdict.success) return ended(runId, 'inconclusive', null, ['the run ended without a verdict']);
    const { outcome, asOf, reasons } = verdict.data;
    return ended(runId, outcome, asOf, reasons);
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return undefined;
    if (!(error instanceof WorkflowFailedError)) throw error;
    const willed = error.cause instanceof CancelledFailure || error.cause instanceof TerminatedFailure;
    return ended(runId, willed ? 'cancelled' : 'failed', null, [innermost(error)]);
  }
};

/** Follows a retraining to its end, however it ends. An abort of `signal` rejects. */
export const retrainingEnd = async (client: Client, runId: string, signal?: AbortSignal): Promise<RunEnd> =>
  (await endIfFound(client, runId, signal)) ?? ended(runId, 'failed', null, ['there is no such run']);

/** @returns undefined when the door has never been opened @throws what Temporal throws when it cannot be reached */
export const modelStatus = async (client: Client, model: string): Promise<ModelStatus | undefined> => {
  try {
    return await client.workflow.getHandle(modelWorkflowId(model)).query(messages.status);
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return undefined;
    throw error;
  }
};

const POLL_MS = 100;
/** A worker that restarts is back by then. */
const SILENCE_MS = 15_000;

const silent = (model: string, cause?: unknown): RekindleError =>
  new RekindleError('TEMPORAL_UNREACHABLE', `The door of model '${model}' does not answer: is a worker running?`, { model }, { cause });

/** Asks the door until `find` finds; the door answers signals only by its status. */
const answerOf = async <T>(client: Client, model: string, timeoutMs: number, find: (status: ModelStatus) => T | undefined): Promise<T> => {
  const deadline = Date.now() + timeoutMs;
  for (let heard = Date.now(); ;) {
    try {
      const status = await modelStatus(client, model);
      const answer = status && find(status);
      if (answer !== undefined) return answer;
      heard = Date.now();
    } catch (error) {
      if (Date.now() - heard > SILENCE_MS) throw silent(model, error);
    }
    if (Date.now() > deadline) throw silent(model);
    await sleep(POLL_MS);
  }
};

/** Sends a trigger and waits for the door's answer. */
export const retrain = async (client: Client, model: string, trigger: Partial<Trigger>): Promise<Decision> => {
  const key = trigger.key ?? ulid();
  const answers = (status: ModelStatus | undefined): Decision[] => status?.decisions.filter((made) => made.key === key) ?? [];
  const before = answers(await modelStatus(client, model)).length;
  await signal(client, model, messages.retrain, { ...trigger, key });
  return answerOf(client, model, 20_000, (status) => answers(status)[before]);
};

/**
 * Follows what a decision led to: the run that it started or joined, or, once its turn has come, the one that follows.
 * @returns undefined when nothing came of it
 */
export const endOfRetraining = async (client: Client, model: string, decision: Decision): Promise<RunEnd | undefined> => {
  const { runId } = await turnOf(client, model, decision);
  while (runId !== null) {
    const end = await endIfFound(client, runId);
    if (end) return end;
    // Either it has not begun yet, or it was stopped before it could.
    const status = await modelStatus(client, model);
    if (status?.running?.runId !== runId) return status?.lastRun?.runId === runId ? status.lastRun : undefined;
    await sleep(POLL_MS);
  }
  return undefined;
};

/** A trigger that waits behind a run gets a second decision when its turn has come. */
const turnOf = async (client: Client, model: string, decision: Decision): Promise<Decision> => {
  if (decision.decision !== 'coalesce' || decision.runId !== null) return decision;
  const isItsTurn = ({ source, at }: Decision): boolean => source === 'follow-up' && at >= decision.at;
  return answerOf(client, model, 7 * 86_400_000, ({ decisions }) => decisions.find(isItsTurn));
};

export interface RollbackOptions {
  readonly reason?: string;
  readonly to?: string;
  readonly actor?: string;
}

/** @returns how it went; with `wait: false` right after the cord was pulled */
export const rollback = async (
  client: Client,
  model: string,
  options: RollbackOptions,
  { wait = true }: { wait?: boolean } = {},
): Promise<RollbackStatus | undefined> => {
  const id = ulid();
  await signal(client, model, messages.rollback, { ...options, id });
  if (!wait) return undefined;
  return answerOf(client, model, 6 * 60_000, ({ rollback: done }) =>
    done?.ids.includes(id) && !['under_way', 'committed'].includes(done.state) ? done : undefined,
  );
};

export interface DirectRollback extends RollbackDone {
  readonly gateways: readonly string[];
  readonly seconds: number;
}

/** Needs nothing but the object store. Triggers are not paused: that is Temporal's. @throws as `Registry.rollBack`, ROLLBACK_UNVERIFIED */
export const rollbackDirect = async (
  registry: Registry,
  model: string,
  environment: string,
  { reason = 'by hand', actor = 'somebody', to }: RollbackOptions,
): Promise<DirectRollback> => {
  const started = Date.now();
  const pulled = (await registry.pointer(model, environment)) ?? null;
  const decisionId = `direct/${ulid()}`;
  const done = await registry.rollBack({ model, environment, pulled, decisionId, actor, reason, ...(to === undefined ? {} : { to }) });
  const served = await registry.waitUntilServed(model, environment, done.generation, { timeoutMs: 30_000 });
  return { ...done, gateways: served.map(({ gateway }) => gateway), seconds: (Date.now() - started) / 1000 };
};

interface Why {
  readonly reason?: string;
  readonly actor?: string;
}

export const pause = (client: Client, model: string, why: Why = {}): Promise<void> => signal(client, model, messages.pause, why);

export const resume = (client: Client, model: string, why: Why = {}): Promise<void> => signal(client, model, messages.resume, why);

/** @throws USAGE when the approval is not understood */
export const approve = (client: Client, model: string, approval: messages.Approval): Promise<void> =>
  update(client, model, messages.approve, approval);

/** @throws MODEL_NOT_FOUND when nothing of the model was ever published or trained: a door for a typing error would stay open for ever */
export const requireModel = async (registry: Pick<Registry, 'models'>, model: string): Promise<void> => {
  if (!(await registry.models()).includes(model)) throw new RekindleError('MODEL_NOT_FOUND', `There is no model '${model}'.`, { model });
};
