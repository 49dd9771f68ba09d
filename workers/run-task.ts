/** Makes an activity of a task: its context, its log, its failures. */
import { Context } from '@temporalio/activity';
import { CancelledFailure } from '@temporalio/common';
import { runTask } from '../core/dag/run-task.js';
import type { Task } from '../core/dag/task.js';
import { readWireRun, skipTask, taskKey, type TaskAnswer, type TaskMeta } from '../core/dag/wire.js';
import { RekindleError } from '../core/errors.js';
import type { Json } from '../core/json.js';
import { keys } from '../core/names.js';
import type { ModelDoor, ObjectStore, TaskContext } from '../core/ports.js';
import type { Platform } from '../activities/context.js';
import type { Logger } from '../platform/logger.js';
import { failureOf } from './failure.js';
import { keepLog } from './task-log.js';

/** What contexts are made of; {@link ./compose.ts} provides it. */
export interface TaskEnvironment {
  readonly objects: ObjectStore;
  readonly models: ModelDoor;
  /** absent in projects without models */
  readonly platform: Platform | undefined;
  readonly logger: Logger;
  readonly connection: (name: string) => string;
}

const isStopping = (context: Context): boolean => context.cancellationDetails?.workerShutdown === true;

/**
 * The task hears of a cancelled run and of time that is up through `ctx.signal`. It does not hear of a worker that stops: work
 * that goes on outside the worker (a training job) must then be left alone for the next try to find.
 */
const signalOf = (context: Context): AbortSignal => {
  const controller = new AbortController();
  const { cancellationSignal } = context;
  const abort = (): void => {
    if (!isStopping(context)) controller.abort(cancellationSignal.reason);
  };
  if (cancellationSignal.aborted) abort();
  else cancellationSignal.addEventListener('abort', abort, { once: true });
  return controller.signal;
};

/** Rejects when the worker stops and its grace time is over: the try has failed, the next one runs elsewhere. */
const stopped = (context: Context): Promise<never> =>
  context.cancelled.catch((reason: unknown) => {
    if (isStopping(context)) throw new RekindleError('WORKER_STOPPED', 'The worker stopped before the task was done.');
    return new Promise<never>(() => void reason); // the task itself answers to every other reason
  });

/** Activity of one task; the interpreter calls it with the task's input and its place in the run. */
export const taskActivity =
  (task: Task, { objects, models, platform, logger, connection }: TaskEnvironment) =>
  async (input: unknown, meta: TaskMeta): Promise<TaskAnswer> => {
    const context = Context.current();
    const { attempt, workflowExecution, workflowType } = context.info;
    const { instance } = meta;
    const run = readWireRun(meta.run, { id: workflowExecution?.workflowId ?? '', dag: workflowType ?? '' });
    const signal = signalOf(context);
    const log = keepLog(objects, keys.taskLog(run.dag, run.id, instance, attempt), logger.child({ run: run.id, task: instance, attempt }));
    const ctx: TaskContext = {
      ...platform,
      run,
      attempt,
      key: taskKey(run.id, instance),
      log,
      signal,
      heartbeat: (detail) => context.heartbeat(detail),
      heartbeatDetail: context.info.heartbeatDetails as Json | undefined,
      objects,
      models,
      connection,
      skip: skipTask,
    };
    try {
      return await Promise.race([runTask(task, input, ctx), stopped(context)]);
    } catch (error) {
      if (signal.aborted) throw new CancelledFailure(signal.reason instanceof Error ? signal.reason.message : 'CANCELLED');
      log.error(error instanceof Error ? (error.stack ?? error.message) : String(error));
      throw failureOf(error, attempt);
    } finally {
      await log.close();
    }
  };
