import { quantileSorted } from 'simple-statistics';
import { invalid } from './invalid.js';

/**
 * Quantile by linear interpolation between order statistics: R's type 7, `numpy.quantile`'s default.
 *
 * @param sorted ascending, without NaN, at least one value
 * @param share  in [0, 1]
 * @throws RekindleError STATISTIC_OPTIONS_INVALID if `sorted` is empty or `share` lies outside [0, 1]
 */
export const quantile = (sorted: Float64Array | readonly number[], share: number): number => {
  if (sorted.length === 0 || !(share >= 0 && share <= 1)) throw invalid(`quantile: the ${share} quantile of ${sorted.length} values`);
  // simple-statistics reads only `length` and elements, which a typed array has as well
  const value = quantileSorted(sorted as readonly number[], share);
  // between two infinite values nothing can be interpolated: the upper one stands
  return Number.isNaN(value) ? sorted[Math.ceil((sorted.length - 1) * share)]! : value;
};
