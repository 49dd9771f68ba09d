import { bucketsFor, placeIn, type Buckets } from './buckets.js';

/** Below this the engine's own sort is as fast. */
const OWN_FROM = 4096;
/** Values of a bucket on the average; that many are put in order by moving each to its place. */
const BUCKET_VALUES = 4;
const MOVED_UP_TO = 48;

/** Digits of a 64-bit key, least significant first: word (0 low, 1 high), shift, mask. */
const DIGITS = [
  [0, 0, 2047],
  [0, 11, 2047],
  [0, 22, 1023],
  [1, 0, 2047],
  [1, 11, 2047],
  [1, 22, 1023],
] as const;

/**
 * Least-significant-digit radix sort: the bits of a double, with the sign flipped for positives and all bits flipped for negatives, order
 * as unsigned integers do. It takes the same time whatever the values are.
 */
const radixSort = (values: Float64Array): void => {
  const n = values.length;
  let from: Uint32Array = new Uint32Array(values.buffer, values.byteOffset, 2 * n);
  let to: Uint32Array = new Uint32Array(2 * n);
  const histograms = DIGITS.map(() => new Uint32Array(2048));
  const [h0, h1, h2, h3, h4, h5] = histograms as [Uint32Array, Uint32Array, Uint32Array, Uint32Array, Uint32Array, Uint32Array];
  for (let i = 0; i < 2 * n; i += 2) {
    let low = from[i]!;
    let high = from[i + 1]!;
    if (high & 0x80000000) {
      low = ~low >>> 0;
      high = ~high >>> 0;
    } else {
      high = (high | 0x80000000) >>> 0;
    }
    from[i] = low;
    from[i + 1] = high;
    h0[low & 2047]!++;
    h1[(low >>> 11) & 2047]!++;
    h2[low >>> 22]!++;
    h3[high & 2047]!++;
    h4[(high >>> 11) & 2047]!++;
    h5[high >>> 22]!++;
  }
  DIGITS.forEach(([word, shift, mask], digit) => {
    const starts = histograms[digit]!;
    if (starts.includes(n)) return; // every key has the same digit here
    let total = 0;
    for (let k = 0; k < 2048; k++) {
      const count = starts[k]!;
      starts[k] = total;
      total += count;
    }
    for (let i = 0; i < 2 * n; i += 2) {
      const slot = 2 * starts[(from[i + word]! >>> shift) & mask]!++;
      to[slot] = from[i]!;
      to[slot + 1] = from[i + 1]!;
    }
    [from, to] = [to, from];
  });
  for (let i = 0; i < 2 * n; i += 2) {
    const high = from[i + 1]!;
    if (high & 0x80000000) {
      from[i + 1] = high & 0x7fffffff;
    } else {
      from[i] = ~from[i]!;
      from[i + 1] = ~high;
    }
  }
  if (from.buffer !== values.buffer) values.set(new Float64Array(from.buffer));
};

/** Puts `from` … `to` − 1 in order by moving each value down to its place: for few values, and for those that are in order. */
const moveIntoPlace = (values: Float64Array, from: number, to: number): void => {
  for (let i = from + 1; i < to; i++) {
    const value = values[i]!;
    let place = i;
    for (; place > from && values[place - 1]! > value; place--) values[place] = values[place - 1]!;
    values[place] = value;
  }
};

const isAscending = (values: Float64Array): boolean => {
  for (let i = 1; i < values.length; i++) if (values[i - 1]! > values[i]!) return false;
  return true;
};

const sortCrowd = (values: Float64Array): void => {
  if (!isAscending(values)) radixSort(values);
};

/** Spreads the values over buckets, missing ones left out, and puts each bucket in order. */
const bucketSorted = (values: Float64Array, buckets: Buckets): Float64Array => {
  const n = values.length;
  const places = new Int32Array(n);
  const ends = new Int32Array(buckets.count);
  let present = 0;
  for (let i = 0; i < n; i++) {
    const value = values[i]!;
    if (value !== value) continue;
    const place = placeIn(buckets, value);
    places[i] = place;
    ends[place]!++;
    present++;
  }
  let start = 0;
  for (let place = 0; place < buckets.count; place++) {
    const size = ends[place]!;
    ends[place] = start;
    start += size;
  }
  const sorted = new Float64Array(present);
  for (let i = 0; i < n; i++) {
    const value = values[i]!;
    if (value === value) sorted[ends[places[i]!]!++] = value;
  }
  let from = 0;
  for (let place = 0; place < buckets.count; place++) {
    const to = ends[place]!;
    if (to - from > MOVED_UP_TO) {
      const crowd = sorted.subarray(from, to);
      // a bucket with half of the values has not been spread: the next attempt would not be better
      if (crowd.length > n / 2) sortCrowd(crowd);
      else if (crowd.length < OWN_FROM) crowd.sort();
      else crowd.set(sortedValues(crowd));
    } else if (to - from > 1) moveIntoPlace(sorted, from, to);
    from = to;
  }
  return sorted;
};

/**
 * The values without the missing ones, in their order; the input is left alone.
 *
 * @param values NaN is a missing value; infinities are values
 * @returns a new array, possibly shorter
 */
export const presentValues = (values: Float64Array): Float64Array => {
  const present = new Float64Array(values.length);
  let n = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (value === value) present[n++] = value;
  }
  return present.subarray(0, n);
};

/**
 * The same, ascending: infinities at the ends, −0 beside 0.
 *
 * Numbers as they come are spread over as many buckets as a sample says, a few to each, and then are nearly in order: about three times
 * faster than `Float64Array.sort`. Where most fall into one bucket, a radix sort takes over.
 */
export const sortedValues = (values: Float64Array): Float64Array => {
  if (values.length < OWN_FROM) return presentValues(values).sort();
  const buckets = bucketsFor([values], Math.floor(values.length / BUCKET_VALUES));
  if (buckets) return bucketSorted(values, buckets);
  const present = presentValues(values);
  sortCrowd(present);
  return present;
};
