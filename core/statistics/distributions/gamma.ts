import { deviance, stirlingError } from './stirling.js';

const TINY = 1e-300;
const EPSILON = 1e-16;

/** xᵃ e⁻ˣ / Γ(a + 1): what the series and the continued fraction below have in common. */
const prefactor = (a: number, x: number): number => Math.exp(-stirlingError(a) - deviance(a, x)) / Math.sqrt(2 * Math.PI * a);

/** P(a, x) = prefactor · Σ xᵏ / ((a+1)…(a+k)): converges fast for x < a + 1. */
const lowerSeries = (a: number, x: number): number => {
  let term = 1;
  let sum = 1;
  for (let k = 1; term > sum * EPSILON; k++) {
    term *= x / (a + k);
    sum += term;
  }
  return sum * prefactor(a, x);
};

/** Q(a, x) by Lentz's evaluation of the continued fraction: converges fast for x > a + 1. */
const upperFraction = (a: number, x: number): number => {
  let b = x + 1 - a;
  let c = 1 / TINY;
  let d = 1 / b;
  let fraction = d;
  for (let i = 1; i < 1e6; i++) {
    const numerator = -i * (i - a);
    b += 2;
    d = numerator * d + b;
    if (Math.abs(d) < TINY) d = TINY;
    c = b + numerator / c;
    if (Math.abs(c) < TINY) c = TINY;
    d = 1 / d;
    const change = d * c;
    fraction *= change;
    if (Math.abs(change - 1) < EPSILON * 4) break;
  }
  return fraction * a * prefactor(a, x);
};

/**
 * Regularised upper incomplete gamma function Q(a, x) = Γ(a, x) / Γ(a): the survival function of the gamma distribution,
 * and through it of chi-square and of the normal. Relative precision about 1e-13, also far in the tail.
 *
 * @param a shape, > 0
 * @param x ≥ 0
 */
export const gammaUpper = (a: number, x: number): number => {
  if (x <= 0) return 1;
  if (x === Infinity) return 0;
  return x < a + 1 ? 1 - lowerSeries(a, x) : upperFraction(a, x);
};
