import { mannWhitneyCdf } from './distributions/mann-whitney-u.js';
import { normalSf } from './distributions/normal.js';
import { sortedValues } from './sort.js';
import { undefinedBecause, type Undefined } from './undefined.js';

/** `less`: the first sample tends to be smaller. */
export type MannWhitneyAlternative = 'two-sided' | 'less' | 'greater';
export type MannWhitneyMethod = 'auto' | 'exact' | 'asymp';

export interface MannWhitney {
  /** U of the first sample: pairs in which its value is the larger one, ties counting half; 0 to n1·n2 */
  readonly statistic: number;
  readonly pValue: number;
  readonly method: 'exact' | 'asymp';
  /** U / (n1·n2): probability that a value of the first sample exceeds one of the second, an AUC; 0.5 means no tendency */
  readonly effect: number;
}

/** `auto` counts orders when one sample is at most this large and no two values are equal; scipy's rule. */
const EXACT_UP_TO = 8;

interface Pairs {
  readonly u: number;
  /** Σ (t³ − t) over groups of t equal values */
  readonly ties: number;
}

const countPairs = (a: Float64Array, b: Float64Array): Pairs => {
  const n = a.length;
  const m = b.length;
  let [i, j, u, ties] = [0, 0, 0, 0];
  while (i < n || j < m) {
    const at = j >= m || (i < n && a[i]! <= b[j]!) ? a[i]! : b[j]!;
    const [startA, startB] = [i, j];
    while (i < n && a[i]! <= at) i++;
    while (j < m && b[j]! <= at) j++;
    u += (i - startA) * (startB + (j - startB) / 2);
    const equal = i - startA + j - startB;
    ties += equal ** 3 - equal;
  }
  return { u, ties };
};

/** P(U ≥ u) by the normal law with half a unit of continuity correction and the variance that ties leave. */
const normalUpper = (u: number, n: number, m: number, ties: number): number => {
  const total = n + m;
  const variance = ((n * m) / 12) * (total + 1 - ties / (total * (total - 1)));
  const excess = u - (n * m) / 2 - 0.5;
  return variance <= 0 ? 1 : normalSf(excess / Math.sqrt(variance));
};

/** P(U ≥ u), by counting; u is cut to an integer, as in scipy. */
const exactUpper = (u: number, n: number, m: number): number => {
  const [small, large] = [Math.min(n, m), Math.max(n, m)];
  const whole = Math.trunc(u);
  const opposite = n * m - whole;
  return opposite <= whole ? mannWhitneyCdf(small, large, opposite) : 1 - (whole === 0 ? 0 : mannWhitneyCdf(small, large, whole - 1));
};

/** The test for samples that are sorted already: ascending, no NaN, not empty. */
export const mannWhitneyOfSorted = (
  a: Float64Array,
  b: Float64Array,
  options: { readonly alternative?: MannWhitneyAlternative; readonly method?: MannWhitneyMethod } = {},
): MannWhitney => {
  const { alternative = 'two-sided', method = 'auto' } = options;
  const [n, m] = [a.length, b.length];
  const { u, ties } = countPairs(a, b);
  const exact = method === 'exact' || (method === 'auto' && Math.min(n, m) <= EXACT_UP_TO && ties === 0);
  const upper = (value: number): number => (exact ? exactUpper(value, n, m) : normalUpper(value, n, m, ties));
  const other = n * m - u;
  const pValue = alternative === 'two-sided' ? 2 * upper(Math.max(u, other)) : upper(alternative === 'greater' ? u : other);
  return { statistic: u, pValue: Math.min(1, pValue), method: exact ? 'exact' : 'asymp', effect: u / (n * m) };
};

/**
 * Mann–Whitney U test (Wilcoxon rank sum): does one sample tend to larger values than the other? Depends on ranks alone, so no outlier
 * and no rising transformation changes it; blind to a change of spread that leaves the middle where it was.
 *
 * @param first  values in any order; NaN is missing and dropped, infinities count
 * @param second likewise
 * @param options `alternative`: two-sided unless given; `method`: `exact` takes no account of ties
 * @returns undefined when a side has no values; p = 1 when all values are equal
 * @see `scipy.stats.mannwhitneyu`; Mann & Whitney (1947)
 */
export const mannWhitney = (
  first: Float64Array,
  second: Float64Array,
  options: { readonly alternative?: MannWhitneyAlternative; readonly method?: MannWhitneyMethod } = {},
): MannWhitney | Undefined => {
  const a = sortedValues(first);
  const b = sortedValues(second);
  if (a.length === 0 || b.length === 0) return undefinedBecause('a sample is empty after missing values are dropped');
  return mannWhitneyOfSorted(a, b, options);
};
