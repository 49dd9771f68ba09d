/**
 * What travels between the interpreter and the workers.
 *
 * Activity type = task id; arguments `[input, meta]` (a foreign task gets `[input]`). The answer is the task's output as JSON, or one
 * of the envelopes below. Foreign workers answer with plain JSON and may use `$skipped`, and `{ $output, $extra }`, too. Wherever a value is large, in an answer or
 * in an input, a {@link StoredValue} stands for it.
 */
import type { Json } from '../json.js';
import type { RunInfo } from '../ports.js';
import type { CacheOptions } from './cache-options.js';
import type { Extras } from './extras.js';

export interface TaskMeta {
  /** task instance = activity id: `decide.promote.deploy`, `etl#2/load`, `scores[3].score` */
  readonly instance: string;
  readonly run: WireRun;
  /** id of the node in the spec; default: what {@link nodeOf} makes of the instance */
  readonly node?: string;
  /** what the DAG says, where it says other than the task */
  readonly cache?: CacheOptions;
  /** tasks whose bodies are called after a try that failed and is followed by another */
  readonly onRetry?: readonly { readonly type: string }[];
  /** A sensor: an answer of undefined, null or false is none yet, and the server asks again after so long. */
  readonly poll?: { readonly everyMs: number };
}

/** Type of the failure with which a sensor says "not yet". */
export const NOT_YET = 'NOT_YET';

/** `scores[3].score` and `etl#2/load` are instances of `scores.score` and `etl.load`. */
export const nodeOf = (instance: string): string => instance.replace(/#\d+\//g, '.').replace(/\[\d+\]/g, '');

/** Sent with every task, so without what the worker knows (ids) or what is the rule (a run by hand: no interval, starts at once). */
export type WireRun = Pick<RunInfo, 'logicalDate'> & Partial<RunInfo>;

export const wireRunOf = ({ logicalDate, dataInterval, startedAt, kind, isLatest, events }: RunInfo): WireRun => ({
  logicalDate,
  ...(dataInterval.start === logicalDate && dataInterval.end === logicalDate ? {} : { dataInterval }),
  ...(startedAt === logicalDate ? {} : { startedAt }),
  ...(kind === 'manual' ? {} : { kind }),
  ...(isLatest ? {} : { isLatest }),
  ...(events ? { events } : {}),
});

/** @param ids of the workflow = run, and its type = DAG */
export const readWireRun = (run: WireRun, ids: { readonly id: string; readonly dag: string }): RunInfo => ({
  ...ids,
  dataInterval: { start: run.logicalDate, end: run.logicalDate },
  startedAt: run.logicalDate,
  kind: 'manual',
  isLatest: true,
  ...run,
});

/** `ctx.key`: the same on every try of a task instance. */
export const taskKey = (runId: string, instance: string): string => `${runId}/${instance}`;

export type TaskAnswer =
  | Json
  /** the task ended as skipped; the text says why */
  | { readonly $skipped: string; readonly $tries?: number }
  /**
   * An output that took more than one try, that was taken over from another run, or that looks like an envelope itself; or whose task
   * has said something of its assets.
   */
  | {
      readonly $output: Json;
      readonly $tries: number;
      readonly $cached?: { readonly run: string; readonly at: string };
      readonly $extra?: Extras;
    };

export type TaskEnd =
  | {
      readonly state: 'success';
      readonly output: Json;
      readonly tries: number;
      /** id of the run that made it; this one did not run the task */
      readonly cached?: string;
      /** when it was made, ISO 8601 */
      readonly cachedAt?: string;
      /** what the task says of the assets that it produces */
      readonly extra?: Extras;
    }
  | { readonly state: 'skipped'; readonly reason: string; readonly tries: number };

/** Bytes of JSON that travel as they are; larger outputs go to the object store. */
export const OUTPUT_LIMIT = 64 * 1024;

/** Where an output is, as JSON in UTF-8. */
export type Stored = { readonly key: string; readonly sha256: string; readonly bytes: number };

/** What an expression makes of values of which some are in the store: the `$or`, `$format`, `$zip`, `$cross` of {@link Expression}. */
export type Made = { readonly make: Making; readonly of: readonly Json[] };
export type Making = 'or' | 'format' | 'zip' | 'cross';

/** Stands for a large output, for a part of it, or for what is made of such, wherever JSON travels. Never made by hand. */
export type StoredValue = { readonly $stored: Stored | Made; readonly $path?: readonly string[] };

export const isMade = (stored: Stored | Made): stored is Made => Object.hasOwn(stored, 'make');

const isReference = (value: unknown): boolean => {
  if (typeof value !== 'object' || value === null) return false;
  const { key, sha256, bytes, make, of } = value as Partial<Record<keyof Stored | keyof Made, unknown>>;
  if (make !== undefined) return Array.isArray(of) && of.some(isStored);
  return (
    typeof key === 'string' && key.startsWith('runs/') && typeof sha256 === 'string' && sha256.length === 64 && typeof bytes === 'number'
  );
};

/** Strict, as it is asked of every value that travels: other keys beside these make it a value like any other. */
export const isStored = (value: unknown): value is StoredValue =>
  hasKey(value, '$stored') && isReference(value.$stored) && Object.keys(value).length === (hasKey(value, '$path') ? 2 : 1);

/** The part at `path`, itself still in the store; a tuple of a zip is a list of such parts. */
export const storedAt = ({ $stored, $path = [] }: StoredValue, path: readonly string[]): Json => {
  const whole = [...$path, ...path];
  const [index, ...rest] = whole;
  if (index === undefined) return { $stored };
  if (!isMade($stored) || $stored.make !== 'zip' || !/^\d+$/.test(index)) return { $stored, $path: whole };
  const [list, ...inner] = rest;
  const part = (from: Json | undefined, at: readonly string[]): Json => partOf(from, at) ?? null;
  if (list === undefined) return $stored.of.map((each) => part(each, [index]));
  return part($stored.of[Number(list)], [index, ...inner]);
};

/** `value?.[path[0]]?.[path[1]]…`, own fields only; of what is in the store only the place. */
export const partOf = (value: Json | undefined, path: readonly string[]): Json | undefined => {
  let found = value;
  for (const [i, key] of path.entries()) {
    if (isStored(found)) return storedAt(found, path.slice(i));
    if (typeof found !== 'object' || found === null || !Object.hasOwn(found, key)) return undefined;
    found = (found as Record<string, Json>)[key];
  }
  return found;
};

/** Local activities by which the interpreter asks for what it must know itself of an output in the store. */
export interface DataActivities {
  /**
   * The value at `path`, null where there is none: what a branch decides by, what a text is made of.
   * @throws OUTPUT_TOO_LARGE over 1 MiB; OBJECT_NOT_FOUND, CHECKSUM_MISMATCH, STORE_UNREACHABLE
   */
  loadOutput(stored: StoredValue, path?: readonly string[]): Promise<Json>;
  /**
   * How many items a list at `path` has, or how many fields an object; null for anything else. With it a map need not load the items:
   * item `i` is `storedAt(stored, [...path, String(i)])`.
   * @returns `keys` only of an object: its `[key, value]` pairs are `[key, storedAt(stored, [...path, key])]`
   */
  outlineOutput(stored: StoredValue, path?: readonly string[]): Promise<Outline | null>;
}
export interface Outline {
  readonly length: number;
  readonly keys?: readonly string[];
}

const hasKey = <K extends string>(value: unknown, key: K): value is Record<K, unknown> =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, key);

