import { studentTwoSided } from './distributions/student-t.js';
import { momentsOf } from './moments.js';
import { presentValues } from './sort.js';
import { undefinedBecause, type Undefined } from './undefined.js';

export interface WelchTest {
  /** t > 0 when the first mean is larger; infinite when neither sample varies but the means differ */
  readonly statistic: number;
  /** two-sided */
  readonly pValue: number;
  /** Welch–Satterthwaite degrees of freedom, rarely whole; 1 when neither sample varies */
  readonly dof: number;
  /** first mean minus second, in the unit of the values */
  readonly difference: number;
}

/**
 * Welch's t test: do two samples have one mean, whatever their variances? Says nothing about a change that keeps the mean.
 *
 * @param first  values in any order; NaN is missing and dropped
 * @param second likewise
 * @returns undefined when a side has fewer than two values or an infinite one, or when all values of both are equal
 * @see `scipy.stats.ttest_ind(equal_var=False)`; Welch (1947)
 */
export const welchTest = (first: Float64Array, second: Float64Array): WelchTest | Undefined => {
  const [a, b] = [first, second].map((values) => momentsOf(presentValues(values)));
  if (a!.count < 2 || b!.count < 2) return undefinedBecause('a sample has fewer than two values');
  const ofMean = (moments: typeof a): number => moments!.variance / (moments!.count - 1);
  const [va, vb] = [ofMean(a), ofMean(b)];
  const difference = a!.mean - b!.mean;
  if (!Number.isFinite(va + vb)) return undefinedBecause('a sample holds infinite values: its variance is not defined');
  if (va + vb === 0) {
    if (difference === 0) return undefinedBecause('all values are equal: there is no variance to compare with');
    return { statistic: difference * Infinity, pValue: 0, dof: 1, difference };
  }
  const dof = (va + vb) ** 2 / (va ** 2 / (a!.count - 1) + vb ** 2 / (b!.count - 1));
  const statistic = difference / Math.sqrt(va + vb);
  return { statistic, pValue: studentTwoSided(statistic, dof), dof, difference };
};
