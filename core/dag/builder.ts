/** What the body of a DAG is written with. */
import type { Duration } from '../duration.js';
import type { Dag } from './dag.js';
import type { ForeignWorkflow } from './foreign-workflow.js';
import type { Deref, Ref, Refable, RefOf, Wire } from './ref-types.js';
import type { TriggerRule } from './rules.js';
import type { Branching, Decision } from './spec.js';
import type { Schema, SchemaInput, Task, TaskEffects, TaskOptions } from './task.js';

export interface NodeOptions {
  /** Unique in its body. Default: the task's id, or `branch`, `when` */
  readonly id?: string;
  /** upstreams beside those it reads from */
  readonly after?: readonly RefOf<any>[];
  /** default `all_success`; any other asks for {@link maybe} or {@link or} around what it reads */
  readonly triggerRule?: TriggerRule;
  /** its failure, and what that failure keeps from running, does not fail the run */
  readonly mayFail?: boolean;
  /** one line; shown in Temporal's Web UI */
  readonly doc?: string;
}

/**
 * The task that undoes another one. It gets the output, or what the function makes of it.
 *
 * A task can act and then lose its answer, and then there is no output to hand over. An undo that reads the output only
 * through `maybe()` or not at all runs in that case too; any other is left out. Either way it must be idempotent.
 */
export type Undo<O> = Task<string, O, any> | readonly [Task<string, any, any>, (output: Ref<O>) => unknown];

export interface RunOptions<O> extends NodeOptions, TaskOptions, TaskEffects {
  /** called, newest first, when the run fails or is cancelled */
  readonly compensate?: Undo<O>;
  /** It makes what others need: when it is skipped or fails, so do those between it and its teardowns. */
  readonly setup?: boolean;
  /** Takes away what these setup tasks have made: runs once one of them has succeeded, and does not decide how the run ends. */
  readonly teardown?: readonly RefOf<any>[];
  /** of a teardown: its failure is the run's */
  readonly onFailureFailRun?: boolean;
  /** the output decides about the tasks downstream, as Airflow's branch and short-circuit operators do; `branch` and `when` are clearer */
  readonly branching?: Branching;
  /** starts only when the same task has succeeded or been skipped in the run before */
  readonly dependsOnPast?: boolean;
  /** … and what is directly downstream of it, too */
  readonly waitForDownstream?: boolean;
}

export interface SenseOptions<O> extends RunOptions<O> {
  /** between two questions; at least a second */
  readonly every: Duration;
  /** without an answer by then it has failed; default `'7 days'` */
  readonly within?: Duration;
}

export interface MapOptions extends NodeOptions {
  /** items at a time; default 500 */
  readonly maxConcurrency?: number;
  /** items in one child workflow, once there are more than twice as many; default 500 */
  readonly shard?: number;
}

export interface UsingOptions extends NodeOptions {
  /** a teardown that fails fails the run, too */
  readonly onFailureFailRun?: boolean;
}

export interface ApproveOptions<IS extends Schema> extends Omit<NodeOptions, 'id'> {
  /** without an answer by then it has failed; default: it waits for ever */
  readonly within?: Duration;
  /** zod schema of what the person must send along */
  readonly input?: IS;
}

export interface WorkflowOptions<O> extends NodeOptions {
  /** limit of the whole child run */
  readonly timeout?: Duration;
  /** called, newest first, when the run fails or is cancelled */
  readonly compensate?: Undo<O>;
}

export interface RunDagOptions<O> extends WorkflowOptions<O> {
  /** of the workers that have the DAG; default: that of this run */
  readonly queue?: string;
}

/** null, undefined and objects have no literal of their own: they take `default`. */
type Literal<V> = V extends string | number | boolean ? `${V}` : 'default';
/** Every literal needs its arm; a wide string or number needs `default`. */
export type Arms<V> = string extends V
  ? { readonly [arm: string]: () => any } & { readonly default: () => any }
  : number extends V
    ? { readonly [arm: number]: () => any } & { readonly default: () => any }
    : { readonly [K in Literal<V>]: () => any } | ({ readonly [K in Literal<V>]?: () => any } & { readonly default: () => any });
type ArmResult<A> = { [K in keyof A]: A[K] extends () => infer R ? Deref<R> : never }[keyof A];
type NoExtraArm<A, V> = string extends V
  ? unknown
  : number extends V
    ? unknown
    : { readonly [K in Exclude<keyof A, Literal<V> | 'default'>]: never };

export interface GroupOptions extends Omit<NodeOptions, 'id' | 'doc'> {
  /** how often the whole body is run again when it fails; default 0 */
  readonly retries?: number;
}

/** An input that may be left out when nothing in it is required. */
// eslint-disable-next-line @typescript-eslint/no-empty-object-type -- asks whether every field of I may be left out
type Rest<I, Options> = {} extends I ? [input?: Refable<I>, options?: Options] : [input: Refable<I>, options?: Options];

