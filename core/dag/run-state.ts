/** What a DAG run says of itself: answer of the query `state`, content of `runs/<dag>/<run>/state.json`. */
import type { Json } from '../json.js';
import type { RunInfo } from '../ports.js';

/** Airflow's. `scheduled` is every task instance that has not started yet. */
export const TASK_STATES = [
  'scheduled',
  'running',
  'deferred',
  'up_for_retry',
  'success',
  'failed',
  'skipped',
  'upstream_failed',
  'removed',
] as const;
export type TaskState = (typeof TASK_STATES)[number];
export type RunStateName = 'running' | 'success' | 'failed';

export interface RunError {
  /** catalogue code, or the name of the error that the task threw */
  readonly code: string;
  readonly message: string;
}

export interface TaskInstanceState {
  /** id of the task */
  readonly task: string;
  readonly state: TaskState;
  /** ISO 8601; when it was handed to a queue */
  readonly start?: string;
  readonly end?: string;
  /** 0 if it never ran */
  readonly tries: number;
  /** why it was skipped */
  readonly summary?: string;
  readonly error?: RunError;
  /** only where outputs were asked for */
  readonly output?: Json;
  /** what it is, if no task */
  readonly kind?: 'sensor' | 'sleep' | 'approval' | 'workflow';
  /** the run whose result was taken over: it was not run again, or its input was in the cache */
  readonly from?: string;
  /** what a person is asked, while nobody has answered */
  readonly request?: Json;
  /** … and the JSON schema of what the answer must bring along */
  readonly form?: Json;
  /** ISO 8601: when a sleep is over, when an approval that nobody answers has failed */
  readonly until?: string;
}

/** A branch, a group or a map. */
export interface CompositeState {
  readonly kind: string;
  readonly state: TaskState;
  readonly error?: RunError;
  /** the arm that a branch took */
  readonly arm?: string;
  /** of a map that has begun */
  readonly items?: { readonly total: number; readonly success: number; readonly failed: number; readonly skipped: number };
  /** workflows that run items of a map; their states hold the instances */
  readonly shards?: readonly string[];
}

/** Something that a person wrote down about a run. */
export interface RunNote {
  /** ISO 8601 */
  readonly at: string;
  readonly author: string;
  readonly text: string;
}

export interface DagRunState {
  readonly dag: string;
  readonly runId: string;
  /** of the spec that the run has pinned */
  readonly hash?: string;
  readonly state: RunStateName;
  /** the run failed because somebody cancelled it */
  readonly cancelled?: true;
  readonly run: RunInfo;
  readonly params: Json;
  readonly end?: string;
  readonly tasks: Readonly<Record<string, TaskInstanceState>>;
  readonly composites: Readonly<Record<string, CompositeState>>;
  /** node ids, upstream first */
  readonly edges: readonly (readonly [string, string])[];
  readonly output?: Json;
  /** why the run failed where no task can say it */
  readonly error?: RunError;
  /** the run that this one was cleared from */
  readonly clearedFrom?: string;
  readonly notes?: readonly RunNote[];
  /** ISO 8601: when it missed its deadline */
  readonly late?: string;
  /** task instances that wait for slots of a pool */
  readonly waiting?: readonly { readonly instance: string; readonly pool: string; readonly since: string }[];
}
