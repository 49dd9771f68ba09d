/** `rekindle/client`: start and watch DAG runs, and knock at the doors of models, from any Node program. */
export {
  assetEvents,
  emitAsset,
  listAssets,
  pauseAssets,
  pendingAssets,
  resetAssets,
  unpauseAssets,
  type AssetOverview,
  type AssetsStatus,
  type Emitted,
} from './assets.js';
export {
  backfillDates,
  backfillEnded,
  backfillProgress,
  cancelBackfill,
  runningBackfills,
  startBackfill,
  type BackfillDate,
  type BackfillProgress,
  type BackfillRequest,
} from './backfill.js';
export { pauseDag, unpauseDag } from './catch-up.js';
export {
  clearMany,
  clearRun,
  markEnded,
  planBulk,
  planRunClear,
  retryRun,
  startCleared,
  type BulkPlan,
  type BulkRequest,
  type ClearedRun,
  type ClearRequest,
  type PassedOver,
  type PlannedClear,
} from './clear.js';
export { connect, temporalOptions } from './connection.js';
export {
  addNote,
  approveTask,
  cancelRun,
  cancelTask,
  listRuns,
  markTask,
  runEnded,
  runState,
  startRun,
  taskLogs,
  type ListOptions,
  type LiveRunState,
  type RunSummary,
  type StartOptions,
  type TaskLogFile,
} from './dags.js';
export { dagVersions, type PublishedVersion } from './dag-versions.js';
export * as models from './models.js';
export * as pools from './pools.js';
export {
  publishedDag,
  publishedDagIds,
  publishedModel,
  publishedModelNames,
  type Current,
  type PublishedDag,
  type PublishedModel,
} from './publish.js';
export { sync, type ProjectContent, type SyncResult } from './sync.js';
export { loadConfig, type Config } from '../platform/config.js';
export { openObjectStore } from '../platform/object-store/index.js';
