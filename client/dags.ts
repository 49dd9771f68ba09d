/** DAG runs from outside: start them, wait for them, and what people may say to those that go on. */
import {
  WorkflowExecutionAlreadyStartedError,
  WorkflowFailedError,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
  type Client,
} from '@temporalio/client';
import type { UpdateDefinition } from '@temporalio/common';
import { ulid } from 'ulid';
import type { RunInput } from '../core/dag/run-input.js';
import { RekindleError } from '../core/errors.js';
import type { Json } from '../core/json.js';
import { manualRunId, TASK_QUEUES } from '../core/names.js';
import type { ObjectStore } from '../core/ports.js';
import * as messages from '../workflows/dag-messages.js';
import { runState } from './run-state.js';

export { runState, storedState, type LiveRunState } from './run-state.js';
export { listRuns, type ListOptions, type RunSummary } from './run-list.js';
export { taskLogs, type TaskLogFile } from './task-logs.js';

export interface StartOptions {
  /** default: a new one; the same id again does not start a second run */
  readonly runId?: string;
  readonly input?: RunInput;
}

/**
 * Starts a run of a DAG; a worker that has loaded it checks the params.
 * @returns the run's id
 */
export const startRun = async (
  client: Client,
  dag: string,
  params: Json = {},
  { runId = manualRunId(dag, ulid()), input }: StartOptions = {},
): Promise<string> => {
  try {
    await client.workflow.start(dag, {
      workflowId: runId,
      taskQueue: TASK_QUEUES.orchestration,
      args: input === undefined ? [params] : [params, input],
      workflowIdReusePolicy: 'REJECT_DUPLICATE', // also when the first one has ended
    });
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
  }
  return runId;
};

/** Waits for a run's end. Whether it succeeded is in its state: a failed run does not reject. */
export const runEnded = async (client: Client, runId: string, signal?: AbortSignal): Promise<void> => {
  const result = (): Promise<unknown> => client.workflow.getHandle(runId).result();
  try {
    await (signal ? client.withAbortSignal(signal, result) : result());
  } catch (error) {
    if (!(error instanceof WorkflowFailedError)) throw error;
  }
};

const notUnderWay = (runId: string): RekindleError => new RekindleError('DAG_RUN_NOT_FOUND', `No run '${runId}' is under way.`, { runId });

/** Cancels a run; its tasks hear of it, and what has an undo is undone. @throws DAG_RUN_NOT_FOUND */
export const cancelRun = async (client: Client, runId: string): Promise<void> => {
  try {
    await client.workflow.getHandle(runId).cancel();
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) throw notUnderWay(runId);
    throw error;
  }
};

/** A worker that restarts is back by then. */
const ANSWER_MS = 20_000;
const DEADLINE_EXCEEDED = 4;

const update = async <A>(
  client: Client,
  { runId, workflowId = runId }: { readonly runId: string; readonly workflowId?: string | undefined },
  definition: UpdateDefinition<void, [A]>,
  given: A,
): Promise<void> => {
  const handle = client.workflow.getHandle(workflowId);
  try {
    await client.withDeadline(Date.now() + ANSWER_MS, () => handle.executeUpdate(definition, { args: [given] }));
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) throw notUnderWay(runId);
    if (error instanceof WorkflowUpdateFailedError)
      throw new RekindleError('DAG_RUN_REFUSED', error.cause?.message ?? error.message, { runId }, { cause: error });
    const { code, cause } = error as { readonly code?: unknown; readonly cause?: { readonly code?: unknown } };
    if ((code ?? cause?.code) === DEADLINE_EXCEEDED)
      throw new RekindleError('DAG_RUN_SILENT', `Run '${runId}' did not answer.`, { runId }, { cause: error });
    throw error;
  }
};

/** Items of large maps live in workflows of their own; who speaks to one speaks to that. */
const homeOf = async (client: Client, objects: ObjectStore, runId: string, instance: string): Promise<string | undefined> => {
  const { tasks, homes } = await runState(client, objects, runId, { outputs: false });
  if (!Object.hasOwn(tasks, instance)) {
    const alike = Object.keys(tasks).filter((known) => known.includes(instance));
    const hint = alike.length > 0 ? ` Did you mean ${alike.slice(0, 3).join(', ')}?` : '';
    throw new RekindleError('DAG_RUN_REFUSED', `Run '${runId}' has no task instance '${instance}'.${hint}`, { runId, instance });
  }
  return homes?.[instance];
};

/** Where the caller names none and only one waits, that one is meant, wherever it is. */
const approvalOf = async (client: Client, objects: ObjectStore, runId: string, instance: string | undefined) => {
  if (instance !== undefined) return { instance, workflowId: await homeOf(client, objects, runId, instance) };
  const { tasks, homes } = await runState(client, objects, runId, { outputs: false });
  const waiting = Object.entries(tasks).filter(
    ([, { kind, state }]) => kind === 'approval' && (state === 'deferred' || state === 'running'),
  );
  const [only] = waiting;
  if (only && waiting.length === 1) return { instance: only[0], workflowId: homes?.[only[0]] };
  const which = waiting.length === 0 ? 'none waits' : `these wait: ${waiting.map(([name]) => name).join(', ')}`;
  throw new RekindleError('DAG_RUN_REFUSED', `Say which approval of run '${runId}': ${which}.`, { runId });
};

/**
 * Answers an approval that waits.
 * @returns the task instance that was meant
 * @throws DAG_RUN_REFUSED if nothing waits, or the input does not fit; DAG_RUN_NOT_FOUND
 */
export const approveTask = async (client: Client, objects: ObjectStore, runId: string, answer: messages.ApproveTask): Promise<string> => {
  const { instance, workflowId } = await approvalOf(client, objects, runId, answer.instance);
  await update(client, { runId, workflowId }, messages.approveTask, { ...answer, instance });
  return instance;
};

/** Ends a task instance that runs or waits, without its doing. @throws DAG_RUN_REFUSED, DAG_RUN_NOT_FOUND */
export const markTask = async (client: Client, objects: ObjectStore, runId: string, mark: messages.MarkTask): Promise<void> =>
  update(client, { runId, workflowId: await homeOf(client, objects, runId, mark.instance) }, messages.markTask, mark);

/** @throws DAG_RUN_REFUSED, DAG_RUN_NOT_FOUND */
export const cancelTask = async (client: Client, objects: ObjectStore, runId: string, cancel: messages.CancelTask): Promise<void> =>
  update(client, { runId, workflowId: await homeOf(client, objects, runId, cancel.instance) }, messages.cancelTask, cancel);

/** @throws DAG_RUN_NOT_FOUND */
export const addNote = (client: Client, runId: string, note: messages.Note): Promise<void> =>
  update(client, { runId }, messages.addNote, note);
