import { invalid } from './invalid.js';
import { completeRows, pooledRanks, shuffleFront, squaredDistances } from './mmd-points.js';
import { quantile } from './quantile.js';
import { mulberry32 } from './random.js';
import { sortedValues } from './sort.js';
import { undefinedBecause, type Undefined } from './undefined.js';

export interface Mmd {
  /** unbiased estimate of the squared discrepancy: around 0, even a little below, when nothing changed; at most 2 */
  readonly statistic: number;
  /** share of the permutations, with this arrangement counted among them, that are at least as far apart */
  readonly pValue: number;
  /** rows compared: complete ones, at most `maxRows` of each side */
  readonly rows: { readonly reference: number; readonly current: number };
  /** σ of the Gaussian kernel, in the unit of the scaled columns */
  readonly kernelWidth: number;
}

export interface MmdOptions {
  /** same seed, same rows and permutations, same answer */
  readonly seed: number;
  /** 199 unless given: the smallest p is then 0.005 */
  readonly permutations?: number;
  /** rows drawn of each side, 1000 unless given: time and memory grow with their square, 1000 take 32 MB */
  readonly maxRows?: number;
  /** σ of the kernel; the median distance of two rows unless given */
  readonly kernelWidth?: number;
  /** `ranks` unless given: each column by its pooled ranks, 0 to 1; `none` leaves the values as they are */
  readonly scale?: 'ranks' | 'none';
}

/** Rounding must not make a permutation that equals the observed arrangement look nearer. */
const ROUNDING = 1e-12;

const medianDistance = (squares: Float64Array, n: number): number => {
  const distances = new Float64Array((n * (n - 1)) / 2);
  let k = 0;
  for (let i = 0; i < n; i++) for (let j = 0; j < i; j++) distances[k++] = Math.sqrt(squares[i * n + j]!);
  const sorted = sortedValues(distances);
  const median = quantile(sorted, 0.5);
  // many equal rows: the distances that there are
  return median > 0 ? median : quantile(sorted.subarray(sorted.findIndex((distance) => distance > 0)), 0.5);
};

/**
 * Sums over the pairs within each of many sets of rows. Row by row of the kernel for all sets at once: a row stays in the nearest cache,
 * where set by set the whole matrix would be read anew each time.
 *
 * @param sets ascending row numbers
 */
const sumsWithin = (kernel: Float64Array, n: number, sets: readonly Uint32Array[]): Float64Array => {
  const sums = new Float64Array(sets.length);
  const reached = new Uint32Array(sets.length);
  for (let row = 0; row < n; row++) {
    const start = row * n;
    for (let s = 0; s < sets.length; s++) {
      const set = sets[s]!;
      const before = reached[s]!;
      if (set[before] !== row) continue;
      let sum = 0;
      for (let j = 0; j < before; j++) sum += kernel[start + set[j]!]!;
      sums[s]! += 2 * sum;
      reached[s] = before + 1;
    }
  }
  return sums;
};

/** The statistic for each choice of rows as the first sample; sums over all rows are known, so only pairs within it are added up. */
const statisticsOf = (kernel: Float64Array, n: number, firsts: readonly Uint32Array[]): Float64Array => {
  const rowSums = new Float64Array(n);
  let total = 0;
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) if (i !== j) rowSums[i]! += kernel[i * n + j]!;
    total += rowSums[i]!;
  }
  return sumsWithin(kernel, n, firsts).map((within, s) => {
    const first = firsts[s]!;
    const [a, b] = [first.length, n - first.length];
    const between = first.reduce((sum, row) => sum + rowSums[row]!, 0) - within;
    return within / (a * (a - 1)) + (total - 2 * between - within) / (b * (b - 1)) - (2 * between) / (a * b);
  });
};

/** `count` complete rows of one side, or all of them, as columns. */
const drawn = (columns: readonly Float64Array[], most: number, random: () => number): Float64Array[] => {
  const rows = completeRows(columns);
  const count = Math.min(most, rows.length);
  if (count < rows.length) shuffleFront(rows, count, random);
  return columns.map((column) => Float64Array.from(rows.subarray(0, count), (row) => column[row]!));
};

/**
 * Maximum mean discrepancy of two samples over a set of numeric columns, with a permutation test: have the columns changed *together*?
 * It sees what no test of single columns can, as two columns that stopped moving together while each looks as before.
 *
 * Columns are replaced by their pooled ranks, so neither an outlier nor the unit of a column decides, and a Gaussian kernel compares rows.
 * The p-value holds at any size, since under the null every split of the pooled rows is equally likely; rows of a stream that resemble
 * their neighbours are not.
 *
 * @param reference columns of one length; NaN is missing, and a row that misses a column is left out
 * @param current   the same columns, in the same order
 * @returns undefined when a side has fewer than two complete rows, or all rows are equal
 * @throws RekindleError STATISTIC_OPTIONS_INVALID if the numbers of columns differ, or the columns of one side in length
 * @see Gretton et al., A Kernel Two-Sample Test (2012), equation 3
 */
export const mmd = (reference: readonly Float64Array[], current: readonly Float64Array[], options: MmdOptions): Mmd | Undefined => {
  if (reference.length !== current.length) {
    throw invalid(`mmd: ${reference.length} reference columns against ${current.length} current columns`);
  }
  for (const side of [reference, current]) {
    if (side.some((column) => column.length !== side[0]!.length)) throw invalid('mmd: the columns of a side differ in length');
  }
  const { permutations = 199, maxRows = 1000, scale = 'ranks' } = options;
  const random = mulberry32(options.seed);
  const [a, b] = [drawn(reference, maxRows, random), drawn(current, maxRows, random)];
  const rows = { reference: a[0]?.length ?? 0, current: b[0]?.length ?? 0 };
  if (rows.reference < 2 || rows.current < 2) return undefinedBecause('a side has fewer than two rows without missing values');
  const pooled = a.map((column, i) => Float64Array.of(...column, ...b[i]!));
  const n = rows.reference + rows.current;
  const kernel = squaredDistances(scale === 'ranks' ? pooled.map(pooledRanks) : pooled);
  const kernelWidth = options.kernelWidth ?? (kernel.some((square) => square > 0) ? medianDistance(kernel, n) : 0);
  if (!(kernelWidth > 0 && kernelWidth < Infinity)) return undefinedBecause('all rows are equal, or a distance of rows is not finite');
  for (let i = 0; i < kernel.length; i++) kernel[i] = Math.exp(-kernel[i]! / (2 * kernelWidth * kernelWidth));

  const order = Uint32Array.from({ length: n }, (_, row) => row);
  const splits = [order.slice(0, rows.reference)];
  for (let round = 0; round < permutations; round++) {
    shuffleFront(order, rows.reference, random);
    splits.push(order.slice(0, rows.reference).sort());
  }
  const statistics = statisticsOf(kernel, n, splits);
  const statistic = statistics[0]!;
  const asFar = statistics.reduce((count, value) => count + (value >= statistic - ROUNDING ? 1 : 0), 0);
  return { statistic, pValue: asFar / (permutations + 1), rows, kernelWidth };
};
