import { hypergeometricPmf } from './distributions/hypergeometric.js';
import { checkWholeCounts } from './invalid.js';

/** `greater`: the odds of the first column are higher in the first row. */
export type FisherAlternative = 'two-sided' | 'less' | 'greater';

export interface FisherTest {
  /** (a·d)/(b·c), 0 to ∞; null when a row or a column is empty */
  readonly oddsRatio: number | null;
  readonly pValue: number;
}

/** Tables whose probabilities differ by less than this share are equally likely: rounding must not leave the mirror image out. */
const EQUALLY_LIKELY = 1 + 1e-7;

/**
 * Fisher's exact test of a 2×2 table: given its margins, how likely is a table at least as extreme? Needs no expected count of 5 as
 * chi-square does, so it is for tiny tables; O(n) for large ones.
 *
 * @param table counts `[[a, b], [c, d]]`: a row per sample, a column per category
 * @param options `alternative`: two-sided (all tables no likelier than this one) unless given
 * @returns p = 1 when a row or a column is empty
 * @throws RekindleError STATISTIC_OPTIONS_INVALID when a count is not an integer ≥ 0
 * @see `scipy.stats.fisher_exact`; Fisher (1922)
 */
export const fisherExact = (
  table: readonly [readonly [number, number], readonly [number, number]],
  options: { readonly alternative?: FisherAlternative } = {},
): FisherTest => {
  const [[a, b], [c, d]] = table;
  checkWholeCounts('fisherExact', [a, b, c, d]);
  if (a + b === 0 || c + d === 0 || a + c === 0 || b + d === 0) return { oddsRatio: null, pValue: 1 };
  const { alternative = 'two-sided' } = options;
  const [marked, plain, drawn] = [a + c, b + d, a + b];
  const observed = hypergeometricPmf(a, marked, plain, drawn);
  const counts = (x: number, likelihood: number): boolean => {
    if (alternative === 'less') return x <= a;
    return alternative === 'greater' ? x >= a : likelihood <= observed * EQUALLY_LIKELY;
  };
  let pValue = 0;
  for (let x = Math.max(0, drawn - plain); x <= Math.min(drawn, marked); x++) {
    const likelihood = x === a ? observed : hypergeometricPmf(x, marked, plain, drawn);
    if (counts(x, likelihood)) pValue += likelihood;
  }
  return { oddsRatio: b === 0 || c === 0 ? Infinity : (a * d) / (b * c), pValue: Math.min(1, pValue) };
};
