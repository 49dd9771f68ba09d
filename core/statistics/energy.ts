import { cdfDistance } from './cdf-distance.js';
import { sortedValues } from './sort.js';
import { undefinedBecause, type Undefined } from './undefined.js';

/**
 * Energy distance of two sorted samples: √(2 ∫ (F − G)² dx).
 *
 * @param reference ascending, no NaN, not empty (see `sortedValues`)
 * @param current   likewise
 */
export const energyOfSorted = (reference: Float64Array, current: Float64Array): number =>
  Math.sqrt(2 * cdfDistance(reference, current, true));

/**
 * Energy distance of two samples: √(2 E|X − Y| − E|X − X′| − E|Y − Y′|), 0 only for equal distributions. Between KS, which sees the
 * largest gap only, and Wasserstein, which follows far outliers.
 *
 * @param reference values in any order; NaN is missing and dropped
 * @param current   likewise
 * @returns ≥ 0, in the square root of the unit of the values; undefined when a side has no values
 * @see `scipy.stats.energy_distance`; Székely & Rizzo, Energy Statistics (2013)
 */
export const energyDistance = (reference: Float64Array, current: Float64Array): number | Undefined => {
  const a = sortedValues(reference);
  const b = sortedValues(current);
  if (a.length === 0 || b.length === 0) return undefinedBecause('a sample is empty after missing values are dropped');
  return energyOfSorted(a, b);
};
