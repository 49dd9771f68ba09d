/** `task`: a unit of work with a typed, checked input and output. */
import type { Duration } from '../duration.js';
import type { TaskContext } from '../ports.js';
import type { Produced } from './asset.js';
import type { CacheOptions } from './cache-options.js';
import type { TaskCallbacks } from './callbacks.js';
import type { Result } from './ref-types.js';

/** Any Standard Schema (zod, valibot, arktype). @see https://standardschema.dev */
export interface Schema<I = any, O = any> {
  readonly '~standard': {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (value: unknown) => SchemaResult<O> | Promise<SchemaResult<O>>;
    readonly types?: { readonly input: I; readonly output: O } | undefined;
  };
}
export type SchemaResult<O> = { readonly value: O; readonly issues?: undefined } | { readonly issues: readonly SchemaIssue[] };
export interface SchemaIssue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}
export type SchemaInput<S> = S extends Schema<infer I, any> ? I : never;
export type SchemaOutput<S> = S extends Schema<any, infer O> ? O : never;
type Async<V> = V | Promise<V>;
// eslint-disable-next-line @typescript-eslint/no-empty-object-type -- `{}` is what zod's empty object takes and gives
export type NoInput = Schema<{}, {}>;

/** Exponential: the first wait, its growth with each try, and its ceiling. */
export interface Backoff {
  /** default `'1 second'` */
  readonly first?: Duration;
  /** default 2 */
  readonly factor?: number;
  /** default 100 times the first */
  readonly max?: Duration;
}

/** How a task is executed. What a DAG says at `d.run` wins over what the task says of itself. */
export interface TaskOptions {
  /** task queue of the workers that have what the task needs; default `data` */
  readonly queue?: string;
  /** limit of one try; default `'1 hour'` */
  readonly timeout?: Duration;
  /** limit of all tries together, with the waits between them */
  readonly total?: Duration;
  /** a try that says nothing for so long is taken for dead; also how fast a task notices that it is cancelled */
  readonly heartbeat?: Duration;
  /** tries after the first; default 0 */
  readonly retries?: number;
  readonly backoff?: Backoff;
  /** runs inside the workflow's own worker: cheaper, for quick work without heartbeats */
  readonly local?: boolean;
  /** takes slots of a pool while it runs */
  readonly pool?: string | { readonly name: string; readonly slots: number };
  /** 1 first … 5 last; default 3 */
  readonly priority?: number;
  /** at a time in all runs of the DAG */
  readonly maxActive?: number;
  /** an output made from the same input by the same version of the task is taken again */
  readonly cache?: CacheOptions;
  /** change it when the results of the task change: what was cached under another version is not taken */
  readonly version?: string;
}

/** What comes of a task beside its output. What a DAG says at `d.run` wins over what the task says of itself. */
export interface TaskEffects extends TaskCallbacks {
  /** assets that its success makes new */
  readonly produces?: readonly Produced[];
}

/**
 * @typeParam I what callers write
 * @typeParam O what references see, after JSON
 */
export interface Task<Id extends string = string, I = any, O = any> extends TaskOptions, TaskEffects {
  readonly kind: 'rekindle.task';
  readonly id: Id;
  /** one line; shown in Temporal's Web UI */
  readonly doc?: string;
  readonly input?: Schema;
  readonly output?: Schema;
  /** Absent: the activity lives in another worker, in any language, and gets the input as its one argument. */
  readonly run?: ((input: any, ctx: any) => unknown) | undefined;
  readonly '~types'?: { readonly input: (input: I) => void; readonly output: O };
}

interface Definition<Id extends string, IS extends Schema> extends TaskOptions, TaskEffects {
  readonly id: Id;
  readonly doc?: string;
  readonly input?: IS;
}

/**
 * A task with a checked output, or, without `run`, the activity of another worker.
 *
 * `run` may ask for a richer context than {@link TaskContext}: the worker that registers the task must provide it.
 */
export function task<const Id extends string, OS extends Schema, IS extends Schema = NoInput>(
  definition: Definition<Id, IS> & { readonly output: OS; run?(input: SchemaOutput<IS>, ctx: TaskContext): Async<SchemaInput<OS>> },
): Task<Id, SchemaInput<IS>, Result<SchemaOutput<OS>>>;
/** A task whose output is taken as it is. */
export function task<const Id extends string, O, IS extends Schema = NoInput>(
  definition: Definition<Id, IS> & { run(input: SchemaOutput<IS>, ctx: TaskContext): Async<O> },
): Task<Id, SchemaInput<IS>, Result<O>>;
export function task(definition: Omit<Task, 'kind'>): Task {
  return { ...definition, kind: 'rekindle.task' };
}

/**
 * An activity of another worker, in any language, typed by hand: its one argument is the input, its answer the output.
 *
 * @param type activity type as that worker registers it
 */
export const foreign = <I, O>(type: string, options: TaskOptions & { readonly doc?: string } = {}): Task<string, I, O> => ({
  ...options,
  kind: 'rekindle.task',
  id: type,
});

/** Survives two copies of this module, as a project's and the package's. */
export const isTask = (value: unknown): value is Task =>
  typeof value === 'object' && value !== null && (value as { kind?: unknown }).kind === 'rekindle.task';
