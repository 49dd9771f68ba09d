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
export { dag, type DagOptions } from './build.js';
export type { Arms, Builder, GroupOptions, NodeOptions, RunOptions, Undo } from './builder.js';
export { isDag, type Dag } from './dag.js';
export { format, maybe, or } from './ref.js';
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
export type { DagSpec } from './spec.js';
export { foreign, task, type Backoff, type Schema, type Task, type TaskOptions } from './task.js';
