import { sharesOfBoth } from './shares.js';
import { isUndefined, type Undefined } from './undefined.js';

/**
 * L-infinity (Chebyshev) distance: the largest change of the share of any one category. The easiest to explain ("`b` went from 20 % to
 * 35 %") and blind to many small changes.
 *
 * @param reference counts or weights per category, ≥ 0; scaled to shares here
 * @param current   of the same categories
 * @returns 0 (equal) to 1 (one category replaced another); undefined when a side sums to zero
 * @throws RekindleError STATISTIC_OPTIONS_INVALID if the numbers of categories differ or a count is negative
 * @see NannyML and Vertex AI Model Monitoring use it for categories
 */
export const lInfinity = (reference: ArrayLike<number>, current: ArrayLike<number>): number | Undefined => {
  const shares = sharesOfBoth(reference, current, 'lInfinity');
  if (isUndefined(shares)) return shares;
  const { p, q } = shares;
  let largest = 0;
  for (let i = 0; i < p.length; i++) largest = Math.max(largest, Math.abs(p[i]! - q[i]!));
  return largest;
};