/** `[key, value]` of an object's own fields. */
type Pair<V> = { [K in keyof V & string]: [K, V[K]] }[keyof V & string];

/** What a sensor's task says while there is no answer. */
type NotYet = null | undefined | false;

/** Methods add nodes to the body that is being written; what they return stands for what the node will have returned. */
export interface Builder {
  /** @param input a literal, references, or a literal that holds references */
  run<I, O>(task: Task<string, I, O>, ...rest: Rest<NoInfer<I>, RunOptions<NoInfer<O>>>): Ref<O>;
  /** Asks the task again and again, without a worker's slot in between, until it answers with other than null, undefined or false. */
  sense<I, O>(
    task: Task<string, I, O>,
    input: Refable<NoInfer<I>>,
    options: SenseOptions<Exclude<NoInfer<O>, NotYet>>,
  ): Ref<Exclude<O, NotYet>>;

  /** One arm runs: the one named by the value, else `default`. The result is that arm's. */
  branch<V, A extends Arms<V>>(on: RefOf<V>, arms: A & NoExtraArm<A, V>, options?: NodeOptions): Ref<ArmResult<A>>;
  /** The body runs if the value is true; else the result is null. */
  when<R>(on: RefOf<boolean>, body: () => R, options?: NodeOptions): Ref<Deref<R> | null>;
  /** The body runs unless the schedule has fired again since: not in a backfill, not in a run that is late. */
  latestOnly<R>(body: () => R, options?: NodeOptions): Ref<Deref<R> | null>;

  /**
   * Tasks that belong together: their ids start with the group's. With `retries` (or a trigger rule of its own) the body waits for
   * everything that it reads from outside, and is run again as a whole when it fails.
   *
   * @param body gets the number of the attempt, from 1
   */
  group<R>(id: string, body: (attempt: Ref<number>) => R, options?: GroupOptions): Ref<Deref<R>>;
  /**
   * `setup` makes something, the body uses it, `teardown` takes it away again: however the body ends, once `setup` has succeeded.
   * Everything waits for what any of it reads from outside. The result is the body's.
   */
  using<I, O, R>(
    setup: Task<string, I, O>,
    input: Refable<NoInfer<I>>,
    teardown: Undo<NoInfer<O>>,
    body: (resource: Ref<O>) => R,
    options?: UsingOptions,
  ): Ref<Deref<R>>;
  /**
   * The body runs once for each item; an object counts as its `[key, value]` pairs. The result is the list of what the items returned,
   * in their order. An item that fails fails the map; under a tolerant rule the result is then the list of what succeeded.
   * No items: skipped.
   */
  map<E, R>(over: RefOf<readonly E[]>, body: (item: Ref<E>, index: Ref<number>) => R, options?: MapOptions): Ref<Deref<R>[]>;
  map<V extends object, R>(over: RefOf<V>, body: (item: Ref<Pair<V>>, index: Ref<number>) => R, options?: MapOptions): Ref<Deref<R>[]>;
  map<const E, R>(over: readonly E[], body: (item: Ref<Deref<E>>, index: Ref<number>) => R, options?: MapOptions): Ref<Deref<R>[]>;
  map<const E, R>(
    over: Readonly<Record<string, E>>,
    body: (item: Ref<[string, Deref<E>]>, index: Ref<number>) => R,
    options?: MapOptions,
  ): Ref<Deref<R>[]>;

  /** @param how a duration, milliseconds, or a time (ISO 8601) until which to wait; a time that has passed is no wait */
  sleep(how: Refable<string | number>, options?: NodeOptions): Ref<null>;
  /**
   * Waits for a person, for as long as it takes.
   *
   * @param request what the person is asked, and the evidence
   */
  approve<IS extends Schema = Schema<unknown, unknown>>(
    id: string,
    request?: Refable<{ readonly title?: string; readonly show?: unknown }>,
    options?: ApproveOptions<IS>,
  ): Ref<Decision<Wire<SchemaInput<IS>>>>;

  /** A child run. It fails when the child fails, and cancels it when it is cancelled. */
  runDag<P, R>(child: Dag<string, P, R>, ...rest: Rest<NoInfer<P>, RunDagOptions<NoInfer<R>>>): Ref<R>;
  /** A DAG that this file does not import, by its id. */
  runDag(id: string, params?: Refable<{ readonly [name: string]: unknown }>, options?: RunDagOptions<any>): Ref<any>;
  /** A workflow of another worker, in any language. */
  runWorkflow<I, O>(workflow: ForeignWorkflow<I, O>, ...rest: Rest<NoInfer<I>, WorkflowOptions<NoInfer<O>>>): Ref<O>;
}
