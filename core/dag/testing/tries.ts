/** The tries of one task instance, or the looks of a sensor, on the clock of the test. */
import { durationMs, type Duration } from '../../duration.js';
import { isRekindleError, RekindleError } from '../../errors.js';
import type { Json } from '../../json.js';
import type { RunInfo } from '../../ports.js';
import { runTask } from '../run-task.js';
import type { RunError } from '../run-state.js';
import type { TaskOutcome } from '../run.js';
import type { TaskCall, TaskNode } from '../spec.js';
import type { Backoff, Task, TaskOptions } from '../task.js';
import { endOf, skipTask, type TaskEnd } from '../wire.js';
import { openSaid } from '../extras.js';
import { contextOf } from './context.js';
import { openKeptState } from './kept-state.js';
import type { Choice, Outcome } from './options.js';
import { withinTime } from './real-time.js';
import type { World } from './world.js';

/** As the interpreter has them. */
const DEFAULT_TIMEOUT: Duration = '1 hour';
const DEFAULT_WITHIN: Duration = '7 days';
/** Temporal's own. */
const DEFAULT_FIRST: Duration = '1 second';

export interface Tried {
  readonly world: World;
  readonly run: RunInfo;
  readonly instance: string;
  /** whose kept state it is */
  readonly node: string;
  readonly call: TaskCall & Partial<TaskNode>;
  /** stub or real */
  readonly task: Task;
  readonly outcome: Outcome | undefined;
  readonly input: Json;
  /** aborted when it is told to stop */
  readonly signal: AbortSignal;
  /** a try has failed and is followed by another */
  readonly onRetry?: (attempt: number, error: RunError) => Promise<void>;
}

export const CANCELLED: RunError = { code: 'TASK_CANCELLED', message: 'It was cancelled.' };

export const errorOf = (error: unknown): RunError => {
  if (isRekindleError(error)) return { code: error.code, message: error.message };
  return error instanceof Error ? { code: error.name, message: error.message } : { code: 'Error', message: String(error) };
};

/** A failure says itself that trying again is useless: ours by their code, Temporal's by `nonRetryable`. */
const isFinal = (error: unknown): boolean =>
  isRekindleError(error) ? !error.retryable : error instanceof Error && (error as { nonRetryable?: unknown }).nonRetryable === true;

const timedOut = (type: string, why: string): RekindleError =>
  new RekindleError('TASK_TIMED_OUT', `Task '${type}' ${why}.`, { task: type });

/** As Temporal waits between tries. */
const backoffMs = ({ first = DEFAULT_FIRST, factor = 2, max }: Backoff, attempt: number): number =>
  Math.min(durationMs(first) * factor ** (attempt - 1), max === undefined ? 100 * durationMs(first) : durationMs(max));

class ChosenFailure extends Error {
  override readonly name = 'ChosenFailure';
}

const isSuccession = (outcome: Outcome): outcome is readonly Choice[] => Array.isArray(outcome);
const choiceOf = (outcome: Outcome | undefined, attempt: number): Choice | undefined =>
  outcome === undefined || !isSuccession(outcome) ? outcome : (outcome[attempt - 1] ?? outcome.at(-1));

const bodyBy = (choice: Choice | undefined, task: Task): Task => {
  if (choice === undefined || choice === 'success') return task;
  if (choice === 'not_yet') return { ...task, run: () => null };
  if (choice === 'skip') return { ...task, run: () => skipTask('the test says so') };
  if (choice === 'fail' || Object.hasOwn(choice, 'throws')) {
    const thrown: unknown = choice === 'fail' ? new ChosenFailure('The test says so.') : choice.throws;
    return {
      ...task,
      run: () => {
        throw thrown;
      },
    };
  }
  return Object.hasOwn(choice, 'returns') ? { ...task, run: () => choice.returns } : task;
};

