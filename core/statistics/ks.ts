import { kolmogorovSf } from './distributions/kolmogorov.js';
import { kolmogorovSmirnovSf } from './distributions/kolmogorov-smirnov.js';
import { invalid } from './invalid.js';
import { exactKs, type KsAlternative } from './ks-exact.js';
import { ksDistanceOfSamples, type KsDistance } from './ks-distance.js';
import { undefinedBecause, type Undefined } from './undefined.js';

export { ksDistance, type KsDistance } from './ks-distance.js';
export type { KsAlternative };
export type KsMethod = 'auto' | 'exact' | 'asymp';

export interface KsPValue {
  readonly pValue: number;
  readonly method: 'exact' | 'asymp';
  /** D, snapped to the nearest multiple of 1/lcm(n1, n2) when the method is exact: rounding must not change a count of paths */
  readonly statistic: number;
}

export interface KsTest extends KsDistance, KsPValue {
  /** sizes after missing values are dropped */
  readonly n1: number;
  readonly n2: number;
}

/** Up to this size of the larger sample `auto` counts paths; beyond it uses the finite-n asymptotic law. scipy's bound. */
const EXACT_UP_TO = 10_000;
const INT32_MAX = 2 ** 31 - 1;

const roundHalfToEven = (x: number): number => {
  const floor = Math.floor(x);
  return x - floor === 0.5 && floor % 2 === 0 ? floor : Math.round(x);
};

const gcd = (a: number, b: number): number => (b === 0 ? a : gcd(b, a % b));

/** Smirnov's law at finite n: Simard–L'Ecuyer two-sided, Hodges' equation 5.3 one-sided. */
const asymptotic = (d: number, n1: number, n2: number, alternative: KsAlternative): number => {
  const m = Math.max(n1, n2);
  const n = Math.min(n1, n2);
  const effective = (m * n) / (m + n);
  if (alternative === 'two-sided') return kolmogorovSmirnovSf(roundHalfToEven(effective), d);
  const z = Math.sqrt(effective) * d;
  return Math.min(1, Math.exp(-2 * z * z - (2 * z * (m + 2 * n)) / Math.sqrt(m * n * (m + n)) / 3));
};

/**
 * How often two samples of these sizes from one continuous distribution lie at least `d` apart.
 *
 * `exact` counts lattice paths (O(n1·n2) at worst) and falls back to `asymp` where scipy does: when lcm(n1, n2) leaves 31 bits,
 * or when the one-sided count of paths leaves a double. Ties make both methods conservative.
 *
 * @see `scipy.stats.ks_2samp`; Hodges, The Significance Probability of the Smirnov Two-Sample Test (1958)
 */
export const ksPValue = (
  d: number,
  n1: number,
  n2: number,
  alternative: KsAlternative = 'two-sided',
  method: KsMethod = 'auto',
): KsPValue => {
  const divisor = gcd(n1, n2);
  const exact = method === 'auto' ? Math.max(n1, n2) <= EXACT_UP_TO : method === 'exact' && n1 / divisor < INT32_MAX / (n2 / divisor);
  let statistic = d;
  if (exact) {
    const lcm = (n1 / divisor) * n2;
    const steps = roundHalfToEven(d * lcm);
    statistic = steps / lcm;
    const pValue = exactKs(n1, n2, divisor, steps, alternative);
    if (pValue !== null) return { pValue, method: 'exact', statistic };
  }
  return { pValue: asymptotic(statistic, n1, n2, alternative), method: 'asymp', statistic };
};

const ALTERNATIVES: readonly KsAlternative[] = ['two-sided', 'less', 'greater'];

/** The p-value by the Kolmogorov limit √(n1·n2/(n1+n2))·D: quick, and a little too large at small n. */
export const ksLimitPValue = (d: number, n1: number, n2: number): number => kolmogorovSf(Math.sqrt((n1 * n2) / (n1 + n2)) * d);

/**
 * Two-sample Kolmogorov–Smirnov test: do two samples come from one continuous distribution?
 *
 * @param first  values in any order; NaN is missing and dropped, infinities count
 * @param second likewise
 * @returns D with its place and p-value, or why there is none: a sample without values
 * @see `scipy.stats.ks_2samp`, whose rules for `auto`, `exact` and `asymp` these are
 */
export const ksTest = (
  first: Float64Array,
  second: Float64Array,
  options: { readonly alternative?: KsAlternative; readonly method?: KsMethod } = {},
): KsTest | Undefined => {
  const { alternative = 'two-sided', method } = options;
  if (!ALTERNATIVES.includes(alternative))
    throw invalid(`ksTest: no alternative '${String(alternative)}'; there are ${ALTERNATIVES.join(', ')}`);
  const measured = ksDistanceOfSamples(first, second, alternative);
  if (measured === null) return undefinedBecause('a sample is empty after missing values are dropped');
  const { distance, n1, n2 } = measured;
  return { ...distance, ...ksPValue(distance.statistic, n1, n2, alternative, method), n1, n2 };
};
