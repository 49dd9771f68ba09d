import { invalid } from './invalid.js';
import { sharesOfBoth } from './shares.js';
import { isUndefined, type Undefined } from './undefined.js';

/** x ln(x/y), with 0 ln 0 = 0; near x = y through log1p, so that a sum of such terms keeps its digits when it is almost 0. */
const relativeEntropyTerm = (x: number, y: number): number => {
  if (x === 0) return 0;
  if (y === 0) return Infinity;
  const ratio = x / y;
  if (ratio > 0.5 && ratio < 2) return x * Math.log1p((x - y) / y);
  return ratio > 0 && ratio < Infinity ? x * Math.log(ratio) : x * (Math.log(x) - Math.log(y));
};

/** Σ p ln(p/q) in nats. */
export const relativeEntropy = (p: Float64Array, q: Float64Array): number => {
  let sum = 0;
  for (let i = 0; i < p.length; i++) sum += relativeEntropyTerm(p[i]!, q[i]!);
  return sum;
};

/**
 * Kullback–Leibler divergence of the current distribution from the reference: Σ r ln(r/c), the extra nats per row that it costs to
 * encode the reference with a code made for the current one. Not symmetric, and infinite as soon as a bin of the reference is empty in
 * the current sample; `jensenShannon` is neither.
 *
 * @param reference counts or weights per bin or category, ≥ 0; scaled to shares here
 * @param current   of the same bins
 * @param options `base` of the logarithm: e (nats) unless given, 2 for bits
 * @returns 0 (equal) to ∞; undefined when a side sums to zero
 * @throws RekindleError STATISTIC_OPTIONS_INVALID if the numbers of bins differ, a count is negative or the base is not above 1
 * @see `scipy.stats.entropy(pk, qk)`; Kullback & Leibler, On Information and Sufficiency (1951)
 */
export const kullbackLeibler = (
  reference: ArrayLike<number>,
  current: ArrayLike<number>,
  options: { readonly base?: number } = {},
): number | Undefined => {
  if (options.base !== undefined && !(options.base > 1)) throw invalid(`kullbackLeibler: a base is > 1, not ${options.base}`);
  const shares = sharesOfBoth(reference, current, 'kullbackLeibler');
  if (isUndefined(shares)) return shares;
  const nats = Math.max(0, relativeEntropy(shares.p, shares.q));
  return options.base === undefined ? nats : nats / Math.log(options.base);
};
