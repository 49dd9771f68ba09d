import { normalQuantile } from './distributions/normal.js';
import { invalid } from './invalid.js';
import { undefinedBecause, type Undefined } from './undefined.js';

/**
 * Wilson's score interval of a proportion: sensible also at 0, at 1 and at small n, where the normal interval leaves [0, 1].
 *
 * @param successes 0 … n
 * @param alpha one minus the confidence level
 * @returns undefined when n is 0
 * @throws RekindleError STATISTIC_OPTIONS_INVALID when there are more successes than n, or alpha lies outside (0, 1)
 * @see Wilson (1927); `statsmodels.stats.proportion.proportion_confint(method='wilson')`
 */
export const wilsonInterval = (successes: number, n: number, alpha = 0.05): readonly [number, number] | Undefined => {
  if (!(successes >= 0 && successes <= n)) throw invalid(`wilsonInterval: ${successes} successes of ${n}`);
  if (n === 0) return undefinedBecause('n = 0');
  const z2 = normalQuantile(1 - alpha / 2) ** 2;
  const share = successes / n;
  const centre = (share + z2 / (2 * n)) / (1 + z2 / n);
  const half = Math.sqrt(z2 * ((share * (1 - share)) / n + z2 / (4 * n * n))) / (1 + z2 / n);
  return [successes === 0 ? 0 : centre - half, successes === n ? 1 : centre + half];
};
