import { NO_VALUES, streamDetector, withValue, type RunningMean, type StreamDetector, type StreamState } from './detector.js';

export interface PageHinkleyState extends StreamState {
  readonly all: RunningMean;
  /** faded sum of deviations from the mean, less `delta` each: it climbs when the mean has risen */
  readonly rise: number;
  /** its lowest point; null before any value */
  readonly lowest: number | null;
  /** the same with `delta` more each: it sinks when the mean has fallen */
  readonly fall: number;
  readonly highest: number | null;
}

export interface PageHinkleyOptions {
  /** no alarm before so many values; 30 */
  readonly minInstances?: number;
  /** a deviation of this size, in the unit of the values, is no change; 0.005 */
  readonly delta?: number;
  /** how far a sum must go from its extreme point, in the unit of the values; 50. Lower is quicker and errs more often. */
  readonly threshold?: number;
  /** what is left of a sum after one value; 0.9999 */
  readonly alpha?: number;
  /** which changes of the mean count; 'both' */
  readonly mode?: 'up' | 'down' | 'both';
}

const START: PageHinkleyState = { drift: false, warning: false, all: NO_VALUES, rise: 0, lowest: null, fall: 0, highest: null };

/**
 * Page–Hinkley: a cumulative sum of deviations from the running mean that wanders around its extreme point while nothing changes and
 * leaves it steadily after a change of the mean. The oldest and cheapest of these tests; its `threshold` must fit the scale of the values,
 * so standardise them, or feed it errors in [0, 1]. It has no warning zone.
 *
 * @see Page, Continuous Inspection Schemes (1954); `river.drift.PageHinkley`
 */
export const pageHinkley = (options: PageHinkleyOptions = {}): StreamDetector<PageHinkleyState> => {
  const { minInstances = 30, delta = 0.005, threshold = 50, alpha = 1 - 0.0001, mode = 'both' } = options;
  return streamDetector(START, (state, value) => {
    const all = withValue(state.all, value);
    const deviation = value - all.mean;
    const rise = alpha * state.rise + deviation - delta;
    const fall = alpha * state.fall + deviation + delta;
    const lowest = Math.min(state.lowest ?? rise, rise);
    const highest = Math.max(state.highest ?? fall, fall);
    const up = mode !== 'down' && rise - lowest > threshold;
    const down = mode !== 'up' && highest - fall > threshold;
    return { drift: all.n >= minInstances && (up || down), warning: false, all, rise, lowest, fall, highest };
  });
};
