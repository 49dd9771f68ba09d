import { binomialPmf } from './binomial.js';

/**
 * P(X = x): x marked ones among `drawn` taken without replacement from `marked` marked and `plain` plain ones. A ratio of binomial
 * probabilities, so it keeps its relative precision for large numbers.
 *
 * @see C. Loader, Fast and Accurate Computation of Binomial Probabilities (2000)
 */
export const hypergeometricPmf = (x: number, marked: number, plain: number, drawn: number): number => {
  if (x < Math.max(0, drawn - plain) || x > Math.min(drawn, marked)) return 0;
  const total = marked + plain;
  if (drawn === 0 || drawn === total) return 1;
  const share = drawn / total;
  return (binomialPmf(x, marked, share) * binomialPmf(drawn - x, plain, share)) / binomialPmf(drawn, total, share);
};
