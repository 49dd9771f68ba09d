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

/** At most this many rows are drawn in all, so that a million rows still answer in about a second. */
const ROWS_TO_DRAW = 5e7;
const MOST_RESAMPLES = 2000;
const FEWEST_RESAMPLES = 200;

/** Above this share of resamples without a value the rest would no longer stand for the sample. */
const MOST_UNDEFINED = 0.05;

/**
 * Percentile bootstrap over rows: draws as many rows with replacement, again and again, and looks how the statistic varies. Give it a
 * *difference* computed on the same drawn rows for two models, and what they share cancels (the paired bootstrap).
 *
 * @param rows number of rows
 * @param statistic value for a set of row numbers (the array is reused), null where it is not defined
 * @param options same seed, same interval; `alpha` is one minus the confidence level; `blockRows` draws runs of neighbouring rows (the
 *   last row being followed by the first) instead of single ones, which keeps what neighbours in a stream have in common
 * @returns 2000 resamples, fewer over 25,000 rows; undefined when there is no row, or the statistic is undefined too often
 * @see Efron & Tibshirani, An Introduction to the Bootstrap (1993), chapter 13; Politis & Romano (1992) for circular blocks
 */
export const bootstrap = (
  rows: number,
  statistic: (drawn: Uint32Array) => number | null,
  options: { readonly seed: number; readonly alpha?: number; readonly blockRows?: number },
): BootstrapInterval | Undefined => {
  if (rows === 0) return undefinedBecause('no rows');
  const { alpha = 0.05, blockRows = 1 } = options;
  const random = mulberry32(options.seed);
  const resamples = Math.round(Math.min(MOST_RESAMPLES, Math.max(FEWEST_RESAMPLES, ROWS_TO_DRAW / rows)));
  const drawn = new Uint32Array(rows);
  const values: number[] = [];
  for (let round = 0; round < resamples; round++) {
    for (let i = 0, row = 0; i < rows; i++) {
      row = i % blockRows === 0 ? Math.floor(random() * rows) : (row + 1) % rows;
      drawn[i] = row;
    }
    const value = statistic(drawn);
    if (value !== null) values.push(value);
  }
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
