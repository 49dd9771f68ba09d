/** Local activities that the interpreter asks of the orchestration worker. */
import type { ResolvedRun } from '../core/dag/resolve.js';
import type { DagRunState } from '../core/dag/run-state.js';
import type { Json } from '../core/json.js';

export interface OrchestrationActivities {
  /**
   * The DAG as this worker has loaded it, and the params as its schema makes them: `resolveRun` of core/dag does the work.
   *
   * @param firedAt ISO 8601, only in runs started by a schedule
   * @throws DAG_NOT_FOUND, DAG_PARAMS_INVALID as non-retryable ApplicationFailure of that type
   */
  resolveDag(id: string, params: Json, firedAt?: string): Promise<ResolvedRun>;
  /** Writes the last state of a run to `runs/<dag>/<run>/state.json`. Idempotent. */
  recordRun(state: DagRunState): Promise<void>;
}
