import { checkCounts, invalid } from './invalid.js';
import { undefinedBecause, type Undefined } from './undefined.js';

/** Two distributions over the same bins or categories, each summing to 1. */
export interface SharesOfBoth {
  readonly p: Float64Array;
  readonly q: Float64Array;
}

const normalized = (counts: ArrayLike<number>, measure: string): Float64Array | null => {
  checkCounts(measure, counts);
  let sum = 0;
  for (let i = 0; i < counts.length; i++) sum += counts[i]!;
  return sum === 0 ? null : Float64Array.from(counts, (count) => count / sum);
};

/**
 * Counts or unscaled weights of two sides as shares.
 *
 * @param measure who asks, for the message
 * @throws RekindleError STATISTIC_OPTIONS_INVALID if the numbers of bins differ, or a count is negative or no number
 */
export const sharesOfBoth = (reference: ArrayLike<number>, current: ArrayLike<number>, measure: string): SharesOfBoth | Undefined => {
  if (reference.length !== current.length) {
    throw invalid(`${measure}: ${reference.length} reference bins against ${current.length} current bins`);
  }
  const p = normalized(reference, measure);
  const q = normalized(current, measure);
  return p === null || q === null ? undefinedBecause('a side sums to zero') : { p, q };
};
