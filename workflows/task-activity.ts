/** A task of the spec as an activity of Temporal, and what became of it. */
import {
  ActivityCancellationType,
  ActivityFailure,
  ApplicationFailure,
  ChildWorkflowFailure,
  isCancellation,
  scheduleActivity,
  scheduleLocalActivity,
  TimeoutFailure,
  type ActivityOptions,
  type LocalActivityOptions,
  type RetryPolicy,
} from '@temporalio/workflow';
import { queuePriorityOf } from '../core/dag/pool-requests.js';
import type { TaskOutcome } from '../core/dag/run.js';
import type { DagSpec, Poll, TaskCall, TaskNode } from '../core/dag/spec.js';
import type { TaskOptions } from '../core/dag/task.js';
import { endOf, type FailureDetail, type TaskMeta, type WireRun } from '../core/dag/wire.js';
import { durationMs, type Duration } from '../core/duration.js';
import type { RunError } from '../core/dag/run-state.js';
import type { Json } from '../core/json.js';
import { TASK_QUEUES } from '../core/names.js';

const DEFAULT_TIMEOUT: Duration = '1 hour';
/** Airflow's own, for sensors. */
const DEFAULT_WITHIN: Duration = '7 days';

/** What all tasks of a run have in common. */
export interface RunPlace {
  readonly dag: Pick<DagSpec, 'id' | 'priority'>;
  readonly run: WireRun;
}

/** Temporal refuses summaries of more than 400 bytes. */
export const summaryOf = (doc: string): string => (doc.length <= 130 ? doc : `${doc.slice(0, 129)}…`);

const triesAllowed = ({ retries = 0 }: TaskOptions): number => retries + 1;

/** Which failures are worth another try the worker says, by the catalogue. */
const retryOf = (options: TaskOptions): RetryPolicy => {
  const retry: RetryPolicy = { maximumAttempts: triesAllowed(options) };
  const { first, factor, max } = options.backoff ?? {};
  if (first !== undefined) retry.initialInterval = durationMs(first);
  if (factor !== undefined) retry.backoffCoefficient = factor;
  if (max !== undefined) retry.maximumInterval = durationMs(max);
  return retry;
};

const NO_OPTIONS: TaskOptions = {};

/** Each look is a try of the same activity: no history, and no slot in between. */
const poll = (
  options: ActivityOptions,
  meta: { poll?: TaskMeta['poll'] },
  { every, within = DEFAULT_WITHIN }: Poll,
  sinceMs: number,
): void => {
  const everyMs = durationMs(every);
  meta.poll = { everyMs };
  options.retry = { initialInterval: everyMs, backoffCoefficient: 1 };
  // a run that has continued as new takes up the sensor that another execution has begun
  options.scheduleToCloseTimeout = Math.max(1, sinceMs + durationMs(within) - Date.now());
};

/** Without spreading objects: the bundle compiles that to something slow, and this runs for every task. */
const schedule = (
  place: RunPlace,
  instance: string,
  call: TaskCall & Partial<TaskNode>,
  input: Json,
  sinceMs: number,
): Promise<unknown> => {
  const options = call.options ?? NO_OPTIONS;
  const limits: LocalActivityOptions = {
    startToCloseTimeout: durationMs(options.timeout ?? DEFAULT_TIMEOUT),
    retry: retryOf(options),
    // a task that is told to stop is waited for: what undoes it must not overtake it
    cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
  };
  if (options.total !== undefined) limits.scheduleToCloseTimeout = durationMs(options.total);
  if (call.doc !== undefined) limits.summary = summaryOf(call.doc);
  const meta: { -readonly [K in keyof TaskMeta]: TaskMeta[K] } = { instance, run: place.run };
  if (options.cache !== undefined) meta.cache = options.cache;
  if (call.callbacks?.retry !== undefined) meta.onRetry = call.callbacks.retry.map(({ type }) => ({ type }));
  const args = call.foreign ? [input] : [input, meta];
  if (options.local && call.poll === undefined) return scheduleLocalActivity(call.type, args, limits);
  const remote = limits as ActivityOptions;
  remote.activityId = instance;
  remote.taskQueue = options.queue ?? TASK_QUEUES.data;
  remote.priority = queuePriorityOf(place.dag, options);
  if (options.heartbeat !== undefined) remote.heartbeatTimeout = durationMs(options.heartbeat);
  if (call.poll !== undefined) poll(remote, meta, call.poll, sinceMs);
  return scheduleActivity(call.type, args, remote);
};

