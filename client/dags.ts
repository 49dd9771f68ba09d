/** DAG runs from outside: start, watch, list, cancel. */
import {
  WorkflowExecutionAlreadyStartedError,
  WorkflowFailedError,
  WorkflowNotFoundError,
  type Client,
  type WorkflowExecutionStatusName,
} from '@temporalio/client';
import { ulid } from 'ulid';
import type { DagRunState } from '../core/dag/run-state.js';
import { RekindleError } from '../core/errors.js';
import type { Json } from '../core/json.js';
import { keys, manualRunId, RESERVED_DAG_IDS, TASK_QUEUES } from '../core/names.js';
import type { ObjectStore } from '../core/ports.js';
import { publishedDagIds, readJson } from './publish.js';

export interface StartOptions {
  /** default: a new one; the same id again does not start a second run */
  readonly runId?: string;
}

/**
 * Starts a run of a DAG; a worker that has loaded it checks the params.
 * @returns the run's id
 */
export const startRun = async (
  client: Client,
  dag: string,
  params: Json = {},
  { runId = manualRunId(dag, ulid()) }: StartOptions = {},
): Promise<string> => {
  try {
    await client.workflow.start(dag, {
      workflowId: runId,
      taskQueue: TASK_QUEUES.orchestration,
      args: [params],
      workflowIdReusePolicy: 'REJECT_DUPLICATE', // also when the first one has ended
    });
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
  }
  return runId;
};

/** DAGs that may have a run of this id, likeliest first: our own ids begin with the DAG's, but a starter may choose another. */
const dagsOf = async (objects: ObjectStore, runId: string): Promise<string[]> => {
  const fit = (dag: string): number => (runId.startsWith(`${dag}-`) ? dag.length : 0);
  return (await publishedDagIds(objects)).sort((a, b) => fit(b) - fit(a));
};

/** The state that a run left behind; undefined where there is none. */
const storedState = async (objects: ObjectStore, runId: string): Promise<DagRunState | undefined> => {
  for (const dag of await dagsOf(objects, runId)) {
    const state = await readJson(objects, keys.runState(dag, runId));
    if (state !== undefined) return state as DagRunState;
  }
  return undefined;
};

/**
 * Asks the run itself, with outputs; of one that Temporal no longer remembers, its last state in the object store.
 * @throws DAG_RUN_NOT_FOUND
 */
export const runState = async (client: Client, objects: ObjectStore, runId: string): Promise<DagRunState> => {
  try {
    return await client.workflow.getHandle(runId).query<DagRunState, [{ outputs: boolean }]>('state', { outputs: true });
  } catch (error) {
    const stored = await storedState(objects, runId);
    if (stored) return stored;
    if (error instanceof WorkflowNotFoundError) throw new RekindleError('DAG_RUN_NOT_FOUND', `There is no run '${runId}'.`, { runId });
    throw error;
  }
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

export interface RunSummary {
  readonly dag: string;
  readonly runId: string;
  readonly state: 'running' | 'success' | 'failed';
  readonly start: string;
  readonly end: string | null;
}

const STATES: Partial<Record<WorkflowExecutionStatusName, RunSummary['state']>> = {
  RUNNING: 'running',
  CONTINUED_AS_NEW: 'running',
  COMPLETED: 'success',
};

export interface ListOptions {
  readonly dag?: string | undefined;
  /** default 50 */
  readonly limit?: number;
}

const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`;

/** Newest first, as Temporal's index has them: a run that has just begun may be missing for a moment. */
export const listRuns = async (client: Client, { dag, limit = 50 }: ListOptions = {}): Promise<RunSummary[]> => {
  const others = RESERVED_DAG_IDS.map(quoted).join(', ');
  const which = dag === undefined ? `WorkflowType NOT IN (${others})` : `WorkflowType = ${quoted(dag)}`;
  const runs: RunSummary[] = [];
  for await (const { type, workflowId, status, startTime, closeTime } of client.workflow.list({
    query: `TaskQueue = ${quoted(TASK_QUEUES.orchestration)} AND ${which}`,
    pageSize: Math.min(limit, 1000),
  })) {
    const state = STATES[status.name] ?? 'failed';
    runs.push({ dag: type, runId: workflowId, state, start: startTime.toISOString(), end: closeTime?.toISOString() ?? null });
    if (runs.length >= limit) break;
  }
  return runs;
};

/** Cancels a run; its tasks hear of it, and what has an undo is undone. @throws DAG_RUN_NOT_FOUND */
export const cancelRun = async (client: Client, runId: string): Promise<void> => {
  try {
    await client.workflow.getHandle(runId).cancel();
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) throw new RekindleError('DAG_RUN_NOT_FOUND', `No run '${runId}' is under way.`, { runId });
    throw error;
  }
};

export interface TaskLogFile {
  /** task instance */
  readonly task: string;
  readonly attempt: number;
  readonly key: string;
}

/** The logs that a run has kept so far, those of a try that goes on included (some seconds late). */
export const taskLogs = async (objects: ObjectStore, runId: string): Promise<TaskLogFile[]> => {
  const logs: TaskLogFile[] = [];
  for (const dag of await dagsOf(objects, runId)) {
    const prefix = `${keys.runsPrefix(dag)}${runId}/`;
    for await (const { key } of objects.list(prefix)) {
      const [, task, attempt] = /^(.+)\/(\d+)\.log$/.exec(key.slice(prefix.length)) ?? [];
      if (task !== undefined) logs.push({ task, attempt: Number(attempt), key });
    }
  }
  return logs;
};
