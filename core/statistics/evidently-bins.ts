import { binEdges, histogram } from './binning.js';
import { sortedValues } from './sort.js';
import { isUndefined, undefinedBecause, type Undefined } from './undefined.js';

/** A column as Evidently takes it: numbers (NaN missing) or categories (null missing). */
export type Column = Float64Array | readonly (string | null)[];

/** Shares per bin of both sides, and how the bins were made. */
export interface EvidentlyShares {
  readonly binning: 'sturges_on_combined' | 'categories';
  readonly reference: readonly number[];
  readonly current: readonly number[];
  /** only for `sturges_on_combined` */
  readonly edges?: readonly number[];
}

/** Above this many distinct reference values a numeric column is binned; up to it, each value is a bin. */
const MAX_DISTINCT_AS_CATEGORIES = 20;

const EMPTY = 'empty after missing and infinite values are dropped';

/** Ascending, without missing and infinite values. */
export const finiteSorted = (values: Float64Array): Float64Array => {
  const sorted = sortedValues(values);
  let [from, to] = [0, sorted.length];
  while (from < to && sorted[from] === -Infinity) from++;
  while (to > from && sorted[to - 1] === Infinity) to--;
  return sorted.subarray(from, to);
};

/** Each value once. */
export const distinctOf = (sorted: Float64Array): Float64Array => {
  const distinct = new Float64Array(sorted.length);
  let n = 0;
  for (let i = 0; i < sorted.length; i++) if (i === 0 || sorted[i] !== sorted[i - 1]) distinct[n++] = sorted[i]!;
  return distinct.subarray(0, n);
};

const sharesByKey = <V>(values: ArrayLike<V> & Iterable<V>, keys: Iterable<V>): number[] => {
  const counts = new Map<V, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...keys].map((key) => (counts.get(key) ?? 0) / values.length);
};

const byCategory = <V>(reference: ArrayLike<V> & Iterable<V>, current: ArrayLike<V> & Iterable<V>): EvidentlyShares | Undefined => {
  if (reference.length === 0 || current.length === 0) return undefinedBecause(EMPTY);
  const keys = new Set<V>([...reference, ...current]);
  return { binning: 'categories', reference: sharesByKey(reference, keys), current: sharesByKey(current, keys) };
};

/** Both samples as one, ascending. */
export const pooledSorted = (a: Float64Array, b: Float64Array): Float64Array => {
  const pooled = new Float64Array(a.length + b.length);
  let [i, j] = [0, 0];
  for (let k = 0; k < pooled.length; k++) pooled[k] = j >= b.length || (i < a.length && a[i]! <= b[j]!) ? a[i++]! : b[j++]!;
  return pooled;
};

/**
 * Shares per bin as Evidently 0.7 counts them for PSI, KL and Jensen–Shannon: Sturges' bins over the pooled range, or one bin per value.
 *
 * @param options `integers`: the columns had an integer type
 * @see evidently.legacy.calculations.stattests.utils.get_binned_data
 */
export const evidentlyShares = (
  reference: Column,
  current: Column,
  options: { readonly integers?: boolean } = {},
): EvidentlyShares | Undefined => {
  if (!(reference instanceof Float64Array) || !(current instanceof Float64Array)) {
    const present = (column: Column): (string | number)[] => [...column].filter((value) => value !== null);
    return byCategory(present(reference), present(current));
  }
  const [a, b] = [finiteSorted(reference), finiteSorted(current)];
  if (a.length === 0 || b.length === 0) return undefinedBecause(EMPTY);
  if (distinctOf(a).length <= MAX_DISTINCT_AS_CATEGORIES) return byCategory(a, b);
  const edges = binEdges(pooledSorted(a, b), 'sturges', options);
  if (isUndefined(edges)) return edges;
  const shares = (sorted: Float64Array): number[] => Array.from(histogram(sorted, edges), (count) => count / sorted.length);
  return { binning: 'sturges_on_combined', edges: [...edges], reference: shares(a), current: shares(b) };
};

/** Empty bins get 0.0001, or a millionth of the smallest non-empty share when that is not larger than 0.0001. */
export const fillEmptyShares = (shares: readonly number[]): number[] => {
  const smallest = Math.min(...shares.filter((share) => share !== 0));
  const fill = smallest <= 0.0001 ? smallest / 1e6 : 0.0001;
  return shares.map((share) => (share === 0 ? fill : share));
};
