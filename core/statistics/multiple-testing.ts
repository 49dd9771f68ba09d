import { invalid } from './invalid.js';

/** Family-wise: `bonferroni`, `sidak`, `holm`. False discovery rate: `fdr_bh` (Benjamini–Hochberg), `fdr_by` (any dependence). */
export type Adjustment = 'bonferroni' | 'sidak' | 'holm' | 'fdr_bh' | 'fdr_by';

/** Sidak's 1 − (1 − p)^m without losing small p. */
const sidak = (p: number, tests: number): number => (p === 1 ? 1 : -Math.expm1(tests * Math.log1p(-p)));

/** Adjusted values of ascending p-values. */
const adjustSorted = (sorted: readonly number[], method: Adjustment): number[] => {
  const m = sorted.length;
  switch (method) {
    case 'bonferroni':
      return sorted.map((p) => p * m);
    case 'sidak':
      return sorted.map((p) => sidak(p, m));
    case 'holm': {
      let largest = 0;
      return sorted.map((p, i) => (largest = Math.max(largest, p * (m - i))));
    }
    case 'fdr_bh':
    case 'fdr_by': {
      const harmonic = method === 'fdr_by' ? sorted.reduce((sum, _, i) => sum + 1 / (i + 1), 0) : 1;
      const adjusted = new Array<number>(m);
      let smallest = Infinity;
      for (let i = m - 1; i >= 0; i--) adjusted[i] = smallest = Math.min(smallest, sorted[i]! / ((i + 1) / m / harmonic));
      return adjusted;
    }
  }
};

/** A p-value that was summed up may be a rounding above 1. */
const MOST = 1 + 1e-9;

/**
 * Adjusts p-values for having made many tests: compare the results with alpha instead of the raw ones.
 *
 * @param pValues null where a test could not be made; it stays null and does not count
 * @returns adjusted p-values in the order given, capped at 1
 * @throws RekindleError STATISTIC_OPTIONS_INVALID when a p-value lies outside [0, 1]
 * @see `statsmodels.stats.multitest.multipletests`
 */
export const adjustPValues = (pValues: readonly (number | null)[], method: Adjustment = 'fdr_bh'): (number | null)[] => {
  for (const p of pValues) if (p !== null && !(p >= 0 && p <= MOST)) throw invalid(`adjustPValues: a p-value lies in [0, 1], not ${p}`);
  const made = pValues.flatMap((p, index) => (p === null ? [] : [{ p, index }])).sort((a, b) => a.p - b.p);
  const adjusted = adjustSorted(
    made.map(({ p }) => p),
    method,
  );
  const result: (number | null)[] = pValues.map(() => null);
  made.forEach(({ index }, rank) => (result[index] = Math.min(1, adjusted[rank]!)));
  return result;
};
