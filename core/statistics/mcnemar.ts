import { binomialHalfCdf } from './distributions/binomial.js';
import { chiSquaredSf } from './distributions/chi-squared.js';
import { checkWholeCounts } from './invalid.js';

export interface McNemar {
  /** exact: the smaller of the two counts; else χ² with one degree of freedom */
  readonly statistic: number;
  /** two-sided */
  readonly pValue: number;
  readonly method: 'exact' | 'chi-square';
}

/** Under this many rows on which the models disagree the χ² law is too coarse. */
const EXACT_BELOW = 25;

/**
 * McNemar's test of two classifiers on the same rows: does one of them err more often? Only the rows count on which exactly one of them
 * is right; were both equally good, each would be right on half of these.
 *
 * @param onlyFirst  rows on which only the first is right, an integer ≥ 0
 * @param onlySecond rows on which only the second is right
 * @param options `exact`: by the binomial distribution, else by χ²; exact under 25 disagreements unless given. `correction`: Edwards'
 *   continuity correction of χ², on unless given
 * @returns p = 1 when they never disagree
 * @throws RekindleError STATISTIC_OPTIONS_INVALID when a count is not an integer ≥ 0
 * @see `statsmodels.stats.contingency_tables.mcnemar`; McNemar (1947)
 */
export const mcnemar = (
  onlyFirst: number,
  onlySecond: number,
  options: { readonly exact?: boolean; readonly correction?: boolean } = {},
): McNemar => {
  checkWholeCounts('mcnemar', [onlyFirst, onlySecond]);
  const discordant = onlyFirst + onlySecond;
  const { exact = discordant < EXACT_BELOW, correction = true } = options;
  const method = exact ? 'exact' : 'chi-square';
  if (discordant === 0) return { statistic: 0, pValue: 1, method };
  if (exact) {
    const statistic = Math.min(onlyFirst, onlySecond);
    return { statistic, pValue: Math.min(1, 2 * binomialHalfCdf(statistic, discordant)), method };
  }
  const statistic = (Math.abs(onlyFirst - onlySecond) - (correction ? 1 : 0)) ** 2 / discordant;
  return { statistic, pValue: chiSquaredSf(statistic, 1), method };
};
