import { bucketed, bucketsFor, valuesIn, type Bucketed, type Buckets } from './buckets.js';
import type { KsAlternative } from './ks-exact.js';
import { sortedValues } from './sort.js';

/** The largest distance between two empirical distribution functions, and where it is. */
export interface KsDistance {
  /** D, 0 to 1 */
  readonly statistic: number;
  /** the value at which the distance is reached */
  readonly location: number;
  /** 1 when the first function is the higher one there */
  readonly sign: 1 | -1;
}

/** The walk so far: the highest and the lowest difference of the two functions. */
interface Extremes {
  readonly highest: Extreme;
  readonly lowest: Extreme;
}
interface Extreme {
  difference: number;
  location: number;
  inFirst: boolean;
}

const noExtremes = (): Extremes => ({
  highest: { difference: -Infinity, location: NaN, inFirst: false },
  lowest: { difference: Infinity, location: NaN, inFirst: false },
});

const becomes = (extreme: Extreme, difference: number, location: number, inFirst: boolean): void => {
  extreme.difference = difference;
  extreme.location = location;
  extreme.inFirst = inFirst;
};

/** A sorted sample, or the part of one that lies in some places. */
interface Part {
  readonly sorted: Float64Array;
  readonly from: number;
  readonly to: number;
  /** rows of the whole sample before `from` */
  readonly before: number;
  /** rows of the whole sample */
  readonly rows: number;
}

const wholeOf = (sorted: Float64Array): Part => ({ sorted, from: 0, to: sorted.length, before: 0, rows: sorted.length });

/** Ties count on both sides; among equal distances the location is the first value of the first sample, then of the second, as in scipy. */
const walk = (a: Part, b: Part, { highest, lowest }: Extremes): void => {
  const { sorted: first, to: n, rows: rowsA } = a;
  const { sorted: second, to: m, rows: rowsB } = b;
  const [beforeA, beforeB] = [a.before - a.from, b.before - b.from];
  let i = a.from;
  let j = b.from;
  while (i < n || j < m) {
    const value = j >= m || (i < n && first[i]! <= second[j]!) ? first[i]! : second[j]!;
    const start = i;
    while (i < n && first[i]! <= value) i++;
    while (j < m && second[j]! <= value) j++;
    const difference = (beforeA + i) / rowsA - (beforeB + j) / rowsB;
    const inFirst = i > start;
    if (difference > highest.difference || (difference === highest.difference && inFirst && !highest.inFirst))
      becomes(highest, difference, value, inFirst);
    if (difference < lowest.difference || (difference === lowest.difference && inFirst && !lowest.inFirst))
      becomes(lowest, difference, value, inFirst);
  }
};

const distanceOf = ({ highest, lowest }: Extremes, alternative: KsAlternative): KsDistance => {
  const below = Math.min(1, Math.max(0, -lowest.difference));
  if (alternative === 'less' || (alternative === 'two-sided' && below > highest.difference)) {
    return { statistic: below, location: lowest.location, sign: -1 };
  }
  return { statistic: highest.difference, location: highest.location, sign: 1 };
};

/**
 * Distance between two samples, in one walk over both. Ties count on both sides; among equal distances the location is the
 * first value of the first sample, then of the second, as in scipy.
 *
 * @param first  ascending, no NaN, not empty
 * @param second likewise
 */
export const ksDistance = (first: Float64Array, second: Float64Array, alternative: KsAlternative = 'two-sided'): KsDistance => {
  const extremes = noExtremes();
  walk(wholeOf(first), wholeOf(second), extremes);
  return distanceOf(extremes, alternative);
};

/** Places in which one of the extremes may lie: no further than a place's own rows can carry from where the functions stand before it. */
const placesOfExtremes = (a: Bucketed, b: Bucketed): Uint8Array => {
  const places = a.counts.length;
  const differences = (at: (before: number, difference: number, after: number, place: number) => void): void => {
    let [i, j] = [0, 0];
    for (let place = 0; place < places; place++) {
      const [n, m] = [a.counts[place]!, b.counts[place]!];
      if (n + m > 0)
        at(i / a.present - (j + m) / b.present, (i + n) / a.present - (j + m) / b.present, (i + n) / a.present - j / b.present, place);
      i += n;
      j += m;
    }
  };
  let [highest, lowest] = [-Infinity, Infinity];
  differences((_, difference) => {
    highest = Math.max(highest, difference);
    lowest = Math.min(lowest, difference);
  });
  const marked = new Uint8Array(places);
  differences((least, _, most, place) => {
    if (most >= highest || least <= lowest) marked[place] = 1;
  });
  return marked;
};

/** Rows in a place, on the average; more places than this are of no use. */
const ROWS_IN_PLACE = 64;
const MOST_PLACES = 1 << 14;
/** Fewer rows than this are sorted sooner. */
const BUCKETS_FROM = 4096;

export interface MeasuredKs {
  readonly distance: KsDistance;
  readonly n1: number;
  readonly n2: number;
}

/**
 * The same without sorting the samples. Their rows are counted in places that keep the order; between two places both functions are known,
 * and only the few places that may hold an extreme are sorted.
 *
 * @param first NaN is missing; at least one value is there
 * @param second likewise
 */
const ksDistanceInPlaces = (first: Float64Array, second: Float64Array, buckets: Buckets, alternative: KsAlternative): MeasuredKs => {
  const [a, b] = [bucketed(buckets, first), bucketed(buckets, second)];
  const marked = placesOfExtremes(a, b);
  const [sortedA, sortedB] = [sortedValues(valuesIn(buckets, a, marked)), sortedValues(valuesIn(buckets, b, marked))];
  const extremes = noExtremes();
  let [i, j, before, beforeB] = [0, 0, 0, 0];
  for (let place = 0; place < buckets.count; place++) {
    const [n, m] = [a.counts[place]!, b.counts[place]!];
    if (marked[place] === 1) {
      walk(
        { sorted: sortedA, from: i, to: i + n, before, rows: a.present },
        { sorted: sortedB, from: j, to: j + m, before: beforeB, rows: b.present },
        extremes,
      );
      i += n;
      j += m;
    }
    before += n;
    beforeB += m;
  }
  return { distance: distanceOf(extremes, alternative), n1: a.present, n2: b.present };
};

/**
 * Distance between two samples in any order.
 *
 * @param first NaN is missing
 * @param second likewise
 * @returns null when a sample has no values
 */
export const ksDistanceOfSamples = (first: Float64Array, second: Float64Array, alternative: KsAlternative): MeasuredKs | null => {
  const rows = Math.min(first.length, second.length);
  const places = Math.min(MOST_PLACES, Math.floor(rows / ROWS_IN_PLACE));
  const buckets = rows < BUCKETS_FROM ? null : bucketsFor([first, second], places);
  if (buckets) {
    const measured = ksDistanceInPlaces(first, second, buckets, alternative);
    return measured.n1 === 0 || measured.n2 === 0 ? null : measured;
  }
  const [a, b] = [sortedValues(first), sortedValues(second)];
  if (a.length === 0 || b.length === 0) return null;
  return { distance: ksDistance(a, b, alternative), n1: a.length, n2: b.length };
};
