/** A DAG as data: what the builder makes, `sync` publishes, a run pins in its history and the planner reads. */
import type { Json } from '../json.js';
import type { Duration } from '../duration.js';
import type { TriggerRule } from './rules.js';
import type { Overlap, Schedule } from './schedule.js';
import type { TaskOptions } from './task.js';

/**
 * JSON with holes, filled when a task starts. An object with one of these keys is a hole, everything else stands for itself:
 *
 * - `{ "$ref": [name, ...path], "soft"?: true }`: output of a node, or `params`, or `run`, or a variable of a body; `soft` may be missing
 * - `{ "$or": [expression, expression] }`: the second where the first is missing or null
 * - `{ "$get": [expression, ...path] }`
 * - `{ "$format": [expression, …] }`: the parts joined to one string
 * - `{ "$zip": [list, …] }`: tuples of the items at the same place, as long as the shortest list
 * - `{ "$cross": [list, …] }`: every tuple, the last list varies fastest
 * - `{ "$object": { … } }`: an object whose own keys look like the above
 *
 * In a filled expression an output that is kept in the object store stays `{ "$stored": …, "$path"?: [...] }` for the worker to read.
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

/** What is called when a task has ended in a certain way. The input tells what happened: `{ event, dag, run, instance, error? }`. */
export interface Callbacks {
  readonly success?: readonly TaskCall[];
  readonly failure?: readonly TaskCall[];
  /** after a try that failed and is followed by another; runs beside the task, on its worker */
  readonly retry?: readonly TaskCall[];
}

/** A task that is asked again and again until it answers with something. */
export interface Poll {
  readonly every: Duration;
  /** from its start; then it has failed. Default 7 days */
  readonly within?: Duration;
}

/**
 * What the output of a task decides about its downstreams, as Airflow's operators do:
 *
 * - `branch`: the output names the downstreams that run (one id, a list, null for none); the other direct ones are skipped
 * - `short_circuit`: unless the output is true, everything downstream is skipped, whatever its rule
 * - `short_circuit_direct`: … the direct downstreams only; those after them decide by their rules
 */
export type Branching = 'branch' | 'short_circuit' | 'short_circuit_direct';

export interface TaskNode extends NodeBase, TaskCall {
  readonly kind: 'task';
  /** a setup task: governs what is between it and its teardowns */
  readonly setup?: true;
  /** a teardown task; its rule is then `all_done_setup_success` unless it says otherwise, and its end does not decide the body's */
  readonly teardown?: { readonly setups: readonly string[]; readonly onFailureFailRun?: true };
  readonly branching?: Branching;
  /** a sensor */
  readonly poll?: Poll;
  /** starts only when the same task has succeeded or been skipped in the run before */
  readonly dependsOnPast?: true;
  /** … and what is directly downstream of it, too */
  readonly waitForDownstream?: true;
  /** assets that its success makes new */
  readonly produces?: readonly string[];
  readonly callbacks?: Callbacks;
  /** Called, newest first, when the run or a group around it fails or is cancelled. Its input may refer to the node itself. */
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

/**
 * The body runs once for each item of a list. In it `<id>.item` and `<id>.index` can be read. The output is the list of what the items
 * returned, in their order, those left out that failed or were skipped. No items: skipped.
 */
export interface MapNode extends NodeBase {
  readonly kind: 'map';
  /** a list, or an object for its `[key, value]` pairs */
  readonly over: Expression;
  /** items at a time; default 500 */
  readonly maxConcurrency?: number;
  /** items in one child workflow, once there are more than twice as many; default 500 */
  readonly shard?: number;
  readonly body: Body;
}

/** Waits: a duration, milliseconds, or until a time (ISO 8601). */
export interface SleepNode extends NodeBase {
  readonly kind: 'sleep';
  readonly how: Expression;
}

/** Waits for a person. The output is a {@link Decision}. */
export interface ApproveNode extends NodeBase {
  readonly kind: 'approve';
  /** `{ title?, show? }`: what the person is asked, and the evidence */
  readonly request: Expression;
  /** without an answer by then it has failed; default: never */
  readonly within?: Duration;
  /** JSON schema of what the person must send along */
  readonly input?: Json;
}

/** A child run: a DAG of ours, or a workflow of another worker. */
export interface WorkflowNode extends NodeBase {
  readonly kind: 'workflow';
  /** workflow type; of a DAG its id */
  readonly type: string;
  readonly dag?: true;
  /** default: our own queue for DAGs, else `type` must say one */
  readonly queue?: string;
  /** params of a DAG; the one argument of any other */
  readonly input: Expression;
  /** as a whole */
  readonly timeout?: Duration;
  readonly undo?: TaskCall;
}

export type NodeSpec = TaskNode | BranchNode | GroupNode | MapNode | SleepNode | ApproveNode | WorkflowNode;

/** Nodes that run together and the value they make. Ids are unique in the whole DAG: `decide.promote.deploy`. */
export interface Body {
  readonly nodes: Readonly<Record<string, NodeSpec>>;
  readonly output?: Expression;
}

/** Answer to an approval. */
export interface Decision<I = unknown> {
  readonly decision: 'approved' | 'rejected';
  readonly approver: string;
  readonly reason: string;
  /** ISO 8601 */
  readonly at: string;
  /** what the person sent along, where the approval asked for it */
  readonly input?: I;
}

export interface DagSpec extends Body {
  readonly id: string;
  /** of this format */
  readonly version: 1;
  readonly doc?: string;
  readonly tags?: readonly string[];
  /** JSON schema of the params, where the schema library can say it */
  readonly params?: Json;
  readonly schedule?: Schedule;
  /** run the firings that were missed; default false */
  readonly catchup?: boolean;
  /** ISO 8601; no firing before */
  readonly startDate?: string;
  /** ISO 8601; no firing after */
  readonly endDate?: string;
  /** each firing is late by a random time up to this */
  readonly jitter?: Duration;
  /** a firing while the run of the one before goes on; default `allow_all` */
  readonly overlap?: Overlap;
  /** further runs wait; default unlimited */
  readonly maxActiveRuns?: number;
  /** tasks at a time in all runs of the DAG; further ones wait; default unlimited */
  readonly maxActiveTasks?: number;
  /** the first task that fails ends the run: what has not begun is skipped, what runs is cancelled */
  readonly failFast?: true;
  /** 1 first … 5 last, for tasks that do not say; default 3 */
  readonly priority?: number;
  /** a run that is not over by then is late: the callbacks are called, the run goes on */
  readonly deadline?: {
    readonly after: Duration;
    /** default `start` */
    readonly from?: 'start' | 'logical_date';
    readonly callbacks: readonly TaskCall[];
  };
  /** of the whole run */
  readonly callbacks?: Omit<Callbacks, 'retry'>;
}
