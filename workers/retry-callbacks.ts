/** `onRetry`: told of a try that failed and is followed by another. Nobody waits long for it, and nothing of it fails the task. */
import type { Info } from '@temporalio/activity';
import type { ApplicationFailure } from '@temporalio/common';
import type { CallbackEvent } from '../core/dag/callbacks.js';
import { runTask } from '../core/dag/run-task.js';
import type { Task } from '../core/dag/task.js';
import type { TaskContext } from '../core/ports.js';

/** The failure of the try reaches the server only afterwards. */
const PATIENCE_MS = 30_000;

/** Will the server try again? It does not say, so this follows what it knows: the policy and the time that is left. */
export const isTriedAgain = (failure: ApplicationFailure, info: Info): boolean => {
  const { attempt, retryPolicy, scheduledTimestampMs, scheduleToCloseTimeoutMs } = info;
  if (failure.nonRetryable) return false;
  if (retryPolicy?.nonRetryableErrorTypes?.includes(failure.type ?? '')) return false;
  if (scheduleToCloseTimeoutMs > 0 && Date.now() >= scheduledTimestampMs + scheduleToCloseTimeoutMs) return false;
  const most = retryPolicy?.maximumAttempts ?? 0;
  return most === 0 || attempt < most;
};

export const retryEvent = ({ run, attempt }: TaskContext, instance: string, failure: ApplicationFailure): CallbackEvent => ({
  event: 'retry',
  dag: run.dag,
  run: run.id,
  instance,
  attempt,
  error: { code: failure.type ?? failure.name, message: failure.message },
});

/**
 * Runs the bodies of the callbacks here, one after the other.
 *
 * @param tasks by id: those of the project
 * @param ctx of the task whose try failed, log included
 */
export const callBack = async (
  callbacks: readonly { readonly type: string }[],
  tasks: ReadonlyMap<string, Task>,
  event: CallbackEvent,
  ctx: TaskContext,
): Promise<void> => {
  for (const { type } of callbacks) {
    const task = tasks.get(type);
    if (!task) {
      ctx.log.warn(`The callback '${type}' is not in this worker's project`);
      continue;
    }
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`it was not done within ${PATIENCE_MS / 1000} seconds`)), PATIENCE_MS).unref();
    });
    try {
      await Promise.race([runTask(task, event, { ...ctx, key: `${ctx.key}/${type}/${ctx.attempt}` }), late]);
    } catch (error) {
      ctx.log.warn(`The callback '${type}' failed: ${error instanceof Error ? error.message : String(error)}`);
    } finally {
      clearTimeout(timer);
    }
  }
};
