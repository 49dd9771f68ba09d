import { invalid } from './invalid.js';
import { momentsOf } from './moments.js';
import { undefinedBecause, type Undefined } from './undefined.js';

/** A number asks for that many bins; Sturges takes ⌈log₂ n + 1⌉ of them; Doane takes more the more skewed the values are. */
export type BinRule = 'sturges' | 'doane' | number;

/** Width that the rule proposes; 0 stands for one bin. */
const proposedWidth = (sorted: Float64Array, rule: 'sturges' | 'doane', range: number): number => {
  const n = sorted.length;
  if (rule === 'sturges') return range / (Math.log2(n) + 1);
  if (n <= 2) return 0;
  const { variance, skewness } = momentsOf(sorted);
  if (variance === 0) return 0;
  const standardError = Math.sqrt((6 * (n - 2)) / ((n + 1) * (n + 3)));
  return range / (1 + Math.log2(n) + Math.log2(1 + Math.abs(skewness) / standardError));
};

const binCount = (sorted: Float64Array, rule: BinRule, range: number, integers: boolean): number => {
  if (typeof rule === 'number') return rule;
  const width = proposedWidth(sorted, rule, range);
  return width === 0 ? 1 : Math.ceil(range / (integers ? Math.max(1, width) : width));
};

/**
 * Edges of bins of equal width from the smallest to the largest value. Easy to read, but one outlier stretches all of them: to decide
 * anything, prefer bins at quantiles (`quantilePsi`) or no bins at all (`ksTest`, `wasserstein`).
 *
 * @param sorted ascending, without NaN (see `sortedValues`)
 * @param rule how many bins
 * @param options `integers`: the values have an integer type, so no bin is narrower than 1
 * @returns at least two rising edges in the unit of the values, [x − ½, x + ½] when all values are x; undefined without values, with
 *   infinite ones, or when the range holds fewer different doubles than edges
 * @throws RekindleError STATISTIC_OPTIONS_INVALID when a number of bins is not a positive integer
 * @see `numpy.histogram_bin_edges`; Doane, Aesthetic Frequency Classifications (1976)
 */
export const binEdges = (sorted: Float64Array, rule: BinRule, options: { readonly integers?: boolean } = {}): Float64Array | Undefined => {
  if (typeof rule === 'number' && !(Number.isInteger(rule) && rule > 0)) {
    throw invalid(`binEdges: a number of bins is a positive integer, not ${rule}`);
  }
  const n = sorted.length;
  if (n === 0) return undefinedBecause('no non-missing values');
  let [first, last] = [sorted[0]!, sorted[n - 1]!];
  if (!Number.isFinite(last - first)) return undefinedBecause('the values have no finite range');
  const bins = binCount(sorted, rule, last - first, options.integers ?? false);
  if (first === last) [first, last] = [first - 0.5, last + 0.5];
  const step = (last - first) / bins;
  const edges = new Float64Array(bins + 1);
  for (let i = 0; i < bins; i++) edges[i] = i * step + first;
  edges[bins] = last;
  for (let i = 0; i < bins; i++) {
    if (edges[i]! >= edges[i + 1]!) return undefinedBecause(`the range of the values is too small for ${bins} bins`);
  }
  return edges;
};

/** Place of the first value that is not below `edge`, or above it when `after`. */
const place = (sorted: Float64Array, edge: number, after: boolean, from: number): number => {
  let [low, high] = [from, sorted.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (sorted[middle]! < edge || (after && sorted[middle] === edge)) low = middle + 1;
    else high = middle;
  }
  return low;
};

/**
 * Values per bin: a value on an edge belongs to the bin on its right, on the last edge to the last bin; what lies outside is not
 * counted. O(bins · log n), since the values are sorted.
 *
 * @param sorted ascending, without NaN
 * @param edges rising, at least two
 * @returns one count per bin; `sorted.length` minus their sum lies outside
 * @see `numpy.histogram`
 */
export const histogram = (sorted: Float64Array, edges: Float64Array): Float64Array => {
  const bins = edges.length - 1;
  const counts = new Float64Array(bins);
  let from = place(sorted, edges[0]!, false, 0);
  for (let bin = 0; bin < bins; bin++) {
    const to = place(sorted, edges[bin + 1]!, bin === bins - 1, from);
    counts[bin] = to - from;
    from = to;
  }
  return counts;
};

/**
 * The same with one more count at the end, of what lies outside all bins: for a current sample in bins made from the reference, where
 * values out of the reference's range are the news.
 */
export const histogramWithOutside = (sorted: Float64Array, edges: Float64Array): Float64Array => {
  const bins = edges.length - 1;
  const counts = new Float64Array(bins + 1);
  counts.set(histogram(sorted, edges));
  let inside = 0;
  for (let bin = 0; bin < bins; bin++) inside += counts[bin]!;
  counts[bins] = sorted.length - inside;
  return counts;
};
