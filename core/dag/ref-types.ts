/** The types of references: what a task will have returned, usable in the DAG before anything has run. */

declare const VALUE: unique symbol;
/** Phantom carrier of a value's type; covariant, so that `Ref<'a'>` fits where `Ref<string>` is asked for. */
export interface RefOf<out V> {
  readonly [VALUE]: V;
}
/** A value of a run that is still to come. Its fields are references too: `raw.uri`. */
export type Ref<V> = RefOf<V> & Fields<V>;

type Primitive = string | number | boolean | bigint | symbol | null | undefined | void;
type IsAny<V> = 0 extends 1 & V ? true : false;

/** Keys of any member of a union. */
type Keys<V> = V extends Primitive
  ? never
  : V extends readonly unknown[]
    ? (number extends V['length'] ? number : Extract<keyof V, `${number}`>) | 'length'
    : V extends object
      ? keyof V & (string | number)
      : never;

/** `V?.[K]`: the field of null is undefined, an index may be out of range. */
type Get<V, K> = V extends Primitive
  ? undefined
  : V extends readonly (infer E)[]
    ? K extends 'length'
      ? number
      : K extends number
        ? E | undefined
        : K extends keyof V
          ? V[K]
          : undefined
    : K extends keyof V
      ? string extends keyof V
        ? V[K] | undefined
        : V[K]
      : undefined;

type Fields<V> =
  IsAny<V> extends true
    ? { readonly [key: string]: Ref<any> }
    : [V] extends [Primitive]
      ? unknown
      : { readonly [K in Keys<V>]-?: Ref<Get<V, K>> };

/** A `V`, a reference to one, or a literal that holds references at any depth. */
export type Refable<V> =
  | RefOf<V>
  | (V extends Primitive
      ? V
      : V extends readonly unknown[]
        ? { readonly [I in keyof V]: Refable<V[I]> }
        : V extends object
          ? { readonly [K in keyof V]: Refable<V[K]> }
          : V);

/** The value that a {@link Refable} stands for. */
export type Deref<R> =
  R extends RefOf<infer V>
    ? V
    : R extends Primitive
      ? R extends void
        ? null
        : R
      : R extends readonly unknown[]
        ? { -readonly [I in keyof R]: Deref<R[I]> }
        : { -readonly [K in keyof R]: Deref<R[K]> };

/** What JSON makes of a value on its way between tasks: a Date becomes a string. */
export type Wire<V> =
  IsAny<V> extends true
    ? any
    : unknown extends V
      ? unknown
      : V extends { toJSON(): infer J }
        ? Wire<J>
        : V extends Primitive
          ? V
          : V extends readonly unknown[]
            ? { [I in keyof V]: Wire<V[I]> }
            : V extends object
              ? { [K in keyof V]: Wire<V[K]> }
              : V;

/** What references to a task see: nothing becomes null. */
export type Result<V> = IsAny<V> extends true ? any : unknown extends V ? unknown : V extends void ? null : Wire<V>;

/** One item of each of the lists. */
export type Tuples<L extends readonly unknown[]> = {
  -readonly [I in keyof L]: Deref<L[I]> extends readonly (infer E)[] ? E : never;
};
