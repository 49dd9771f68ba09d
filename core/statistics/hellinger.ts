import { sharesOfBoth } from './shares.js';
import { isUndefined, type Undefined } from './undefined.js';

/**
 * Hellinger distance: √(½ Σ (√p − √q)²), equal to √(1 − Σ √(pq)). Gives rare categories more weight than `lInfinity` does, less than
 * PSI does, and needs no floor for empty bins.
 *
 * @param reference counts or weights per bin or category, ≥ 0; scaled to shares here
 * @param current   of the same bins
 * @returns 0 (equal) to 1 (nothing in common); undefined when a side sums to zero
 * @throws RekindleError STATISTIC_OPTIONS_INVALID if the numbers of bins differ or a count is negative
 * @see Hellinger (1909); NannyML and Evidently report it, over bins of their own
 */
export const hellinger = (reference: ArrayLike<number>, current: ArrayLike<number>): number | Undefined => {
  const shares = sharesOfBoth(reference, current, 'hellinger');
  if (isUndefined(shares)) return shares;
  const { p, q } = shares;
  let sum = 0;
  for (let i = 0; i < p.length; i++) {
    const difference = Math.sqrt(p[i]!) - Math.sqrt(q[i]!);
    sum += difference * difference;
  }
  return Math.min(1, Math.sqrt(sum / 2));
};
