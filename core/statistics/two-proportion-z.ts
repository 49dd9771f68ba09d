import { normalTwoSided } from './distributions/normal.js';
import { invalid } from './invalid.js';
import { undefinedBecause, type Undefined } from './undefined.js';

/**
 * Two-sided z test of two proportions with pooled variance.
 *
 * @param k1 successes among `n1`; likewise `k2` among `n2`
 * @returns z > 0 when the first proportion is larger; z is null and p is 1 when both proportions are 0, or both 1
 * @throws RekindleError STATISTIC_OPTIONS_INVALID when there are more successes than rows
 * @see `statsmodels.stats.proportion.proportions_ztest`
 */
export const twoProportionZ = (
  k1: number,
  n1: number,
  k2: number,
  n2: number,
): { readonly z: number | null; readonly pValue: number } | Undefined => {
  for (const [k, n] of [
    [k1, n1],
    [k2, n2],
  ] as const)
    if (!(k >= 0 && k <= n)) throw invalid(`twoProportionZ: ${k} successes of ${n}`);
  if (n1 === 0 || n2 === 0) return undefinedBecause('empty side');
  const pooled = (k1 + k2) / (n1 + n2);
  if (pooled === 0 || pooled === 1) return { z: null, pValue: 1 };
  const z = (k1 / n1 - k2 / n2) / Math.sqrt(pooled * (1 - pooled) * (1 / n1 + 1 / n2));
  return { z, pValue: normalTwoSided(z) };
};
