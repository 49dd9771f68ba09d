import { chiSquaredSf } from './distributions/chi-squared.js';
import { sameLength } from './invalid.js';
import { undefinedBecause, type Undefined } from './undefined.js';

/**
 * Chi-square goodness of fit: do the current counts follow the reference's shares, these being taken as known exactly?
 *
 * It ignores the reference's own sampling error, and a category that the reference never saw has expectation 0, so one such row
 * makes the statistic infinite and p = 0. `chiSquareTest` on both rows has neither fault; this one is here to compare with Evidently.
 *
 * @param reference counts per category
 * @param current counts of the same categories
 * @throws RekindleError STATISTIC_OPTIONS_INVALID when the numbers of categories differ
 * @see `scipy.stats.chisquare`; evidently.legacy.calculations.stattests.chisquare_stattest
 */
export const goodnessOfFit = (
  reference: readonly number[],
  current: readonly number[],
): { readonly statistic: number; readonly pValue: number; readonly dof: number } | Undefined => {
  sameLength('goodnessOfFit', { 'reference categories': reference, 'current categories': current });
  const n = reference.reduce((a, b) => a + b, 0);
  const m = current.reduce((a, b) => a + b, 0);
  if (n === 0 || m === 0) return undefinedBecause('empty side');
  let statistic = 0;
  reference.forEach((count, i) => {
    const expected = (count / n) * m;
    const difference = current[i]! - expected;
    if (difference !== 0) statistic += difference ** 2 / expected;
  });
  const dof = reference.length - 1;
  return { statistic, pValue: chiSquaredSf(statistic, dof), dof };
};
