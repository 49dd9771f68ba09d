import { psiOfShares } from './psi.js';
import { sortedValues } from './sort.js';
import { undefinedBecause, type Undefined } from './undefined.js';

export interface EvidentlyPsi {
  readonly score: number;
  readonly threshold: number;
  readonly drifted: boolean;
  /** how the bins were made; edges and shares only for `sturges_on_combined` */
  readonly binning: 'sturges_on_combined' | 'categories';
  readonly edges?: readonly number[];
  readonly referenceShares?: readonly number[];
  readonly currentShares?: readonly number[];
}

/** Above this many distinct reference values a numeric column is binned; up to it, each value is a bin. */
const MAX_DISTINCT_AS_CATEGORIES = 20;

/** Empty bins get 0.0001, or a millionth of the smallest non-empty share when that is not larger than 0.0001. */
const fillEmpty = (shares: readonly number[]): number[] => {
  const smallest = Math.min(...shares.filter((share) => share !== 0));
  const fill = smallest <= 0.0001 ? smallest / 1e6 : 0.0001;
  return shares.map((share) => (share === 0 ? fill : share));
};

/** `numpy.histogram_bin_edges(values, 'sturges')`: ⌈log₂ n + 1⌉ bins of equal width; integer bins are never narrower than 1. */
const sturgesEdges = (min: number, max: number, n: number, integers: boolean): number[] => {
  const range = max - min;
  let width = range / (Math.log2(n) + 1);
  if (integers && width < 1) width = 1;
  const bins = Math.ceil(range / width);
  const step = range / bins;
  return Array.from({ length: bins + 1 }, (_, i) => (i === bins ? max : i * step + min));
};

/** `numpy.histogram(values, edges)`: a value on an edge belongs to the bin on its right, the last edge to the last bin. */
const histogramShares = (sorted: Float64Array, edges: readonly number[]): number[] => {
  const shares: number[] = [];
  let at = 0;
  for (let bin = 0; bin + 1 < edges.length; bin++) {
    const right = edges[bin + 1]!;
    const start = at;
    const last = bin + 2 === edges.length;
    while (at < sorted.length && (sorted[at]! < right || (last && sorted[at] === right))) at++;
    shares.push((at - start) / sorted.length);
  }
  return shares;
};

const distinctCount = (sorted: Float64Array): number => {
  let distinct = 0;
  for (let i = 0; i < sorted.length; i++) if (i === 0 || sorted[i] !== sorted[i - 1]) distinct++;
  return distinct;
};

const categoryShares = <V>(values: Iterable<V>, rows: number, keys: readonly V[]): number[] => {
  const counts = new Map<V, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return keys.map((key) => (counts.get(key) ?? 0) / rows);
};

const categoriesPsi = <V>(reference: ArrayLike<V> & Iterable<V>, current: ArrayLike<V> & Iterable<V>): number => {
  const keys = [...new Set<V>([...reference, ...current])];
  return psiOfShares(
    fillEmpty(categoryShares(reference, reference.length, keys)),
    fillEmpty(categoryShares(current, current.length, keys)),
  );
};

const EMPTY = 'empty after missing and infinite values are dropped';

/**
 * PSI as Evidently 0.7 computes it, to compare reports with: equal-width bins over the pooled range, which one outlier can
 * stretch until they hide everything. Prefer `quantilePsi`.
 *
 * @param reference numbers (NaN missing) or categories (null missing); infinities are dropped
 * @param current likewise
 * @param options `integers`: the columns had an integer type; `threshold` 0.1, reached is drifted
 * @see evidently.legacy.calculations.stattests.psi
 */
export const evidentlyPsi = (
  reference: Float64Array | readonly (string | null)[],
  current: Float64Array | readonly (string | null)[],
  options: { readonly integers?: boolean; readonly threshold?: number } = {},
): EvidentlyPsi | Undefined => {
  const threshold = options.threshold ?? 0.1;
  if (!(reference instanceof Float64Array) || !(current instanceof Float64Array)) {
    const a = [...reference].filter((value) => value !== null);
    const b = [...current].filter((value) => value !== null);
    if (a.length === 0 || b.length === 0) return undefinedBecause(EMPTY);
    const score = categoriesPsi(a, b);
    return { score, threshold, drifted: score >= threshold, binning: 'categories' };
  }
  const a = sortedValues(reference.filter(Number.isFinite));
  const b = sortedValues(current.filter(Number.isFinite));
  if (a.length === 0 || b.length === 0) return undefinedBecause(EMPTY);
  if (distinctCount(a) <= MAX_DISTINCT_AS_CATEGORIES) {
    const score = categoriesPsi(a, b);
    return { score, threshold, drifted: score >= threshold, binning: 'categories' };
  }
  const min = Math.min(a[0]!, b[0]!);
  const max = Math.max(a[a.length - 1]!, b[b.length - 1]!);
  const edges = sturgesEdges(min, max, a.length + b.length, options.integers ?? false);
  const referenceShares = histogramShares(a, edges);
  const currentShares = histogramShares(b, edges);
  const score = psiOfShares(fillEmpty(referenceShares), fillEmpty(currentShares));
  return { score, threshold, drifted: score >= threshold, binning: 'sturges_on_combined', edges, referenceShares, currentShares };
};
