/** How far window-sized chunks of the reference lie from its rest: what the stream does by itself, with its seasons. */
import type { CategoryColumn, Column, NumberColumn } from '../frame.js';
import { balancedCramersV } from '../statistics/cramers-v.js';
import { isUndefined } from '../statistics/undefined.js';
import { ksDistanceTo } from './compare.js';
import { orderedValues, present } from './number-profile.js';
import type { CategoryProfile, ColumnProfile, NumberProfile } from './profile.js';

/** A thousand chunks place a quantile well enough; of more, evenly spaced ones are taken. */
const MAX_CHUNKS = 1000;

/** First rows of the chunks: whole ones only, in row order. */
export const chunkStarts = (rows: number, chunkRows: number): number[] => {
  const chunks = Math.floor(rows / chunkRows);
  if (chunks < 2) return [];
  const taken = Math.min(chunks, MAX_CHUNKS);
  return Array.from({ length: taken }, (_, i) => Math.floor((i * chunks) / taken) * chunkRows);
};

/**
 * KS D of a chunk against the rest. With F the function of all N values and Fₖ that of the k in the chunk, the rest has
 * (N·F − k·Fₖ)/(N − k), so its distance from the chunk is N/(N − k) times that of the whole.
 */
const numberEffect = (column: NumberColumn, all: NumberProfile, from: number, to: number): number | null => {
  const chunk = orderedValues(column.values.subarray(from, to));
  const n = present(all);
  const distance = ksDistanceTo(all, chunk);
  return distance === null || n === chunk.length ? null : Math.min(1, (distance * n) / (n - chunk.length));
};

/** Place of each code among the categories that the profile names; all that it does not name share the last one. */
const placesOf = ({ categories }: CategoryColumn, all: CategoryProfile): { places: Int32Array; size: number } => {
  const named = new Map(Object.keys(all.counts).map((category, i) => [category, i]));
  return { places: Int32Array.from(categories, (category) => named.get(category) ?? named.size), size: named.size + 1 };
};

/** Balanced Cramér's V of each chunk against the rest, over what the profile names. */
const categoryEffects = (column: CategoryColumn, all: CategoryProfile, starts: readonly number[], chunkRows: number): (number | null)[] => {
  const { places, size } = placesOf(column, all);
  const counted = (from: number, to: number): Float64Array => {
    const counts = new Float64Array(size);
    for (let i = from; i < to; i++) if (column.codes[i]! >= 0) counts[places[column.codes[i]!]!]!++;
    return counts;
  };
  const whole = counted(0, column.codes.length);
  return starts.map((from) => {
    const chunk = counted(from, from + chunkRows);
    const v = balancedCramersV(
      whole.map((count, place) => count - chunk[place]!),
      chunk,
    );
    return isUndefined(v) ? null : v;
  });
};

/**
 * @param all the profile of the column
 * @returns the deciding effect per chunk, null where a side has no value
 */
export const chunkEffects = (column: Column, all: ColumnProfile, starts: readonly number[], chunkRows: number): (number | null)[] => {
  if (column.type === 'number')
    return starts.map((from) => (all.type === 'number' ? numberEffect(column, all, from, from + chunkRows) : null));
  return all.type === 'category' ? categoryEffects(column, all, starts, chunkRows) : starts.map(() => null);
};
