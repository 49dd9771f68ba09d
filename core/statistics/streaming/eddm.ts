import { invalid } from '../invalid.js';
import { NO_VALUES, streamDetector, withValue, type RunningMean, type StreamDetector, type StreamState } from './detector.js';

export interface EddmState extends StreamState {
  readonly seen: number;
  /** how many values after the last change the last error was, counted from 1; 0 before any */
  readonly lastError: number;
  /** distances between errors */
  readonly distances: RunningMean;
  /** sum of their squared deviations */
  readonly squares: number;
  /** largest mean distance plus two standard deviations; null before the warm start is over */
  readonly widest: number | null;
}

export interface EddmOptions {
  /** no verdict before more errors than this; 30 */
  readonly warmStart?: number;
  /** a warning below this share of the widest distance, in (0, 1); 0.95 */
  readonly alpha?: number;
  /** drift below this share; 0.9 */
  readonly beta?: number;
}

const START: EddmState = { drift: false, warning: false, seen: 0, lastError: 0, distances: NO_VALUES, squares: 0, widest: null };

/**
 * EDDM: errors of a model that still fits come further and further apart; when the distance between them (mean plus two standard
 * deviations) has shrunk well below its widest, the concept is changing. It sees slow changes that DDM misses, and pays with false alarms:
 * with its default shares expect one every few hundred values, so lower `beta` (0.75 is common) before anything acts on it.
 *
 * Feed it 1 for a wrong prediction and 0 for a right one; a verdict changes only at errors.
 *
 * @throws RekindleError STATISTIC_OPTIONS_INVALID when `alpha` is below `beta`
 * @see Baena-García et al., Early Drift Detection Method (2006); `river.drift.binary.EDDM`
 */
export const eddm = (options: EddmOptions = {}): StreamDetector<EddmState> => {
  const { warmStart = 30, alpha = 0.95, beta = 0.9 } = options;
  if (alpha < beta) {
    throw invalid(`alpha of EDDM (${alpha}) is below beta (${beta}): it would never warn.`);
  }
  return streamDetector(START, (state, value) => {
    const seen = state.seen + 1;
    if (value !== 1) return { ...state, seen };
    const distance = seen - state.lastError;
    const distances = withValue(state.distances, distance);
    const squares = state.squares + (distance - state.distances.mean) * (distance - distances.mean);
    const next: EddmState = { ...state, seen, lastError: seen, distances, squares };
    if (seen <= warmStart) return next;
    const variance = distances.n > 1 ? squares / (distances.n - 1) : 0;
    const width = distances.mean + 2 * Math.sqrt(variance);
    if (state.widest === null || width > state.widest) return { ...next, widest: width };
    if (distances.n <= warmStart) return next;
    const share = width / state.widest;
    // as in river, a warning that stood before a drift stands beside it
    return share < beta ? { ...next, drift: true } : { ...next, warning: share < alpha };
  });
};
