/** How a DAG run is, whole: what it says itself, what only the server knows of its tasks, and the parts that run elsewhere. */
import { QueryNotRegisteredError, ServiceError, WorkflowNotFoundError, type Client, type WorkflowHandle } from '@temporalio/client';
import type { DagRunState, RunError, TaskInstanceState } from '../core/dag/run-state.js';
import { RekindleError } from '../core/errors.js';
import type { Json } from '../core/json.js';
import { keys } from '../core/names.js';
import type { ObjectStore } from '../core/ports.js';
import { resolveOutput } from './outputs.js';
import { publishedDagIds, readJson } from './publish.js';

/** What the server knows of a task instance that is under way. */
export interface Pending {
  /** `worker`: nobody has taken it yet; `retry`: the next try (of a sensor: the next question) is at `next` */
  readonly waitsFor?: 'worker' | 'retry';
  /** ISO 8601 */
  readonly next?: string;
  /** what the try before said */
  readonly last?: RunError;
  /** who has it, or had it last */
  readonly worker?: string;
  /** ISO 8601 */
  readonly heartbeat?: string;
}

export interface LiveRunState extends DagRunState {
  /** by task instance; only of a run that goes on */
  readonly pending?: Readonly<Record<string, Pending>>;
  /** workflow that has a task instance, where it is not the run's own */
  readonly homes?: Readonly<Record<string, string>>;
  /** Workers fail at the run itself, so nothing goes on; which try this is. */
  readonly stuckAtTry?: number;
}

export interface StateOptions {
  /** default true; they can be large */
  readonly outputs?: boolean;
}

/** A query waits for a worker no longer than this. */
const ANSWER_MS = 10_000;
/** Parts of one run that are asked at a time. */
const AT_A_TIME = 8;

/** DAGs that may have a run of this id, likeliest first: our own ids begin with the DAG's, but a starter may choose another. */
export const dagsOf = async (objects: ObjectStore, runId: string): Promise<string[]> => {
  const fit = (dag: string): number => (runId.startsWith(`${dag}-`) ? dag.length : 0);
  return (await publishedDagIds(objects)).sort((a, b) => fit(b) - fit(a));
};

/**
 * The state that a run left behind; undefined where there is none.
 * @param ofDag where it is known
 */
export const storedState = async (objects: ObjectStore, runId: string, ofDag?: string): Promise<DagRunState | undefined> => {
  for (const dag of ofDag === undefined ? await dagsOf(objects, runId) : [ofDag]) {
    const state = await readJson(objects, keys.runState(dag, runId));
    if (state !== undefined) return state as DagRunState;
  }
  return undefined;
};

const ask = (client: Client, workflowId: string, outputs: boolean): Promise<DagRunState> =>
  client.withDeadline(Date.now() + ANSWER_MS, () =>
    client.workflow.getHandle(workflowId).query<DagRunState, [{ outputs: boolean }]>('state', { outputs }),
  );

type Described = Awaited<ReturnType<WorkflowHandle['describe']>>;
type PendingActivity = NonNullable<Described['raw']['pendingActivities']>[number];
type Time = PendingActivity['scheduledTime'];
type Failure = PendingActivity['lastFailure'];

const iso = (time: Time): string | undefined =>
  time?.seconds == null ? undefined : new Date(Number(time.seconds) * 1000 + (time.nanos ?? 0) / 1e6).toISOString();

const errorOf = (failure: Failure): RunError | undefined => {
  if (!failure) return undefined;
  if (failure.timeoutFailureInfo) return { code: 'TASK_TIMED_OUT', message: failure.message ?? 'It was not done in time.' };
  return { code: failure.applicationFailureInfo?.type ?? 'Error', message: failure.message ?? '' };
};

/** `PENDING_ACTIVITY_STATE_SCHEDULED` of Temporal's API: with a queue, or waiting for its next try. */
const WITH_QUEUE = 1;

const defined = <T extends object>(given: T): { [K in keyof T]?: Exclude<T[K], undefined> } =>
  Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as { [K in keyof T]?: Exclude<T[K], undefined> };

const pendingOf = ({ state, attempt, lastFailure, ...activity }: PendingActivity): Pending => {
  const waits = Number(state) === WITH_QUEUE;
  const next = iso(activity.nextAttemptScheduleTime ?? activity.scheduledTime);
  const isLater = waits && Number(attempt) > 1 && next !== undefined && Date.parse(next) > Date.now();
  return defined({
    waitsFor: isLater ? ('retry' as const) : waits ? ('worker' as const) : undefined,
    next: isLater ? next : undefined,
    last: errorOf(lastFailure),
    worker: activity.lastWorkerIdentity || undefined,
    heartbeat: iso(activity.lastHeartbeatTime),
  });
};

/** Tries that have begun. A task is up for retry once one has failed; a sensor that asks again is only waiting. */
const withPending = (task: TaskInstanceState, { attempt }: PendingActivity, { waitsFor, last }: Pending): TaskInstanceState => {
  const tries = Number(attempt ?? 1) - (waitsFor === undefined ? 0 : 1);
  if (task.kind === 'sensor' || waitsFor !== 'retry') return { ...task, tries };
  return { ...task, tries, state: 'up_for_retry', ...(last ? { error: last } : {}) };
};

/** Ended by force: the run itself could not say so. */
const ENDED_BY_FORCE: Partial<Record<Described['status']['name'], string>> = {
  TERMINATED: 'The run was terminated, so nothing was undone.',
  TIMED_OUT: 'The run was ended by a time limit, so nothing was undone.',
};

