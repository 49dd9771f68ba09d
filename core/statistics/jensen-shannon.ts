import { invalid } from './invalid.js';
import { relativeEntropy } from './kullback-leibler.js';
import { sharesOfBoth } from './shares.js';
import { isUndefined, type Undefined } from './undefined.js';

export interface JensenShannon {
  /** square root of the divergence: this is the metric, and what tools report under the name */
  readonly distance: number;
  readonly divergence: number;
  /** of the logarithm; distances in different bases differ by a factor, 1.2011 between 2 and e */
  readonly base: number;
}

/**
 * Jensen–Shannon distance: how far two distributions lie from their average, √(½ KL(p‖m) + ½ KL(q‖m)) with m = (p + q)/2. Symmetric
 * and always finite.
 *
 * The same name means different numbers: NannyML takes base 2 (0 to 1), scipy and Evidently base e (0 to 0.8326). Ours is base 2 unless
 * said otherwise, and the base travels with the answer.
 *
 * @param reference counts or weights per bin or category, ≥ 0; scaled to shares here
 * @param current   of the same bins
 * @param options `base` of the logarithm, > 1
 * @returns distance 0 (equal) to √(ln 2 / ln base) (nothing in common); undefined when a side sums to zero
 * @throws RekindleError STATISTIC_OPTIONS_INVALID if the numbers of bins differ, a count is negative or the base is not above 1
 * @see `scipy.spatial.distance.jensenshannon`; Lin, Divergence Measures Based on the Shannon Entropy (1991)
 */
export const jensenShannon = (
  reference: ArrayLike<number>,
  current: ArrayLike<number>,
  options: { readonly base?: number } = {},
): JensenShannon | Undefined => {
  const { base = 2 } = options;
  if (!(base > 1)) throw invalid(`jensenShannon: a base is > 1, not ${base}`);
  const shares = sharesOfBoth(reference, current, 'jensenShannon');
  if (isUndefined(shares)) return shares;
  const { p, q } = shares;
  const middle = p.map((share, i) => (share + q[i]!) / 2);
  const divergence = Math.max(0, (relativeEntropy(p, middle) + relativeEntropy(q, middle)) / Math.log(base) / 2);
  return { distance: Math.sqrt(divergence), divergence, base };
};
