import { combineMeans } from 'simple-statistics';
import { sortedValues } from '../statistics/sort.js';
import type { NumberProfile } from './profile.js';

/** Most points kept per column: about 100 kB of JSON, and a bound of 0.00025 on D. */
export const MAX_POINTS = 4096;

/** A distribution function in steps: distinct ascending values, and how many rows are ≤ each. */
interface Steps {
  readonly values: ArrayLike<number>;
  readonly cumulative: ArrayLike<number>;
  readonly length: number;
}

/**
 * Keeps at most `limit` of the steps, the first and the last among them, so that the rows strictly between two kept values are few:
 * a value that many rows share is kept by itself. The same steps always give the same points.
 *
 * @returns `hidden`: the most rows between two neighbouring points, which is how far the kept function is ever below the full one
 */
const thin = ({ values, cumulative, length }: Steps, limit: number): { values: number[]; cumulative: number[]; hidden: number } => {
  const kept = { values: [] as number[], cumulative: [] as number[], hidden: 0 };
  const total = length === 0 ? 0 : cumulative[length - 1]!;
  const most = length <= limit ? 0 : Math.ceil(total / (limit - 2));
  let last = 0;
  for (let i = 0; i < length; i++) {
    const isEnd = i === 0 || i === length - 1;
    if (!isEnd && cumulative[i]! - last <= most) continue;
    const before = i === 0 ? 0 : cumulative[i - 1]!;
    kept.hidden = Math.max(kept.hidden, before - last);
    kept.values.push(values[i]!);
    kept.cumulative.push(cumulative[i]!);
    last = cumulative[i]!;
  }
  return kept;
};

const stepsOf = (sorted: Float64Array): Steps => {
  const values = new Float64Array(sorted.length);
  const cumulative = new Float64Array(sorted.length);
  let length = 0;
  for (let i = 0; i < sorted.length; i++) {
    if (i + 1 < sorted.length && sorted[i + 1] === sorted[i]) continue;
    values[length] = sorted[i]!;
    cumulative[length++] = i + 1;
  }
  return { values, cumulative, length };
};

/** JSON has no infinities; the largest double keeps their place in the order, which is all that distances need. */
export const LARGEST = Number.MAX_VALUE;

/** The present values, ascending, infinities replaced by the largest doubles. */
export const orderedValues = (values: Float64Array): Float64Array => {
  const sorted = sortedValues(values);
  for (let i = 0; sorted[i] === -Infinity; i++) sorted[i] = -LARGEST;
  for (let i = sorted.length - 1; sorted[i] === Infinity; i--) sorted[i] = LARGEST;
  return sorted;
};

/** Mean of the finite values. */
const meanOf = (sorted: Float64Array): number | null => {
  let mean = 0;
  let n = 0;
  for (const value of sorted) {
    if (Math.abs(value) === LARGEST) continue;
    n++;
    mean += (value - mean) / n; // no sum that could overflow
  }
  return n === 0 ? null : mean;
};

const allWhole = (sorted: Float64Array): boolean => {
  for (let i = 0; i < sorted.length; i++) if (!Number.isInteger(sorted[i])) return false;
  return true;
};

/**
 * Summary of a numeric column: exact while it has at most {@link MAX_POINTS} distinct values, else a grid of quantiles with a stated
 * bound on any KS D computed from it.
 *
 * @param sorted from {@link orderedValues}
 * @param rows including the missing ones
 */
export const numberProfile = (sorted: Float64Array, rows: number, limit: number = MAX_POINTS): NumberProfile => {
  const { values, cumulative, hidden } = thin(stepsOf(sorted), limit);
  const n = sorted.length;
  return {
    type: 'number',
    rows,
    missing: rows - n,
    min: values[0] ?? null,
    max: values.at(-1) ?? null,
    mean: meanOf(sorted),
    values,
    cumulative,
    bound: n === 0 ? 0 : hidden / n,
    whole: allWhole(sorted),
  };
};

/** Number of values that the profile summarises. */
export const present = ({ rows, missing }: { readonly rows: number; readonly missing: number }): number => rows - missing;

/** Sum of two step functions, at every point of either. */
const addSteps = (a: NumberProfile, b: NumberProfile): Steps => {
  const values: number[] = [];
  const cumulative: number[] = [];
  let [i, j] = [0, 0];
  while (i < a.values.length || j < b.values.length) {
    const value = Math.min(a.values[i] ?? Infinity, b.values[j] ?? Infinity);
    if (a.values[i] === value) i++;
    if (b.values[j] === value) j++;
    values.push(value);
    cumulative.push((a.cumulative[i - 1] ?? 0) + (b.cumulative[j - 1] ?? 0));
  }
  return { values, cumulative, length: values.length };
};

const combinedMean = (a: NumberProfile, b: NumberProfile): number | null => {
  if (a.mean === null || b.mean === null) return a.mean ?? b.mean;
  return combineMeans(a.mean, present(a), b.mean, present(b));
};

/**
 * Summary of two parts of one column: equals the summary of the whole while both are exact and few values differ, else it is
 * within its own `bound` of it, which adds up.
 */
export const mergeNumberProfiles = (a: NumberProfile, b: NumberProfile, limit: number = MAX_POINTS): NumberProfile => {
  const { values, cumulative, hidden } = thin(addSteps(a, b), limit);
  const n = present(a) + present(b);
  return {
    type: 'number',
    rows: a.rows + b.rows,
    missing: a.missing + b.missing,
    min: values[0] ?? null,
    max: values.at(-1) ?? null,
    mean: combinedMean(a, b),
    values,
    cumulative,
    bound: n === 0 ? 0 : (a.bound * present(a) + b.bound * present(b) + hidden) / n,
    ...(a.whole === undefined || b.whole === undefined ? {} : { whole: a.whole && b.whole }),
  };
};
