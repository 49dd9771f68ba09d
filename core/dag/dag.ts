/** What `dag()` returns. */
import type { DagSpec } from './spec.js';
import type { Schema, Task } from './task.js';

/**
 * @typeParam P what the starter of a run sends
 * @typeParam R what a run returns
 */
export interface Dag<Id extends string = string, P = any, R = any> {
  readonly kind: 'rekindle.dag';
  readonly id: Id;
  readonly spec: DagSpec;
  /** sha256 of the spec without its docs: the same structure has the same hash, whoever builds it and however it is described */
  readonly hash: string;
  /** every task it calls, undo included, by id */
  readonly tasks: ReadonlyMap<string, Task>;
  readonly params?: Schema;
  toJSON(): DagSpec;
  readonly '~types'?: { readonly params: (params: P) => void; readonly result: R };
}

/** Survives two copies of this module, as a project's and the package's. */
export const isDag = (value: unknown): value is Dag =>
  typeof value === 'object' && value !== null && (value as { kind?: unknown }).kind === 'rekindle.dag';
