/** How far window-sized chunks of the reference lie from its rest: what the stream does by itself, with its seasons. */
import type { CategoryColumn, Column, NumberColumn } from '../frame.js';
import { balancedCramersV } from '../statistics/cramers-v.js';
import { isUndefined } from '../statistics/undefined.js';
import { countCodes } from './category-profile.js';
import { ksDistanceTo } from './compare.js';
import { orderedValues, present } from './number-profile.js';
import type { NumberProfile } from './profile.js';

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

/** Balanced Cramér's V of a chunk against the rest. */
const categoryEffect = (column: CategoryColumn, all: Float64Array, from: number, to: number): number | null => {
  const { counts } = countCodes(column, from, to);
  const v = balancedCramersV(
    all.map((count, code) => count - counts[code]!),
    counts,
  );
  return isUndefined(v) ? null : v;
};

/**
 * @param all the profile of a numeric column; not needed for a category
 * @returns the deciding effect per chunk, null where a side has no value
 */
export const chunkEffects = (
  column: Column,
  all: NumberProfile | null,
  starts: readonly number[],
  chunkRows: number,
): (number | null)[] => {
  if (column.type === 'number') return starts.map((from) => (all === null ? null : numberEffect(column, all, from, from + chunkRows)));
  const { counts } = countCodes(column);
  return starts.map((from) => categoryEffect(column, counts, from, from + chunkRows));
};
