/** Activities that the interpreter asks of the orchestration worker: local ones, but for {@link PastActivities}. */
import type { ResolvedRun, RunTimes } from '../core/dag/resolve.js';
import type { DagRunState } from '../core/dag/run-state.js';
import type { Schedule } from '../core/dag/schedule.js';
import type { Json } from '../core/json.js';
import type { RunInfo } from '../core/ports.js';

export interface ResolveOptions extends RunTimes {
  /** hash of a published version; default: what this worker has loaded */
  readonly version?: string | undefined;
}

export interface OrchestrationActivities {
  /**
   * The DAG as this worker has loaded it, or a published version of it, and the params as its schema makes them: `resolveRun` of
   * core/dag does the work.
   *
   * @throws DAG_NOT_FOUND, DAG_PARAMS_INVALID as non-retryable ApplicationFailure of that type
   */
  resolveDag(id: string, params: Json, options?: ResolveOptions): Promise<ResolvedRun & { readonly searchAttributes?: boolean }>;
  /** Writes the last state of a run, that of its shards included, to `runs/<dag>/<run>/state.json`. Idempotent. */
  recordRun(state: DagRunState): Promise<void>;
  /** Writes the last state of a shard to `runs/<dag>/<run>/shards/<instance>.json`. Idempotent. */
  recordShard(instance: string, state: DagRunState): Promise<void>;
  /** Keeps what another execution needs to go on with a run. @param text of JSON @returns how many parts it is read in */
  saveRun(dag: string, run: string, execution: string, text: string): Promise<number>;
  /** @param part from 0 @returns text; all parts together are JSON */
  loadRun(dag: string, run: string, execution: string, part: number): Promise<string>;
}

export interface PastQuestion {
  readonly run: RunInfo;
  /** nodes that must have succeeded or been skipped in the run before */
  readonly nodes: readonly string[];
  readonly schedule?: Schedule;
}

export interface PastActivities {
  /** Fails with NOT_YET, which is tried again, until the run before has done its part. There may be none: then it has. */
  awaitPast(question: PastQuestion): Promise<void>;
}
