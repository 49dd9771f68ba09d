/** Clearing runs that have ended: a new run takes over what is kept; the old one stays as it was. */
import { WorkflowExecutionAlreadyStartedError, WorkflowNotFoundError, type Client } from '@temporalio/client';
import { planClear, type ClearPlan, type ClearSelection } from '../core/dag/clear.js';
import type { RunInput } from '../core/dag/run-input.js';
import type { DagRunState } from '../core/dag/run-state.js';
import type { TaskOutcome } from '../core/dag/run.js';
import { isRekindleError, RekindleError } from '../core/errors.js';
import { clearedRunId, firstRunId, keys, TASK_QUEUES } from '../core/names.js';
import type { ObjectStore } from '../core/ports.js';
import type { MarkTask } from '../workflows/dag-messages.js';
import { packSeed } from './clear-seed.js';
import { runEnded } from './dags.js';
import { readJson } from './publish.js';
import { listRuns } from './run-list.js';
import { runState, storedState } from './run-state.js';
import { currentVersion, dagVersion, versionOfRun } from './chosen-version.js';

export interface ClearRequest extends ClearSelection {
  /** `now` (default): what the workers have loaded; `then`: what the run had; or the hash of a published version */
  readonly version?: string | undefined;
  /** a note that the new run begins with */
  readonly note?: string | undefined;
}

/** What clearing would do; {@link startCleared} does it. */
export interface PlannedClear extends ClearPlan {
  readonly dag: string;
  readonly runId: string;
  /** how that one ended */
  readonly state: DagRunState['state'];
  /** of the DAG that the new run is expected to run */
  readonly hash: string;
  /** the new run's; another one if somebody clears the run at the same time */
  readonly newRunId: string;
  readonly params: DagRunState['params'];
  /** beside the seed */
  readonly input: Omit<RunInput, 'seed'>;
}

/** Undefined of a run that Temporal does not know (any more). */
const statusOf = async (client: Client, runId: string): Promise<{ readonly dag: string; readonly isOpen: boolean } | undefined> => {
  try {
    const { type, status } = await client.workflow.getHandle(runId).describe();
    return { dag: type, isOpen: status.name === 'RUNNING' };
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return undefined;
    throw error;
  }
};

const underWay = (runId: string): RekindleError => new RekindleError('DAG_RUN_UNDER_WAY', `Run '${runId}' is under way.`, { runId });

/** As it left itself behind, with large outputs in the store; of a run ended by force, as the server tells it. */
const endedState = async (client: Client, objects: ObjectStore, runId: string): Promise<DagRunState> => {
  const status = await statusOf(client, runId);
  if (status?.isOpen) throw underWay(runId);
  const stored = status
    ? ((await readJson(objects, keys.runState(status.dag, runId))) as DagRunState | undefined)
    : await storedState(objects, runId);
  return stored ?? (await runState(client, objects, runId));
};

/**
 * A run and those that were cleared from it, oldest first.
 * @throws DAG_RUN_UNDER_WAY if one of them goes on: two runs would do the same work at once
 */
const attemptsOf = async (client: Client, objects: ObjectStore, dag: string, runId: string): Promise<string[]> => {
  const attempts = [firstRunId(runId)];
  for (;;) {
    const next = clearedRunId(runId, attempts.length + 1);
    const status = await statusOf(client, next);
    if (status?.isOpen) throw underWay(next);
    if (!status && !(await objects.head(keys.runState(dag, next)))) return attempts;
    attempts.push(next);
  }
};

const versionFor = async (objects: ObjectStore, state: DagRunState, version: string) => {
  if (version === 'now') return currentVersion(objects, state.dag);
  return version === 'then' ? versionOfRun(objects, state) : dagVersion(objects, state.dag, version);
};

/**
 * @throws DAG_RUN_NOT_FOUND, DAG_RUN_UNDER_WAY, DAG_NOT_FOUND, DAG_VERSION_NOT_FOUND, TASK_INSTANCE_NOT_FOUND, TASK_NOT_STARTED
 */
export const planRunClear = async (
  client: Client,
  objects: ObjectStore,
  runId: string,
  { version = 'now', note, ...selection }: ClearRequest,
): Promise<PlannedClear> => {
  const state = await endedState(client, objects, runId);
  const { dag, params, run } = state;
  const attempts = await attemptsOf(client, objects, dag, runId);
  const { hash, spec } = await versionFor(objects, state, version);
  const input: PlannedClear['input'] = {
    logicalDate: run.logicalDate,
    dataInterval: run.dataInterval,
    kind: run.kind,
    ...(version === 'now' ? {} : { version: hash }),
    ...(run.events ? { events: run.events } : {}),
    ...(note === undefined ? {} : { note }),
  };
  return {
    ...planClear(spec, state, selection),
    dag,
    runId,
    state: state.state,
    hash,
    newRunId: clearedRunId(runId, attempts.length + 1),
    params,
    input,
  };
};