const endedByForce = (state: DagRunState, message: string, end: Date | undefined): DagRunState => {
  const over = (task: TaskInstanceState): TaskInstanceState => {
    if (task.state === 'running' || task.state === 'up_for_retry') return { ...task, state: 'failed' };
    return task.state === 'scheduled' || task.state === 'deferred' ? { ...task, state: 'skipped' } : task;
  };
  return {
    ...state,
    state: 'failed',
    error: { code: 'TASK_CANCELLED', message },
    ...(end ? { end: end.toISOString() } : {}),
    tasks: Object.fromEntries(Object.entries(state.tasks).map(([instance, task]) => [instance, over(task)])),
  };
};

/** Adds what the server knows of one workflow: of the run, or of a part of it. */
const withServer = async (client: Client, workflowId: string, state: DagRunState): Promise<LiveRunState> => {
  if (state.state !== 'running') return state;
  const { status, closeTime, raw } = await client.workflow.getHandle(workflowId).describe();
  const byForce = ENDED_BY_FORCE[status.name];
  if (byForce !== undefined) return endedByForce(state, byForce, closeTime);
  const tasks = { ...state.tasks };
  const pending: Record<string, Pending> = {};
  for (const activity of raw.pendingActivities ?? []) {
    const instance = activity.activityId ?? '';
    const task = tasks[instance];
    if (!task) continue;
    pending[instance] = pendingOf(activity);
    tasks[instance] = withPending(task, activity, pending[instance]);
  }
  const attempt = Number(raw.pendingWorkflowTask?.attempt ?? 1);
  return { ...state, tasks, ...(Object.keys(pending).length > 0 ? { pending } : {}), ...(attempt > 2 ? { stuckAtTry: attempt } : {}) };
};

interface Part {
  readonly workflowId: string;
  readonly state: LiveRunState;
}

/** Of a part that nobody can ask any more, what it left behind. */
const partState = async (client: Client, objects: ObjectStore, run: DagRunState, workflowId: string, outputs: boolean): Promise<Part[]> => {
  try {
    return [{ workflowId, state: await withServer(client, workflowId, await ask(client, workflowId, outputs)) }];
  } catch {
    const instance = workflowId.slice(run.runId.length + 1);
    const stored = (await readJson(objects, keys.shardState(run.dag, run.runId, instance))) as DagRunState | undefined;
    return stored ? [{ workflowId, state: stored }] : [];
  }
};

/** The instances of large maps are in the workflows that run them. */
const withParts = async (client: Client, objects: ObjectStore, state: LiveRunState, outputs: boolean): Promise<LiveRunState> => {
  const seen = new Set<string>();
  const homes: Record<string, string> = {};
  const merged = { tasks: { ...state.tasks }, composites: { ...state.composites }, pending: { ...state.pending } };
  let open = Object.values(state.composites).flatMap(({ shards = [] }) => shards);
  while (open.length > 0) {
    const now = open.splice(0, AT_A_TIME).filter((id) => !seen.has(id));
    now.forEach((id) => seen.add(id));
    const parts = (await Promise.all(now.map((id) => partState(client, objects, state, id, outputs)))).flat();
    for (const { workflowId, state: part } of parts) {
      Object.assign(merged.tasks, part.tasks);
      Object.assign(merged.pending, part.pending);
      for (const instance of Object.keys(part.tasks)) homes[instance] = workflowId;
      for (const [instance, composite] of Object.entries(part.composites)) merged.composites[instance] ??= composite;
      open = [...open, ...Object.values(part.composites).flatMap(({ shards = [] }) => shards)];
    }
  }
  if (seen.size === 0) return state;
  const { tasks, composites, pending } = merged;
  return { ...state, tasks, composites, homes, ...(Object.keys(pending).length > 0 ? { pending } : {}) };
};

/** Nobody is there who could say how the run is. */
const isSilence = (error: unknown): boolean =>
  error instanceof QueryNotRegisteredError || (error instanceof ServiceError && !(error instanceof WorkflowNotFoundError));

/**
 * Asks the run itself; of one that Temporal no longer remembers, its last state in the object store.
 *
 * @throws DAG_RUN_NOT_FOUND; DAG_RUN_SILENT if no worker of its project answers
 */
export const runState = async (
  client: Client,
  objects: ObjectStore,
  runId: string,
  { outputs = true }: StateOptions = {},
): Promise<LiveRunState> => {
  try {
    const told = await withServer(client, runId, await ask(client, runId, outputs));
    const whole = await withParts(client, objects, told, outputs);
    return outputs ? ((await resolveOutput(objects, whole as unknown as Json)) as unknown as LiveRunState) : whole;
  } catch (error) {
    const stored = await storedState(objects, runId);
    if (stored) {
      const whole = await withParts(client, objects, stored, outputs);
      return outputs ? ((await resolveOutput(objects, whole as unknown as Json)) as unknown as LiveRunState) : whole;
    }
    if (error instanceof WorkflowNotFoundError) throw new RekindleError('DAG_RUN_NOT_FOUND', `There is no run '${runId}'.`, { runId });
    if (isSilence(error))
      throw new RekindleError('DAG_RUN_SILENT', `No worker can say how run '${runId}' is.`, { runId }, { cause: error });
    throw error;
  }
};
