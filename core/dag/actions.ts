/** What a planner asks of the outside. */
import type { Json } from '../json.js';
import type { RunError } from './run-state.js';
import type { ApproveNode, MapNode, TaskNode, WorkflowNode } from './spec.js';
import type { Variables } from './scope.js';

interface Of {
  /** task instance: `decide.promote.deploy`, `scores[3].score` */
  readonly instance: string;
  /** id of the node in the spec */
  readonly node: string;
}

/** Run a task, or ask a sensor until it answers. */
export interface StartTask extends Of {
  readonly kind: 'task';
  readonly call: TaskNode;
  readonly input: Json;
  /** it has to be undone if the run does not end well */
  readonly hasUndo: boolean;
}
export interface StartSleep extends Of {
  readonly kind: 'sleep';
  /** a duration, milliseconds, or a time (ISO 8601) */
  readonly how: Json;
}
export interface AskApproval extends Of {
  readonly kind: 'approve';
  readonly spec: ApproveNode;
  readonly request: Json;
}
export interface StartWorkflow extends Of {
  readonly kind: 'workflow';
  readonly spec: WorkflowNode;
  readonly input: Json;
  readonly hasUndo: boolean;
}
/** Say by `release` when the run before has done its part. */
export interface AwaitPast extends Of {
  readonly kind: 'past';
  /** nodes that must have succeeded or been skipped there */
  readonly nodes: readonly string[];
}
/** Say by `provide` what an output in the object store is: the planner itself must know it. */
export interface LoadValue extends Of {
  readonly kind: 'load';
  /** `{ $stored, $path? }` */
  readonly stored: Json;
}
/** Run some items of a map elsewhere, and say by `finishShard` how each ended. */
export interface StartShard extends Of {
  readonly kind: 'shard';
  /** the map's */
  readonly map: string;
  readonly slice: MapSlice;
}
/** Undo what has been done in a group that has failed, then `proceed`. */
export interface UndoScope extends Of {
  readonly kind: 'undo';
  /** what the ids of its instances begin with */
  readonly key: string;
}
/** Stop a task that runs; its end is told as ever. Or stop waiting for the run before: nothing need be told. */
export interface CancelTask extends Of {
  readonly kind: 'cancel';
}
export type Action = StartTask | StartSleep | AskApproval | StartWorkflow | AwaitPast | LoadValue | StartShard | UndoScope | CancelTask;

/** Some items of a map, with all that their bodies read. */
export interface MapSlice {
  /** id of the map in the spec */
  readonly node: string;
  readonly spec: MapNode;
  readonly items: readonly Json[];
  /** index of the first one */
  readonly from: number;
  /** what the ids of its task instances begin with, the map's own left out */
  readonly key: string;
  /** what the ids of its nodes begin with, likewise */
  readonly prefix: string;
  readonly variables: Variables;
  readonly maxConcurrency: number;
}

export type NodeEnd =
  | { readonly state: 'success'; readonly output: Json }
  | { readonly state: 'skipped' }
  | { readonly state: 'failed'; readonly error?: RunError };

export interface RunEnd {
  readonly state: 'success' | 'failed';
  readonly output: Json;
}
