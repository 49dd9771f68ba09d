/** Many numbers as few places that keep their order: what a question needs exactly is then looked at in the few places that matter. */

/** A larger number never gets a smaller place; those far out share the first and the last one. */
export interface Buckets {
  readonly count: number;
  /** place = value · scale + offset, cut off */
  readonly scale: number;
  readonly offset: number;
}

const SAMPLE = 1024;
/** Share of the sample at either end that does not stretch the buckets: an outlier would leave all others in one. */
const TAIL = 0.002;

/**
 * Buckets of equal width over what most values are.
 *
 * @param samples NaN is skipped
 * @param count how many, at least 3
 * @returns null when a sample of the values has no width, or no finite one
 */
export const bucketsFor = (samples: readonly Float64Array[], count: number): Buckets | null => {
  const taken = new Float64Array(SAMPLE * samples.length);
  let n = 0;
  for (const values of samples) {
    const step = Math.max(1, values.length / SAMPLE);
    for (let at = 0; at < values.length; at += step) {
      const value = values[Math.floor(at)]!;
      if (value === value && n < taken.length) taken[n++] = value;
    }
  }
  const sample = taken.subarray(0, n).sort();
  const [low, high] = [sample[Math.floor(TAIL * n)], sample[Math.ceil((1 - TAIL) * n) - 1]];
  if (low === undefined || high === undefined) return null;
  const scale = (count - 2) / (high - low);
  const offset = 1 - low * scale;
  return scale > 0 && scale < Infinity && Number.isFinite(offset) ? { count, scale, offset } : null;
};

/** @param value no NaN */
export const placeIn = ({ count, scale, offset }: Buckets, value: number): number => {
  const place = value * scale + offset;
  return place > 0 ? (place < count ? place | 0 : count - 1) : 0;
};

/** A sample by places. */
export interface Bucketed {
  readonly values: Float64Array;
  /** that are not missing */
  readonly present: number;
  /** per place */
  readonly counts: Int32Array;
}

/** @param values NaN is missing */
export const bucketed = (buckets: Buckets, values: Float64Array): Bucketed => {
  const counts = new Int32Array(buckets.count);
  let present = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (value !== value) continue;
    counts[placeIn(buckets, value)]!++;
    present++;
  }
  return { values, present, counts };
};

/** The values in the places that are marked, in any order. */
export const valuesIn = (buckets: Buckets, { values, counts }: Bucketed, marked: Uint8Array): Float64Array => {
  let size = 0;
  for (let place = 0; place < counts.length; place++) if (marked[place] === 1) size += counts[place]!;
  const found = new Float64Array(size);
  let n = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (value === value && marked[placeIn(buckets, value)] === 1) found[n++] = value;
  }
  return found;
};
