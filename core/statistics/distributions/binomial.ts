import { deviance, stirlingError } from './stirling.js';

/**
 * P(X = x) of the binomial distribution in Loader's saddle-point form, which keeps its relative precision for any n.
 *
 * @param x successes, an integer from 0 to n
 * @param share of success in one trial, in (0, 1)
 */
export const binomialPmf = (x: number, n: number, share: number): number => {
  if (x === 0) return Math.exp(n * Math.log1p(-share));
  if (x === n) return Math.exp(n * Math.log(share));
  const rest = n - x;
  const exponent = stirlingError(n) - stirlingError(x) - stirlingError(rest) - deviance(x, n * share) - deviance(rest, n * (1 - share));
  return Math.exp(exponent) * Math.sqrt(n / (2 * Math.PI * x * rest));
};

/** P(X ≤ x) of n tosses of a fair coin; x at most n/2, since from there down each term is a fraction of the one before. */
export const binomialHalfCdf = (x: number, n: number): number => {
  let term = binomialPmf(x, n, 0.5);
  let sum = term;
  for (let k = x; k > 0 && term > sum * 1e-17; k--) {
    term *= k / (n - k + 1);
    sum += term;
  }
  return sum;
};
