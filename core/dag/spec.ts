/** A DAG as data: what the builder makes, `sync` publishes, a run pins in its history and the planner reads. */
import type { Json } from '../json.js';
import type { TriggerRule } from './rules.js';
import type { Schedule } from './schedule.js';
import type { TaskOptions } from './task.js';

/**
 * JSON with holes, filled when a task starts. An object with one of these keys is a hole, everything else stands for itself:
 *
 * - `{ "$ref": [name, ...path], "soft"?: true }`: output of a node, or `params`, or `run`, or a variable of a body; `soft` may be missing
 * - `{ "$or": [expression, expression] }`: the second where the first is missing or null
 * - `{ "$get": [expression, ...path] }`
 * - `{ "$format": [expression, …] }`: the parts joined to one string
 * - `{ "$object": { … } }`: an object whose own keys look like the above
 */
export type Expression = Json;

export interface NodeBase {
  /** ids of all upstream nodes, those it reads from included; always of the same body */
  readonly after: readonly string[];
  /** default `all_success` */
  readonly rule?: TriggerRule;
  /** its failure does not fail the body it is in */
  readonly mayFail?: true;
  readonly doc?: string;
}

/** What is called to do (or undo) a task. */
export interface TaskCall {
  /** id of the task = activity type */
  readonly type: string;
  readonly input: Expression;
  readonly options?: TaskOptions;
  /** an activity of another worker: it gets the input only, without {@link TaskMeta} */
  readonly foreign?: true;
  readonly doc?: string;
}

export interface TaskNode extends NodeBase, TaskCall {
  readonly kind: 'task';
  /** a setup task, as `all_done_setup_success` counts them */
  readonly setup?: true;
  /** Called, newest first, when the run fails or is cancelled. Its input may refer to the node itself. */
  readonly undo?: TaskCall;
}

/** One arm runs: that of the value, else `default`; the node's output is the arm's. */
export interface BranchNode extends NodeBase {
  readonly kind: 'branch';
  readonly on: Expression;
  readonly arms: Readonly<Record<string, Body>>;
}

/** A body that is run again as a whole when it fails. */
export interface GroupNode extends NodeBase {
  readonly kind: 'group';
  readonly retries: number;
  readonly body: Body;
}

/** Open: maps, sensors, sleeps, approvals and child runs become members of this union. */
export type NodeSpec = TaskNode | BranchNode | GroupNode;

/** Nodes that run together and the value they make. Ids are unique in the whole DAG: `decide.promote.deploy`. */
export interface Body {
  readonly nodes: Readonly<Record<string, NodeSpec>>;
  readonly output?: Expression;
}

export interface DagSpec extends Body {
  readonly id: string;
  /** of this format */
  readonly version: 1;
  readonly doc?: string;
  /** JSON schema of the params, where the schema library can say it */
  readonly params?: Json;
  readonly schedule?: Schedule;
  /** run the firings that were missed; default false */
  readonly catchup?: boolean;
  /** default unlimited */
  readonly maxActiveRuns?: number;
}
