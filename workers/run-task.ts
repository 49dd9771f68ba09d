/** Makes an activity of a task: its input and output on their way, its cache, its failures. */
import { Context } from '@temporalio/activity';
import { CancelledFailure } from '@temporalio/common';
import { failureOf } from '../activities/failures.js';
import { inputOf, originOf } from '../core/dag/origin.js';
import { checkedInput, runBody, type Origin } from '../core/dag/run-task.js';
import type { Task } from '../core/dag/task.js';
import { answerOf, OUTPUT_LIMIT, type TaskAnswer, type TaskEnd, type TaskMeta } from '../core/dag/wire.js';
import { RekindleError } from '../core/errors.js';
import { resultCache } from './cache.js';
import { travelling, withValues } from './offload.js';
import { callBack, isTriedAgain, retryEvent } from './retry-callbacks.js';
import { sensing, sensorFailure } from './sensor.js';
import { isCancelled, isStopping, openTry, type ContextParts, type Try } from './task-context.js';

/** What activities are made of; {@link ./compose.ts} provides it. */
export interface TaskEnvironment extends ContextParts {
  /** tasks of the project, for callbacks */
  readonly tasks?: ReadonlyMap<string, Task>;
  /** bytes of JSON that an output may have to travel as it is; default {@link OUTPUT_LIMIT} */
  readonly outputLimit?: number;
}

/** Rejects when the worker stops and its grace time is over: the try has failed, the next one runs elsewhere. */
const stopped = (context: Context): Promise<never> =>
  context.cancelled.catch((reason: unknown) => {
    if (isStopping(context)) throw new RekindleError('WORKER_STOPPED', 'The worker stopped before the task was done.');
    return new Promise<never>(() => void reason); // the task itself answers to every other reason
  });

const originIn = (environment: TaskEnvironment, { run, node }: Try): Origin => {
  const spec = environment.specOf?.(run.dag);
  const expression = spec && inputOf(spec, node);
  return (path) => originOf(expression, path);
};

const endOfTry = async (task: Task, input: unknown, meta: TaskMeta, made: Try, environment: TaskEnvironment): Promise<TaskEnd> => {
  const { objects, outputLimit = OUTPUT_LIMIT } = environment;
  const { ctx, run } = made;
  const { attempt: tries } = ctx;
  const place = { dag: run.dag, run: run.id, instance: meta.instance };
  const given = await checkedInput(task, await withValues(objects, input), (path) => originIn(environment, made)(path));
  const options = meta.cache ?? task.cache;
  const cache = options && resultCache(objects, { task, options, input: given, place, log: ctx.log });
  const found = await cache?.find();
  if (found) {
    const output = await travelling(objects, place, JSON.stringify(found.output), outputLimit);
    const extra = found.extra ? { extra: found.extra } : {};
    return { state: 'success', output, tries, cached: found.run, cachedAt: found.at, ...extra };
  }
  const end = await runBody(meta.poll ? sensing(task) : task, given, ctx);
  if (end.state === 'skipped') return { ...end, tries };
  const said = made.extra();
  await cache?.keep(end.json, said.extra);
  return { state: 'success', output: await travelling(objects, place, end.json, outputLimit), tries, ...said };
};

/** Activity of one task; the interpreter calls it with the task's input and its place in the run. */
export const taskActivity =
  (task: Task, environment: TaskEnvironment) =>
  async (input: unknown, meta: TaskMeta): Promise<TaskAnswer> => {
    const context = Context.current();
    const made = openTry(context, meta, environment);
    const { ctx } = made;
    try {
      return answerOf(await Promise.race([endOfTry(task, input, meta, made, environment), stopped(context)]));
    } catch (error) {
      if (isCancelled(context)) {
        const { reason } = context.cancellationSignal as { readonly reason: unknown };
        throw new CancelledFailure(reason instanceof Error ? reason.message : 'CANCELLED');
      }
      const failure = failureOf(error, ctx.attempt);
      if (meta.poll && failure.type !== 'WORKER_STOPPED') throw sensorFailure(error, failure, meta.poll.everyMs, ctx.log);
      ctx.log.error(error instanceof Error ? (error.stack ?? error.message) : String(error));
      if (meta.onRetry && isTriedAgain(failure, context.info))
        await callBack(meta.onRetry, environment.tasks ?? new Map(), retryEvent(ctx, meta.instance, failure), ctx);
      throw failure;
    } finally {
      await made.close();
    }
  };
