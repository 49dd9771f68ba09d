/**
 * Pieces of Loader's saddle-point forms: they keep full relative precision where `exp` of a difference of log-gammas would
 * lose a digit for every digit of n.
 *
 * @see C. Loader, Fast and Accurate Computation of Binomial Probabilities (2000)
 */
import { gammaln } from 'simple-statistics';

const HALF_LOG_2PI = 0.9189385332046727;

/** ln n! − ln(√(2πn) (n/e)ⁿ), the error of Stirling's formula; n > 0, not necessarily an integer. */
export const stirlingError = (n: number): number => {
  if (n < 16) return gammaln(n + 1) - (n + 0.5) * Math.log(n) + n - HALF_LOG_2PI;
  const n2 = n * n;
  return (1 / 12 - (1 / 360 - (1 / 1260 - (1 / 1680 - 1 / 1188 / n2) / n2) / n2) / n2) / n;
};

/** x ln(x/m) + m − x, without the cancellation near x = m; x ≥ 0, m > 0. */
export const deviance = (x: number, mean: number): number => {
  if (x === 0) return mean;
  if (Math.abs(x - mean) >= 0.1 * (x + mean)) return x * Math.log(x / mean) + mean - x;
  const v = (x - mean) / (x + mean);
  let sum = (x - mean) * v;
  let term = 2 * x * v;
  for (let j = 1; j < 1000; j++) {
    term *= v * v;
    const next = sum + term / (2 * j + 1);
    if (next === sum) break;
    sum = next;
  }
  return sum;
};
