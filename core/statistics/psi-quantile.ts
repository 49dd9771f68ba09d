import { bucketed, bucketsFor, placeIn, valuesIn, type Bucketed, type Buckets } from './buckets.js';
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

/** A question about an order that nobody has made: values at ranks, and how many lie below. */
interface Ordered {
  /** values that are not missing */
  readonly present: number;
  readonly valuesAt: (ranks: readonly number[]) => readonly number[];
  readonly countsBetween: (edges: readonly number[]) => number[];
}

const sortedOrder = (values: Float64Array): Ordered => {
  const sorted = sortedValues(values);
  return {
    present: sorted.length,
    valuesAt: (ranks) => ranks.map((rank) => sorted[rank]!),
    countsBetween: (edges) => countsBetween(sorted, edges),
  };
};

/** Rows of each place that is marked, in order, and how many rows lie before it. */
const sortedPlaces = (
  buckets: Buckets,
  sample: Bucketed,
  places: Iterable<number>,
): Map<number, { readonly sorted: Float64Array; readonly before: number }> => {
  const marked = new Uint8Array(buckets.count);
  for (const place of places) marked[place] = 1;
  const sorted = sortedValues(valuesIn(buckets, sample, marked));
  const found = new Map<number, { sorted: Float64Array; before: number }>();
  let [from, before] = [0, 0];
  for (let place = 0; place < buckets.count; place++) {
    const rows = sample.counts[place]!;
    if (marked[place] === 1) {
      found.set(place, { sorted: sorted.subarray(from, from + rows), before });
      from += rows;
    }
    before += rows;
  }
  return found;
};

/** Sorts only the places that are asked about. */
const bucketOrder = (buckets: Buckets, values: Float64Array): Ordered => {
  const sample = bucketed(buckets, values);
  return {
    present: sample.present,
    valuesAt: (ranks) => {
      const places = new Map<number, number>();
      let before = 0;
      for (let place = 0; place < buckets.count; place++) {
        const upTo = before + sample.counts[place]!;
        for (const rank of ranks) if (rank >= before && rank < upTo) places.set(rank, place);
        before = upTo;
      }
      const found = sortedPlaces(buckets, sample, places.values());
      return ranks.map((rank) => {
        const { sorted, before: first } = found.get(places.get(rank)!)!;
        return sorted[rank - first]!;
      });
    },
    countsBetween: (edges) => {
      const places = edges.map((edge) => placeIn(buckets, edge));
      const found = sortedPlaces(buckets, sample, places);
      const below = edges.map((edge, i) => {
        const { sorted, before } = found.get(places[i]!)!;
        return before + countsBetween(sorted, [edge])[0]!;
      });
      return [...below, sample.present].map((count, i) => count - (below[i - 1] ?? 0));
    },
  };
};

/** Fewer rows than this are sorted sooner. */
const BUCKETS_FROM = 4096;
const PLACES = 4096;

/** @returns edges of bins that hold equal shares; of at least one value */
const equalShares = ({ present, valuesAt }: Ordered, bins: number): readonly number[] => {
  const places = Array.from({ length: bins - 1 }, (_, i) => (present - 1) * ((i + 1) / bins));
  const [min, max, ...around] = valuesAt([0, present - 1, ...places.flatMap((place) => [Math.floor(place), Math.ceil(place)])]);
  const quantiles = places.map((place, i) => quantile([around[2 * i]!, around[2 * i + 1]!], place - Math.floor(place)));
  return splittingEdges(quantiles, min!, max!);
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
  const buckets = reference.length < BUCKETS_FROM ? null : bucketsFor([reference], PLACES);
  const [a, b] = [reference, current].map((values) => (buckets ? bucketOrder(buckets, values) : sortedOrder(values))) as [Ordered, Ordered];
  if (a.present === 0 || (b.present === 0 && !missingBin) || current.length === 0) return undefinedBecause('no non-missing values');
  const innerEdges = equalShares(a, bins);
  const referenceCounts = a.countsBetween(innerEdges);
  const currentCounts = b.countsBetween(innerEdges);
  if (missingBin) {
    referenceCounts.push(reference.length - a.present);
    currentCounts.push(current.length - b.present);
  }
  const psi = psiOfCounts(referenceCounts, currentCounts, floor);
  return isUndefined(psi) ? psi : { psi, level: psiLevel(psi), innerEdges, referenceCounts, currentCounts };
};