/** What means "not yet" need not fit the schema of what is waited for, so it is looked at first. */
const NOT_YET = Symbol('not yet');
const sensing = (task: Task): Task => ({
  ...task,
  run: async (input: unknown, ctx: unknown) => {
    const answer: unknown = await task.run?.(input, ctx);
    // eslint-disable-next-line @typescript-eslint/only-throw-error -- nobody but `look` ever sees it
    if (answer === undefined || answer === null || answer === false) throw NOT_YET;
    return answer;
  },
});

/** @throws what the body throws, or that its time was up */
const oneTry = async ({ world, run, instance, node, call, task, outcome, input, signal }: Tried, attempt: number): Promise<TaskEnd> => {
  const { clock, kept, options } = world;
  const choice = choiceOf(outcome, attempt);
  const chosen = bodyBy(choice, task);
  const limit = call.options?.timeout;
  const controller = new AbortController();
  const stop = (): void => controller.abort(signal.reason);
  const late = (): RekindleError => {
    const error = timedOut(call.type, `was not done within ${limit ?? DEFAULT_TIMEOUT}`);
    controller.abort(error);
    return error;
  };
  signal.addEventListener('abort', stop, { once: true });
  try {
    if (typeof choice === 'object' && choice.takes !== undefined) {
      const [takes, most] = [durationMs(choice.takes), durationMs(limit ?? DEFAULT_TIMEOUT)];
      const came = await clock.until(clock.nowMs + Math.min(takes, most), signal);
      if (!came) throw new RekindleError('TASK_CANCELLED', CANCELLED.message);
      if (takes > most) throw late();
    }
    const state = openKeptState(kept, node);
    const said = openSaid(node, () => call.produces ?? []);
    const ctx = contextOf({ run, instance, attempt, signal: controller.signal, state, produced: said.produced }, options.context);
    const work = runTask(call.poll ? sensing(chosen) : chosen, input, ctx);
    const end = endOf(await withinTime(work, limit === undefined ? undefined : durationMs(limit), late));
    return end.state === 'success' ? { ...end, ...said.extra() } : end;
  } finally {
    signal.removeEventListener('abort', stop);
  }
};

/** @returns how long to wait for the next try; an error if there is none */
const next = (tried: Tried, error: unknown, attempt: number, sinceMs: number): number | RunError => {
  const { world, call } = tried;
  const { retries = 0, backoff = {}, total }: TaskOptions = call.options ?? {};
  if (call.poll) {
    if (error !== NOT_YET && isFinal(error)) return errorOf(error);
    const { every, within = DEFAULT_WITHIN } = call.poll;
    const isOver = world.nowMs + durationMs(every) > sinceMs + durationMs(within);
    return isOver ? errorOf(timedOut(call.type, `waits for what did not come within ${within}`)) : durationMs(every);
  }
  if (isFinal(error) || attempt > retries) return errorOf(error);
  const waitMs = backoffMs(backoff, attempt);
  if (total !== undefined && world.nowMs + waitMs > sinceMs + durationMs(total))
    return errorOf(timedOut(call.type, `was not done within ${total}, all its tries together`));
  return waitMs;
};

/** For one who holds the clock. */
export const runTries = async (tried: Tried): Promise<TaskOutcome> => {
  const { world, call, signal, onRetry } = tried;
  const { clock } = world;
  const sinceMs = clock.nowMs;
  for (let attempt = 1; ; attempt++) {
    try {
      return await oneTry(tried, attempt);
    } catch (error) {
      const failed = (why: RunError): TaskOutcome => ({ state: 'failed', error: why, tries: attempt });
      if (signal.aborted) return failed(CANCELLED);
      const wait = next(tried, error, attempt, sinceMs);
      if (typeof wait !== 'number') return failed(wait);
      if (!call.poll) await onRetry?.(attempt, errorOf(error));
      if (!(await clock.until(clock.nowMs + wait, signal))) return failed(CANCELLED);
    }
  }
};
