/** What DAGs are written and run with. */
export {
  allOf,
  anyOf,
  asset,
  onAssets,
  type Asset,
  type AssetCondition,
  type AssetSchedule,
  type Produced,
  type ScheduleInput,
} from './asset.js';
export { dag, type DagOptions, type DeadlineOptions } from './build.js';
export type {
  ApproveOptions,
  Arms,
  Builder,
  GroupOptions,
  MapOptions,
  NodeOptions,
  RunDagOptions,
  RunOptions,
  SenseOptions,
  Undo,
  UsingOptions,
  WorkflowOptions,
} from './builder.js';
export { CallbackEvent, type Callback, type TaskCallbacks } from './callbacks.js';
export { isDag, type Dag } from './dag.js';
export { foreignWorkflow, type ForeignWorkflow } from './foreign-workflow.js';
export { cross, format, maybe, or, zip } from './ref.js';
export type { Deref, Ref, Refable, RefOf, Result, Wire } from './ref-types.js';
export { resolveRun, type ResolvedRun } from './resolve.js';
export type { TriggerRule } from './rules.js';
export type { CompositeState, DagRunState, RunError, TaskInstanceState, TaskState } from './run-state.js';
export {
  at,
  cron,
  crons,
  every,
  firings,
  nextFiring,
  previousFiring,
  type AtSchedule,
  type CronSchedule,
  type CronsSchedule,
  type EverySchedule,
  type Overlap,
  type Schedule,
  type TimeSchedule,
} from './schedule.js';
export type { DagSpec, Decision } from './spec.js';
export { foreign, task, type Backoff, type Schema, type Task, type TaskOptions } from './task.js';
