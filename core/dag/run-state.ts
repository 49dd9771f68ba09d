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
}

/** A branch or a group. */
export interface CompositeState {
  readonly kind: string;
  readonly state: TaskState;
  readonly error?: RunError;
  /** the arm that a branch took */
  readonly arm?: string;
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
}
