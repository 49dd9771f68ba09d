import { NO_VALUES, streamDetector, withValue, type RunningMean, type StreamDetector, type StreamState } from './detector.js';

export interface DdmState extends StreamState {
  /** share of errors so far */
  readonly errors: RunningMean;
  /** that share and its standard deviation where their sum was smallest; null before the warm start is over */
  readonly best: { readonly rate: number; readonly deviation: number } | null;
}

export interface DdmOptions {
  /** no verdict before more values than this; 30 */
  readonly warmStart?: number;
  /** a warning when the rate is so many of the best standard deviations above the best rate; 2 */
  readonly warningThreshold?: number;
  /** drift, likewise; 3 */
  readonly driftThreshold?: number;
}

const START: DdmState = { drift: false, warning: false, errors: NO_VALUES, best: null };

/**
 * DDM: the error rate of a model that meets what it has learnt only falls; when rate plus standard deviation has climbed well above
 * its smallest value, what is to be learnt has changed. Good at abrupt changes, blind to slow ones. The threshold is crossed by chance in
 * long stationary streams (in its reference vectors, twice in 2,000 values), so ask for a second opinion before you retrain.
 *
 * Feed it 1 for a wrong prediction and 0 for a right one.
 *
 * @see Gama, Medas, Castillo & Rodrigues, Learning with Drift Detection (2004); `river.drift.binary.DDM`
 */
export const ddm = (options: DdmOptions = {}): StreamDetector<DdmState> => {
  const { warmStart = 30, warningThreshold = 2, driftThreshold = 3 } = options;
  return streamDetector(START, (state, value) => {
    const errors = withValue(state.errors, value);
    if (errors.n <= warmStart) return { ...START, errors };
    const rate = errors.mean;
    const deviation = Math.sqrt(Math.max(0, rate * (1 - rate)) / errors.n);
    const { best: last } = state;
    const best = last === null || rate + deviation <= last.rate + last.deviation ? { rate, deviation } : last;
    const above = (deviations: number): boolean => rate + deviation > best.rate + deviations * best.deviation;
    const drift = above(driftThreshold);
    return { drift, warning: !drift && above(warningThreshold), errors, best };
  });
};