/** Says how often it was tried: the worker does, else the retry policy was used up, else nobody knows of more than one. */
const triesOf = (error: unknown, call: TaskCall): number => {
  if (!(error instanceof ActivityFailure)) return 1;
  const detail = error.cause instanceof ApplicationFailure ? (error.cause.details?.[0] as Partial<FailureDetail> | undefined) : undefined;
  if (typeof detail?.tries === 'number') return detail.tries;
  return error.retryState === 'MAXIMUM_ATTEMPTS_REACHED' ? triesAllowed(call.options ?? NO_OPTIONS) : 1;
};

const describeTimeout = ({ timeoutType }: TimeoutFailure, call: Partial<TaskNode>): string => {
  const options = call.options ?? NO_OPTIONS;
  switch (timeoutType) {
    case 'HEARTBEAT':
      return `it said nothing for ${options.heartbeat}`;
    case 'SCHEDULE_TO_CLOSE':
      return call.poll
        ? `what it waits for did not come within ${call.poll.within ?? DEFAULT_WITHIN}`
        : `all its tries were not done within ${options.total}`;
    case 'SCHEDULE_TO_START':
      return 'no worker took it in time';
    default:
      return `it was not done within ${options.timeout ?? DEFAULT_TIMEOUT}`;
  }
};

/** Type of the failure with which a worker refuses an activity that it has not registered. */
const NOT_REGISTERED = 'NotFoundError';
const unknownTask = ({ activityType }: ActivityFailure, { options = NO_OPTIONS }: Partial<TaskNode>): RunError => ({
  code: 'TASK_NOT_FOUND',
  message: `A worker on queue '${options.queue ?? TASK_QUEUES.data}' does not have the task '${activityType}'. Start one that has loaded the DAG.`,
});

/** Code and message behind what the promise of an activity or a child run was rejected with. */
export const errorOf = (error: unknown, call: Partial<TaskNode> = {}): RunError => {
  if (isCancellation(error)) return { code: 'TASK_CANCELLED', message: 'It was cancelled.' };
  const cause = error instanceof ActivityFailure || error instanceof ChildWorkflowFailure ? (error.cause ?? error) : error;
  if (cause instanceof ApplicationFailure && call.poll && cause.type === 'NOT_YET')
    return {
      code: 'TASK_TIMED_OUT',
      message: `Task timed out: what it waits for did not come within ${call.poll.within ?? DEFAULT_WITHIN}.`,
    };
  if (cause instanceof ApplicationFailure && cause.type === NOT_REGISTERED && error instanceof ActivityFailure)
    return unknownTask(error, call);
  if (cause instanceof ApplicationFailure) return { code: cause.type ?? 'Error', message: cause.message };
  if (cause instanceof TimeoutFailure) return { code: 'TASK_TIMED_OUT', message: `Task timed out: ${describeTimeout(cause, call)}.` };
  return cause instanceof Error ? { code: cause.name, message: cause.message } : { code: 'Error', message: String(cause) };
};

/**
 * Calls `done` once, however the task ends. Without `await`: a task more costs no turn of the event loop more.
 * @param sinceMs when it began, perhaps in another execution of the run
 */
export const runTask = (
  place: RunPlace,
  instance: string,
  call: TaskCall & Partial<TaskNode>,
  input: Json,
  sinceMs: number,
  done: (outcome: TaskOutcome) => void,
): Promise<void> =>
  schedule(place, instance, call, input, sinceMs).then(
    (answer) => done(endOf(answer)),
    (error: unknown) => done({ state: 'failed', error: errorOf(error, call), tries: triesOf(error, call) }),
  );
