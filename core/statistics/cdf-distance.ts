import { invalid } from './invalid.js';
import { sortedValues } from './sort.js';
import { undefinedBecause, type Undefined } from './undefined.js';

/** A sample with the weight of each value, ascending. */
export interface Weighted {
  readonly values: Float64Array;
  /** running sum of the weights, its last element positive */
  readonly cumulated: Float64Array;
}

/**
 * ∫ |F − G| dx, or ∫ (F − G)² dx, between two empirical distribution functions: one walk over both sorted samples.
 *
 * Where the functions differ up to an infinite value the integral is infinite; where they agree there it adds nothing.
 *
 * @param a ascending, no NaN, not empty
 * @param b likewise
 */
export const cdfDistance = (a: Float64Array, b: Float64Array, squared: boolean): number => {
  const n = a.length;
  const m = b.length;
  let [i, j, integral] = [0, 0, 0];
  let from = 0;
  while (i < n || j < m) {
    const at = j >= m || (i < n && a[i]! <= b[j]!) ? a[i]! : b[j]!;
    const difference = Math.abs(i / n - j / m);
    if (difference > 0) integral += (squared ? difference * difference : difference) * (at - from);
    while (i < n && a[i]! <= at) i++;
    while (j < m && b[j]! <= at) j++;
    from = at;
  }
  return integral;
};

/** ∫ |F − G| dx where each value counts with its weight. */
export const weightedCdfDistance = (a: Weighted, b: Weighted): number => {
  const n = a.values.length;
  const m = b.values.length;
  const totalA = a.cumulated[n - 1]!;
  const totalB = b.cumulated[m - 1]!;
  let [i, j, integral] = [0, 0, 0];
  let from = 0;
  while (i < n || j < m) {
    const at = j >= m || (i < n && a.values[i]! <= b.values[j]!) ? a.values[i]! : b.values[j]!;
    const difference = Math.abs((i === 0 ? 0 : a.cumulated[i - 1]! / totalA) - (j === 0 ? 0 : b.cumulated[j - 1]! / totalB));
    if (difference > 0) integral += difference * (at - from);
    while (i < n && a.values[i]! <= at) i++;
    while (j < m && b.values[j]! <= at) j++;
    from = at;
  }
  return integral;
};

/** Place of a value that occurs in `sorted`. */
const placeOf = (sorted: Float64Array, value: number): number => {
  let [low, high] = [0, sorted.length - 1];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (sorted[middle]! < value) low = middle + 1;
    else high = middle;
  }
  return low;
};

/**
 * Sorts values together with their weights; a missing value or weight drops both. Equal values gather their weight at the first of them:
 * looking each value up costs less than a sort that carries rows along.
 *
 * @throws RekindleError STATISTIC_OPTIONS_INVALID if the lengths differ or a weight is negative or infinite
 */
export const weighted = (values: Float64Array, weights: ArrayLike<number>): Weighted | Undefined => {
  if (values.length !== weights.length) throw invalid(`${values.length} values have ${weights.length} weights`);
  const sorted = sortedValues(values.map((value, row) => (Number.isNaN(weights[row]) ? NaN : value)));
  const cumulated = new Float64Array(sorted.length);
  for (let row = 0; row < values.length; row++) {
    const [value, weight] = [values[row]!, weights[row]!];
    if (Number.isNaN(value) || Number.isNaN(weight)) continue;
    if (!(weight >= 0 && weight < Infinity)) throw invalid(`a weight is a finite number ≥ 0, not ${weight}`);
    cumulated[placeOf(sorted, value)]! += weight;
  }
  let total = 0;
  for (let i = 0; i < cumulated.length; i++) cumulated[i] = total += cumulated[i]!;
  if (sorted.length === 0) return undefinedBecause('a sample is empty after missing values are dropped');
  return total === 0 ? undefinedBecause('the weights sum to zero') : { values: sorted, cumulated };
};