/** @returns id of the new run */
export const startCleared = async (client: Client, objects: ObjectStore, planned: PlannedClear): Promise<string> => {
  const { dag, params, input, seed } = planned;
  for (let { newRunId } = planned; ; newRunId = clearedRunId(newRunId, Number(newRunId.slice(newRunId.lastIndexOf('~') + 1)) + 1)) {
    try {
      const args: [typeof params, RunInput] = [params, { ...input, seed: await packSeed(objects, dag, newRunId, seed) }];
      await client.workflow.start(dag, {
        workflowId: newRunId,
        taskQueue: TASK_QUEUES.orchestration,
        args,
        workflowIdReusePolicy: 'REJECT_DUPLICATE',
      });
      return newRunId;
    } catch (error) {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    }
  }
};

/** Clears a run. @returns id of the new run @throws as {@link planRunClear} */
export const clearRun = async (client: Client, objects: ObjectStore, runId: string, request: ClearRequest): Promise<string> =>
  startCleared(client, objects, await planRunClear(client, objects, runId, request));

/** Runs everything again. @returns id of the new run */
export const retryRun = (client: Client, objects: ObjectStore, runId: string, version?: string): Promise<string> =>
  clearRun(client, objects, runId, { all: true, version });

/** A run under way has an update for this: `markTask`. @returns id of the new run, which takes the task to have ended so */
export const markEnded = (
  client: Client,
  objects: ObjectStore,
  runId: string,
  { instance, state, output = null, actor = 'somebody' }: Partial<MarkTask> & Pick<MarkTask, 'instance' | 'state'>,
): Promise<string> => {
  const outcomes: Record<typeof state, TaskOutcome> = {
    success: { state: 'success', output, tries: 1 },
    skipped: { state: 'skipped', reason: `marked by ${actor}`, tries: 1 },
    failed: { state: 'failed', error: { code: 'TASK_FAILED', message: `Marked as failed by ${actor}.` }, tries: 1 },
  };
  return clearRun(client, objects, runId, {
    marks: { [instance]: outcomes[state] },
    note: `${instance} of ${runId} marked as ${state} by ${actor}`,
  });
};

export interface BulkRequest extends ClearRequest {
  readonly dag: string;
  readonly state?: 'success' | 'failed' | undefined;
  /** logical dates, ISO 8601; both belong to the range */
  readonly since?: string | undefined;
  readonly until?: string | undefined;
}

export interface PassedOver {
  readonly runId: string;
  readonly why: string;
}

export interface BulkPlan {
  /** oldest first */
  readonly runs: readonly PlannedClear[];
  /** newer attempts of them count, or nothing in them is to be cleared */
  readonly passedOver: readonly PassedOver[];
}

/** Even where nothing is to be run again, a run that failed may not have come to all of its tasks. */
export const isWorthwhile = ({ again, state }: PlannedClear): boolean => again.length > 0 || state === 'failed';

const ALL = 10_000;
const PLANS_AT_A_TIME = 8;

/** What clearing many runs of a DAG would do. Only runs that Temporal still knows. */
export const planBulk = async (
  client: Client,
  objects: ObjectStore,
  { dag, state, since, until, ...request }: BulkRequest,
): Promise<BulkPlan> => {
  const found = await listRuns(client, { dag, state, since, until, limit: ALL });
  const open = found.filter((run) => run.state !== 'running').reverse();
  const plans: (PlannedClear | PassedOver)[] = [];
  const planOne = async (runId: string): Promise<PlannedClear | PassedOver> => {
    try {
      const planned = await planRunClear(client, objects, runId, request);
      const newest = Number(/~(\d+)$/.exec(planned.newRunId)![1]) - 1;
      if (runId !== (newest === 1 ? firstRunId(runId) : clearedRunId(runId, newest))) return { runId, why: 'it was cleared already' };
      return isWorthwhile(planned) ? planned : { runId, why: 'nothing in it is to be cleared' };
    } catch (error) {
      if (!isRekindleError(error) || error.retryable) throw error;
      return { runId, why: error.message };
    }
  };
  for (let at = 0; at < open.length; at += PLANS_AT_A_TIME)
    plans.push(...(await Promise.all(open.slice(at, at + PLANS_AT_A_TIME).map(({ runId }) => planOne(runId)))));
  const isPlan = (plan: PlannedClear | PassedOver): plan is PlannedClear => 'seed' in plan;
  return { runs: plans.filter(isPlan), passedOver: plans.filter((plan): plan is PassedOver => !isPlan(plan)) };
};

export interface ClearedRun {
  readonly from: string;
  readonly runId: string;
  readonly state: DagRunState['state'];
}

/**
 * Starts new runs in order, so many at a time, and waits for their ends.
 * @param onChange is told of each start and of each end
 */
export const clearMany = async (
  client: Client,
  objects: ObjectStore,
  runs: readonly PlannedClear[],
  { atATime, onChange }: { readonly atATime: number; readonly onChange?: (run: ClearedRun) => void },
): Promise<ClearedRun[]> => {
  const results: ClearedRun[] = [];
  const queue = runs.entries();
  const work = async (): Promise<void> => {
    for (const [i, planned] of queue) {
      const cleared = { from: planned.runId, runId: await startCleared(client, objects, planned) };
      onChange?.({ ...cleared, state: 'running' });
      await runEnded(client, cleared.runId);
      const { status } = await client.workflow.getHandle(cleared.runId).describe();
      results[i] = { ...cleared, state: status.name === 'COMPLETED' ? 'success' : 'failed' };
      onChange?.(results[i]);
    }
  };
  await Promise.all(Array.from({ length: Math.min(atATime, runs.length) }, work));
  return results;
};
