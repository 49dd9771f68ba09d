/**
 * What would have gone differently in a run, had its DAG been another one.
 *
 * Both DAGs are run once more by the planner, with the results that are recorded: so what differs is the DAG's doing. No task is called;
 * what other code of the same task would have made nobody can tell from here.
 */
import type { Json } from '../json.js';
import { nodeOf } from './wire.js';
import { compare, doubtedBy, type Before, type Difference } from './replay/compare.js';
import { simulate } from './replay/simulate.js';
import { restingOn } from './replay/specs.js';
import type { DagRunState } from './run-state.js';
import type { DagSpec } from './spec.js';

export { DIFFERENCES, type Difference } from './replay/compare.js';

export interface ReplayResult {
  readonly dag: string;
  readonly runId: string;
  /** version that the run had; null where it is not at hand: then inputs, tasks and order were not compared */
  readonly was: string | null;
  readonly differences: readonly Difference[];
  /** nodes with recorded results that rest on what differs: they may differ too */
  readonly doubtful: readonly string[];
  /**
   * ms from the start to the end of the last task, by the recorded durations, without waits for workers and pools; what has no recorded
   * result takes none
   */
  readonly tookMs: { readonly was: number; readonly would: number };
}

export interface ReplayOptions {
  /** the DAG that the run had */
  readonly was?: DagSpec | undefined;
  /** the run's params as the new DAG makes them; default: those of the run */
  readonly params?: Json | undefined;
  /** why the new DAG would not have taken the run's params */
  readonly refused?: readonly string[] | undefined;
}

const lasted = ({ run, end }: DagRunState): number => (end === undefined ? 0 : Date.parse(end) - Date.parse(run.startedAt));

/**
 * @param recorded with outputs, as values: of those in the object store only whether they are the same can be told
 * @param now validated
 */
export const replay = (recorded: DagRunState, now: DagSpec, { was, params, refused = [] }: ReplayOptions = {}): ReplayResult => {
  const { dag, runId, hash } = recorded;
  const simulated = was && simulate(was, recorded);
  const before: Before = simulated ?? { state: recorded };
  const wasMs = simulated?.tookMs ?? lasted(recorded);
  const result = { dag, runId, was: was ? (hash ?? null) : null };
  if (refused.length > 0) {
    const text = `the run would have been refused: ${refused.join('; ')}`;
    const difference: Difference = { kind: 'params', instance: runId, was: recorded.params, would: null, text };
    return { ...result, differences: [difference], doubtful: [], tookMs: { was: wasMs, would: 0 } };
  }
  const after = simulate(now, recorded, params);
  const differences = compare(was, now, before, after);
  const doubted = doubtedBy(differences);
  const ran = new Set([...after.inputs.keys()].filter((instance) => !after.unrecorded.has(instance)).map(nodeOf));
  const doubtful = restingOn(now, doubted).filter((id) => ran.has(id) && !doubted.has(id));
  return { ...result, differences, doubtful, tookMs: { was: wasMs, would: after.tookMs } };
};