const isFields = (value: unknown): value is Extras => typeof value === 'object' && value !== null && !Array.isArray(value);

/** The plain output where possible, so that histories stay readable. */
export const answerOf = (end: TaskEnd): TaskAnswer => {
  const tries = end.tries > 1 ? { $tries: end.tries } : {};
  if (end.state === 'skipped') return { $skipped: end.reason, ...tries };
  const extra = end.extra ? { $extra: end.extra } : {};
  if (end.cached !== undefined)
    return { $output: end.output, $tries: end.tries, $cached: { run: end.cached, at: end.cachedAt ?? '' }, ...extra };
  const ambiguous = hasKey(end.output, '$skipped') || hasKey(end.output, '$output');
  return end.tries > 1 || ambiguous || end.extra ? { $output: end.output, $tries: end.tries, ...extra } : end.output;
};

export const endOf = (answer: unknown): TaskEnd => {
  const tries = hasKey(answer, '$tries') ? Number(answer.$tries) : 1;
  if (hasKey(answer, '$skipped')) return { state: 'skipped', reason: String(answer.$skipped), tries };
  if (hasKey(answer, '$output')) {
    const { run, at } = (hasKey(answer, '$cached') ? answer.$cached : {}) as { readonly run?: string; readonly at?: string };
    const cached = run === undefined ? {} : { cached: run, ...(at === undefined ? {} : { cachedAt: at }) };
    const extra = hasKey(answer, '$extra') && isFields(answer.$extra) ? { extra: answer.$extra } : {};
    return { state: 'success', output: answer.$output as Json, tries, ...cached, ...extra };
  }
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
