import { exactCramerVonMises } from './cramer-von-mises-exact.js';
import { cramerVonMisesSf } from './distributions/cramer-von-mises.js';
import { sortedValues } from './sort.js';
import { undefinedBecause, type Undefined } from './undefined.js';

export type CramerVonMisesMethod = 'auto' | 'exact' | 'asymp';

export interface CramerVonMises {
  /** T of Anderson, > 0, without unit; about 1/6 for samples of one distribution */
  readonly statistic: number;
  readonly pValue: number;
  readonly method: 'exact' | 'asymp';
}

/** Up to this size of the larger sample `auto` counts orders; scipy's bound. */
const EXACT_UP_TO = 20;

/** Sums below this are exact in a double. */
const FLUSH_AT = 2 ** 52;

/**
 * 4 (n Σ (rᵢ − i)² + m Σ (sⱼ − j)²) for the pooled ranks r and s of the two samples, equal values sharing their mean rank. An integer
 * of up to 80 bits at a million rows, from which nearly as much is subtracted next: hence exact.
 */
const rankSum = (a: Float64Array, b: Float64Array): bigint => {
  const n = a.length;
  const m = b.length;
  const exact = [0n, 0n];
  const partial = new Float64Array(2);
  const add = (side: 0 | 1, ranks: number, upTo: number): void => {
    for (let k = 1; k <= upTo; k++) {
      const twice = ranks - 2 * k;
      partial[side]! += twice * twice;
      if (partial[side]! > FLUSH_AT) {
        exact[side]! += BigInt(partial[side]!);
        partial[side] = 0;
      }
    }
  };
  let [i, j] = [0, 0];
  while (i < n || j < m) {
    const at = j >= m || (i < n && a[i]! <= b[j]!) ? a[i]! : b[j]!;
    const [startA, startB] = [i, j];
    while (i < n && a[i]! <= at) i++;
    while (j < m && b[j]! <= at) j++;
    const shared = i - startA + j - startB + 1; // twice the mean rank within the group
    add(0, 2 * startB + shared, i - startA);
    add(1, 2 * startA + shared, j - startB);
  }
  const [sumA, sumB] = exact.map((sum, side) => sum + BigInt(partial[side]!)) as [bigint, bigint];
  return BigInt(n) * sumA + BigInt(m) * sumB;
};

/** Anderson's moments of T under the null, by which it is brought to the scale of the limiting law. */
const asymptotic = (statistic: number, n: number, m: number): number => {
  const total = n + m;
  const product = n * m;
  const mean = (1 + 1 / total) / 6;
  const variance = ((total + 1) * (4 * product * total - 3 * (n * n + m * m) - 2 * product)) / (45 * total * total * 4 * product);
  return cramerVonMisesSf(1 / 6 + (statistic - mean) / Math.sqrt(45 * variance));
};

/**
 * The test for samples that are sorted already.
 *
 * @param a ascending, no NaN, at least two values
 * @param b likewise
 */
export const cramerVonMisesOfSorted = (a: Float64Array, b: Float64Array, method: CramerVonMisesMethod = 'auto'): CramerVonMises => {
  const [n, m] = [a.length, b.length];
  const [bigN, bigM] = [BigInt(n), BigInt(m)];
  const product = bigN * bigM;
  // 12·n·m·(n + m)·T, an integer
  const scaled = 3n * rankSum(a, b) - 2n * product * (4n * product - 1n);
  const statistic = Number(scaled) / (12 * n * m * (n + m));
  const exact = method === 'exact' || (method === 'auto' && Math.max(n, m) <= EXACT_UP_TO);
  if (!exact) return { statistic, pValue: asymptotic(statistic, n, m), method: 'asymp' };
  const gcd = (x: bigint, y: bigint): bigint => (y === 0n ? x : gcd(y, x % y));
  const lcm = product / gcd(bigN, bigM);
  const zeta = (lcm * lcm * (bigN + bigM) * scaled) / (12n * product * product);
  return { statistic, pValue: exactCramerVonMises(n, m, Number(zeta)), method: 'exact' };
};

/**
 * Two-sample Cramér–von Mises test: do two samples come from one continuous distribution? Adds up the squared gap of the distribution
 * functions over all values, where KS takes the largest one: better at seeing a small shift of everything.
 *
 * @param first  values in any order; NaN is missing and dropped, infinities count
 * @param second likewise
 * @param options `method`: `auto` counts orders up to 20 values a side, then takes the limiting law; `exact` is for tens of values
 * @returns undefined when a side has fewer than two values
 * @see `scipy.stats.cramervonmises_2samp`; Anderson, On the Distribution of the Two-Sample Cramér–von Mises Criterion (1962)
 */
export const cramerVonMises = (
  first: Float64Array,
  second: Float64Array,
  options: { readonly method?: CramerVonMisesMethod } = {},
): CramerVonMises | Undefined => {
  const a = sortedValues(first);
  const b = sortedValues(second);
  if (a.length < 2 || b.length < 2) return undefinedBecause('a sample has fewer than two values');
  return cramerVonMisesOfSorted(a, b, options.method);
};
