/**
 * What travels between the interpreter and the workers.
 *
 * Activity type = task id; arguments `[input, meta]` (a foreign task gets `[input]`). The answer is the task's output as JSON, or one
 * of the envelopes below. Foreign workers answer with plain JSON and may use `$skipped` too.
 */
import type { Json } from '../json.js';
import type { RunInfo } from '../ports.js';

export interface TaskMeta {
  /** task instance = activity id: `decide.promote.deploy`, `etl#2/load` */
  readonly instance: string;
  readonly run: WireRun;
}

/** Sent with every task, so without what the worker knows (ids) or what is the rule (a run by hand: no interval, starts at once). */
export type WireRun = Pick<RunInfo, 'logicalDate'> & Partial<RunInfo>;

export const wireRunOf = ({ logicalDate, dataInterval, startedAt, kind }: RunInfo): WireRun => ({
  logicalDate,
  ...(dataInterval.start === logicalDate && dataInterval.end === logicalDate ? {} : { dataInterval }),
  ...(startedAt === logicalDate ? {} : { startedAt }),
  ...(kind === 'manual' ? {} : { kind }),
});

/** @param ids of the workflow = run, and its type = DAG */
export const readWireRun = (run: WireRun, ids: { readonly id: string; readonly dag: string }): RunInfo => ({
  ...ids,
  dataInterval: { start: run.logicalDate, end: run.logicalDate },
  startedAt: run.logicalDate,
  kind: 'manual',
  ...run,
});

/** `ctx.key`: the same on every try of a task instance. */
export const taskKey = (runId: string, instance: string): string => `${runId}/${instance}`;

export type TaskAnswer =
  | Json
  /** the task ended as skipped; the text says why */
  | { readonly $skipped: string; readonly $tries?: number }
  /** an output that took more than one try, or that looks like an envelope itself */
  | { readonly $output: Json; readonly $tries: number };

export type TaskEnd =
  | { readonly state: 'success'; readonly output: Json; readonly tries: number }
  | { readonly state: 'skipped'; readonly reason: string; readonly tries: number };

const hasKey = <K extends string>(value: unknown, key: K): value is Record<K, unknown> =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, key);

/** The plain output where possible, so that histories stay readable. */
export const answerOf = (end: TaskEnd): TaskAnswer => {
  const tries = end.tries > 1 ? { $tries: end.tries } : {};
  if (end.state === 'skipped') return { $skipped: end.reason, ...tries };
  const ambiguous = hasKey(end.output, '$skipped') || hasKey(end.output, '$output');
  return end.tries > 1 || ambiguous ? { $output: end.output, $tries: end.tries } : end.output;
};

export const endOf = (answer: unknown): TaskEnd => {
  const tries = hasKey(answer, '$tries') ? Number(answer.$tries) : 1;
  if (hasKey(answer, '$skipped')) return { state: 'skipped', reason: String(answer.$skipped), tries };
  if (hasKey(answer, '$output')) return { state: 'success', output: answer.$output as Json, tries };
  return { state: 'success', output: (answer ?? null) as Json, tries: 1 };
};

/** First detail of the failure that a worker raises for a task, so that the run can say how often it was tried. */
export interface FailureDetail {
  readonly tries: number;
  /** machine-readable place, as in RekindleError */
  readonly details?: Readonly<Record<string, unknown>>;
}

/** Thrown by `ctx.skip()`; recognised by name, so that two copies of this module agree. */
export class TaskSkipped extends Error {
  override readonly name = 'TaskSkipped';
}
export const isTaskSkipped = (error: unknown): error is TaskSkipped => error instanceof Error && error.name === 'TaskSkipped';
/** For those who build a task's context: `skip: skipTask`. */
export const skipTask = (reason = ''): never => {
  throw new TaskSkipped(reason);
};
