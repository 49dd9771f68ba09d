/** What the body of a DAG is written with. */
import type { Deref, Ref, Refable, RefOf } from './ref-types.js';
import type { TriggerRule } from './rules.js';
import type { Task, TaskOptions } from './task.js';

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

export interface RunOptions<O> extends NodeOptions, TaskOptions {
  /** called, newest first, when the run fails or is cancelled */
  readonly compensate?: Undo<O>;
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

/** Methods add nodes to the body that is being written; what they return stands for what the node will have returned. */
export interface Builder {
  /** @param input a literal, references, or a literal that holds references */
  run<I, O>(
    task: Task<string, I, O>,
    // eslint-disable-next-line @typescript-eslint/no-empty-object-type -- asks whether every field of I may be left out
    ...rest: {} extends I
      ? [input?: Refable<NoInfer<I>>, options?: RunOptions<NoInfer<O>>]
      : [input: Refable<NoInfer<I>>, options?: RunOptions<NoInfer<O>>]
  ): Ref<O>;
  /** One arm runs: the one named by the value, else `default`. The result is that arm's. */
  branch<V, A extends Arms<V>>(on: RefOf<V>, arms: A & NoExtraArm<A, V>, options?: NodeOptions): Ref<ArmResult<A>>;
  /** The body runs if the value is true; else the result is null. */
  when<R>(on: RefOf<boolean>, body: () => R, options?: NodeOptions): Ref<Deref<R> | null>;
  /**
   * Tasks that belong together: their ids start with the group's. With `retries` (or a trigger rule of its own) the body waits for
   * everything that it reads from outside, and is run again as a whole when it fails.
   *
   * @param body gets the number of the attempt, from 1
   */
  group<R>(id: string, body: (attempt: Ref<number>) => R, options?: GroupOptions): Ref<Deref<R>>;
}
