import { invalid } from './invalid.js';
import { quantile } from './quantile.js';
import { mulberry32 } from './random.js';
import { undefinedBecause, type Undefined } from './undefined.js';

export interface BootstrapInterval {
  /** percentile interval of the statistic */
  readonly interval: readonly [number, number];
  /** two-sided p-value of the statistic being 0: twice the smaller share of resamples on either side of it */
  readonly pValue: number;
  readonly resamples: number;
}

export interface BootstrapOptions {
  /** the same seed, the same interval */
  readonly seed: number;
  /** one minus the confidence level; 0.05 */
  readonly alpha?: number;
  /**
   * draws runs of neighbouring rows (the last row being followed by the first) instead of single ones, which keeps what neighbours in a
   * stream have in common
   */
  readonly blockRows?: number;
}

/** At most this many rows are drawn in all, so that a million rows still answer in about a second. */
const ROWS_TO_DRAW = 5e7;
const MOST_RESAMPLES = 2000;
const FEWEST_RESAMPLES = 200;

/** Above this share of resamples without a value the rest would no longer stand for the sample. */
const MOST_UNDEFINED = 0.05;

const resamplesOf = (rows: number, draws: number): number => Math.round(Math.min(MOST_RESAMPLES, Math.max(FEWEST_RESAMPLES, draws / rows)));

/** Calls `look` once for each resample of `take` of the rows; the array is reused. */
const resample = (
  rows: number,
  take: number,
  { seed, alpha = 0.05, blockRows = 1 }: BootstrapOptions,
  look: (drawn: Uint32Array) => void,
  draws = ROWS_TO_DRAW,
): number => {
  if (!(alpha > 0 && alpha < 1)) throw invalid(`bootstrap: alpha is ${alpha}, not in (0, 1)`);
  if (!(Number.isInteger(blockRows) && blockRows >= 1)) throw invalid(`bootstrap: a block has ${blockRows} rows, not 1 or more`);
  const random = mulberry32(seed);
  const resamples = resamplesOf(take, draws);
  const drawn = new Uint32Array(take);
  for (let round = 0; round < resamples; round++) {
    for (let i = 0, row = 0; i < take; i++) {
      row = i % blockRows === 0 ? Math.floor(random() * rows) : (row + 1) % rows;
      drawn[i] = row;
    }
    look(drawn);
  }
  return resamples;
};

/**
 * Percentile bootstrap over rows: draws as many rows with replacement, again and again, and looks how the statistic varies. Give it a
 * *difference* computed on the same drawn rows for two models, and what they share cancels (the paired bootstrap).
 *
 * @param rows number of rows
 * @param statistic value for a set of row numbers (the array is reused), null where it is not defined
 * @returns 2000 resamples, fewer over 25,000 rows; undefined when there is no row, or the statistic is undefined too often
 * @throws RekindleError STATISTIC_OPTIONS_INVALID
 * @see Efron & Tibshirani, An Introduction to the Bootstrap (1993), chapter 13; Politis & Romano (1992) for circular blocks
 */
export const bootstrap = (
  rows: number,
  statistic: (drawn: Uint32Array) => number | null,
  options: BootstrapOptions,
): BootstrapInterval | Undefined => {
  if (rows === 0) return undefinedBecause('no rows');
  const { alpha = 0.05 } = options;
  const values: number[] = [];
  const resamples = resample(rows, rows, options, (drawn) => {
    const value = statistic(drawn);
    if (value !== null) values.push(value);
  });
  if (values.length < resamples * (1 - MOST_UNDEFINED)) {
    return undefinedBecause(`undefined in ${resamples - values.length} of ${resamples} resamples`);
  }
  values.sort((a, b) => a - b);
  const upTo = values.filter((value) => value <= 0).length;
  const from = values.filter((value) => value >= 0).length;
  return {
    interval: [quantile(values, alpha / 2), quantile(values, 1 - alpha / 2)],
    // one is added on both sides: no number of resamples proves that a value never occurs
    pValue: Math.min(1, (2 * (Math.min(upTo, from) + 1)) / (values.length + 1)),
    resamples,
  };
};

/** More rows than this are not drawn at once: what they would add to the interval is known from the square root law. */
const MOST_DRAWN = 25_000;

/** Rows drawn in all, when each is looked at by many statistics. */
const ROWS_TO_DRAW_FOR_ALL = 1.5e7;

/**
 * Bootstrap intervals of several statistics of the same rows at once, each row being drawn once for all of them. Of more than 25,000 rows
 * that many are drawn, and the spread is that of the smaller sample, shrunk by √(drawn / rows).
 *
 * @param values each statistic on all rows, by name; null where it is not defined, and then it has no interval
 * @param statistics the same for a set of row numbers, NaN or null where it is not defined
 * @returns by name; null where the statistic is not defined, or is not in more than a twentieth of the resamples
 * @throws RekindleError STATISTIC_OPTIONS_INVALID
 * @see Bickel, Götze & van Zwet, Resampling Fewer Than n Observations (1997)
 */
export const bootstrapAll = <K extends string>(
  rows: number,
  values: Readonly<Record<K, number | null>>,
  statistics: (drawn: Uint32Array) => Readonly<Record<K, number | null>>,
  options: BootstrapOptions,
): Record<K, readonly [number, number] | null> => {
  const names = Object.keys(values) as K[];
  const seen = new Map(names.map((name) => [name, [] as number[]]));
  const take = Math.min(rows, MOST_DRAWN);
  const resamples =
    rows === 0
      ? 0
      : resample(
          rows,
          take,
          options,
          (drawn) => {
            const round = statistics(drawn);
            for (const name of names) if (round[name] !== null && !Number.isNaN(round[name])) seen.get(name)!.push(round[name]);
          },
          ROWS_TO_DRAW_FOR_ALL,
        );
  const { alpha = 0.05 } = options;
  const shrink = Math.sqrt(take / rows);
  const intervalOf = (name: K): readonly [number, number] | null => {
    const value = values[name];
    const found = seen.get(name)!;
    if (value === null || found.length === 0 || found.length < resamples * (1 - MOST_UNDEFINED)) return null;
    found.sort((a, b) => a - b);
    const end = (share: number): number => (take === rows ? quantile(found, share) : value + (quantile(found, share) - value) * shrink);
    return [end(alpha / 2), end(1 - alpha / 2)];
  };
  return Object.fromEntries(names.map((name) => [name, intervalOf(name)])) as Record<K, readonly [number, number] | null>;
};
