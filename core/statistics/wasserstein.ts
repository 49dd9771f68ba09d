import { cdfDistance, weighted, weightedCdfDistance } from './cdf-distance.js';
import { momentsOf } from './moments.js';
import { sortedValues } from './sort.js';
import { isUndefined, undefinedBecause, type Undefined } from './undefined.js';

/** Standard deviations under this count as this much in the normed distance, as in Evidently: a constant column divides by no zero. */
const LEAST_SPREAD = 0.001;

/**
 * 1-Wasserstein (earth mover's) distance of two sorted samples: how far the average row must move to turn one into the other,
 * ∫ |F − G| dx.
 *
 * @param reference ascending, no NaN, not empty (see `sortedValues`)
 * @param current   likewise
 * @returns ≥ 0, in the unit of the values; ∞ when an infinite value on one side has no counterpart on the other
 */
export const wassersteinOfSorted = (reference: Float64Array, current: Float64Array): number => cdfDistance(reference, current, false);

/**
 * The distance in standard deviations of the reference (population, at least 0.001): comparable between columns, and Evidently's default
 * for numbers from 1001 rows, with 0.1 as the threshold. One outlier in the reference inflates the divisor and hides what happens to
 * all other rows; KS D has no such weakness.
 *
 * @param sortedReference ascending, no NaN, not empty
 * @returns ≥ 0, without unit; undefined when the reference holds an infinite value
 */
export const normedWasserstein = (distance: number, sortedReference: Float64Array): number | Undefined => {
  const { variance } = momentsOf(sortedReference);
  if (Number.isNaN(variance)) return undefinedBecause('the reference holds infinite values: its standard deviation is not defined');
  return distance / Math.max(Math.sqrt(variance), LEAST_SPREAD);
};

export interface Wasserstein {
  /** in the unit of the values */
  readonly distance: number;
  /** in standard deviations of the reference; null with weights, and when the reference holds infinite values */
  readonly normed: number | null;
}

/**
 * 1-Wasserstein distance of two samples, raw and normed.
 *
 * @param reference values in any order; NaN is missing and dropped with its weight
 * @param current   likewise
 * @param options weights of the rows, ≥ 0, of any sum > 0; both sides or one
 * @returns undefined when a side has no values, or only weights of 0
 * @throws RekindleError STATISTIC_OPTIONS_INVALID if weights and values differ in number, or a weight is negative
 * @see `scipy.stats.wasserstein_distance`
 */
export const wasserstein = (
  reference: Float64Array,
  current: Float64Array,
  options: { readonly referenceWeights?: ArrayLike<number>; readonly currentWeights?: ArrayLike<number> } = {},
): Wasserstein | Undefined => {
  const { referenceWeights, currentWeights } = options;
  if (referenceWeights || currentWeights) {
    const a = weighted(reference, referenceWeights ?? new Float64Array(reference.length).fill(1));
    const b = weighted(current, currentWeights ?? new Float64Array(current.length).fill(1));
    if (isUndefined(a)) return a;
    if (isUndefined(b)) return b;
    return { distance: weightedCdfDistance(a, b), normed: null };
  }
  const a = sortedValues(reference);
  const b = sortedValues(current);
  if (a.length === 0 || b.length === 0) return undefinedBecause('a sample is empty after missing values are dropped');
  const distance = wassersteinOfSorted(a, b);
  const normed = normedWasserstein(distance, a);
  return { distance, normed: isUndefined(normed) ? null : normed };
};
