import { invalid } from '../invalid.js';
import { NO_VALUES, streamDetector, withValue, type RunningMean, type StreamDetector, type StreamState } from './detector.js';

export interface HddmAState extends StreamState {
  readonly all: RunningMean;
  /** the mean up to the cut where it was lowest, and where it was highest, each by Hoeffding's bound */
  readonly lowest: RunningMean;
  readonly highest: RunningMean;
}

export interface HddmAOptions {
  /** probability of a false drift, in (0, 1); 0.001 */
  readonly driftConfidence?: number;
  /** of a false warning; 0.005 */
  readonly warningConfidence?: number;
  /** also watches for a falling mean; false: only errors that increase matter */
  readonly twoSidedTest?: boolean;
}

const START: HddmAState = { drift: false, warning: false, all: NO_VALUES, lowest: NO_VALUES, highest: NO_VALUES };

/**
 * HDDM-A: compares the mean of everything since the last change with the mean up to the most favourable cut, by Hoeffding's inequality,
 * which holds for any values in [0, 1]. The one of the binary detectors with a proven rate of false alarms (at one check, independent
 * values), and the calmest on stationary streams.
 *
 * Feed it 1 for a wrong prediction and 0 for a right one, or any loss in [0, 1].
 *
 * @throws RekindleError STATISTIC_OPTIONS_INVALID
 * @see Frías-Blanco et al., Online and Non-Parametric Drift Detection Methods Based on Hoeffding's Bounds (2015); `river.drift.binary.HDDMA`
 */
export const hddmA = (options: HddmAOptions = {}): StreamDetector<HddmAState> => {
  const { driftConfidence = 0.001, warningConfidence = 0.005, twoSidedTest = false } = options;
  for (const confidence of [driftConfidence, warningConfidence]) {
    if (!(confidence > 0 && confidence < 1)) {
      throw invalid(`A confidence of HDDM-A is ${confidence}, not in (0, 1).`);
    }
  }
  const bound = ({ n }: RunningMean): number => Math.sqrt((1 / (2 * n)) * Math.log(1 / driftConfidence));
  /** whether the mean of all lies further from the mean at the cut than `confidence` allows */
  const apart = (difference: number, cut: RunningMean, all: RunningMean, confidence: number): boolean => {
    if (cut.n === all.n) return false;
    const m = ((all.n - cut.n) / cut.n) * (1 / all.n);
    return difference >= Math.sqrt((m / 2) * Math.log(2 / confidence));
  };
  return streamDetector(START, (state, value) => {
    const all = withValue(state.all, value);
    const first = all.n === 1;
    const lowest = first || state.lowest.mean + bound(state.lowest) >= all.mean + bound(all) ? all : state.lowest;
    const highest = first || state.highest.mean - bound(state.highest) <= all.mean - bound(all) ? all : state.highest;
    const risen = (confidence: number): boolean => apart(all.mean - lowest.mean, lowest, all, confidence);
    const fallen = (confidence: number): boolean => twoSidedTest && apart(highest.mean - all.mean, highest, all, confidence);
    const drift = risen(driftConfidence);
    const alsoDrift = fallen(driftConfidence);
    const warning = (!drift && risen(warningConfidence)) || (!alsoDrift && fallen(warningConfidence));
    return { drift: drift || alsoDrift, warning, all, lowest, highest };
  });
};
