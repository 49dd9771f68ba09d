import { PSI_FLOOR, psiLevel, psiOfCounts, type PsiLevel } from './psi.js';
import { quantile } from './quantile.js';
import { sortedValues } from './sort.js';
import { isUndefined, undefinedBecause, type Undefined } from './undefined.js';

export interface QuantilePsi {
  readonly psi: number;
  readonly level: PsiLevel;
  /** the bins are (−∞, e₀), [e₀, e₁), …, [eₗ, ∞), and one of missing values when asked for */
  readonly innerEdges: readonly number[];
  readonly referenceCounts: readonly number[];
  readonly currentCounts: readonly number[];
}

/** The next larger double. */
const nextUp = (x: number): number => {
  if (x === 0) return Number.MIN_VALUE;
  const bits = new BigInt64Array(1);
  const value = new Float64Array(bits.buffer);
  value[0] = x;
  bits[0]! += x > 0 ? 1n : -1n;
  return value[0];
};

/**
 * Distinct edges that split the reference: those strictly between its smallest and largest value. When all of them fall on one
 * value that most rows share, that value becomes a bin of its own, between what is below and what is above; without this rule a
 * constant or nearly constant reference would be one bin, and nothing would ever be seen to leave it.
 */
export const splittingEdges = (quantiles: readonly number[], min: number, max: number): readonly number[] => {
  const distinct = quantiles.filter((edge, i) => i === 0 || edge !== quantiles[i - 1]);
  const inner = distinct.filter((edge) => edge > min && edge < max);
  const mode = distinct[0];
  return inner.length > 0 || mode === undefined ? inner : [mode, nextUp(mode)];
};

/** Rows per bin of ascending values. */
export const countsBetween = (sorted: Float64Array, edges: readonly number[]): number[] => {
  const counts = new Array<number>(edges.length + 1).fill(0);
  let from = 0;
  edges.forEach((edge, bin) => {
    let [low, high] = [from, sorted.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (sorted[middle]! < edge) low = middle + 1;
      else high = middle;
    }
    counts[bin] = low - from;
    from = low;
  });
  counts[edges.length] = sorted.length - from;
  return counts;
};

/**
 * PSI over bins that hold equal shares of the reference (its deciles by default), as in credit scoring. One outlier cannot
 * stretch these bins; where many values are equal, equal edges merge.
 *
 * @param reference values in any order, NaN missing
 * @param current likewise
 * @param options `bins` 10, `floor` 1e-4; `missingBin` counts missing values as a bin of their own instead of dropping them
 */
export const quantilePsi = (
  reference: Float64Array,
  current: Float64Array,
  options: { readonly bins?: number; readonly floor?: number; readonly missingBin?: boolean } = {},
): QuantilePsi | Undefined => {
  const { bins = 10, floor = PSI_FLOOR, missingBin = false } = options;
  const a = sortedValues(reference);
  const b = sortedValues(current);
  if (a.length === 0 || (b.length === 0 && !missingBin) || current.length === 0) return undefinedBecause('no non-missing values');
  const quantiles = Array.from({ length: bins - 1 }, (_, i) => quantile(a, (i + 1) / bins));
  const innerEdges = splittingEdges(quantiles, a[0]!, a[a.length - 1]!);
  const referenceCounts = countsBetween(a, innerEdges);
  const currentCounts = countsBetween(b, innerEdges);
  if (missingBin) {
    referenceCounts.push(reference.length - a.length);
    currentCounts.push(current.length - b.length);
  }
  const psi = psiOfCounts(referenceCounts, currentCounts, floor);
  return isUndefined(psi) ? psi : { psi, level: psiLevel(psi), innerEdges, referenceCounts, currentCounts };
};
