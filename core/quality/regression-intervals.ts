import { bootstrapAll } from '../statistics/bootstrap.js';
import { completeRows } from '../statistics/complete-rows.js';
import { groupByValue } from '../statistics/groups.js';
import { sameLength } from '../statistics/invalid.js';
import type { IntervalOptions, Intervals } from './intervals.js';
import { rowPinball } from './pinball.js';

/** Metrics of a regression that have an interval; the largest error has none. */
export type RegressionIntervalMetric = 'mae' | 'mse' | 'rmse' | 'mape' | 'medianAe' | 'meanError' | 'r2' | 'msle' | 'pinball';

export interface RegressionIntervalOptions extends IntervalOptions {
  /** which quantile was predicted, for `pinball`; without it `pinball` is null */
  readonly quantile?: number;
}

type Values = Record<RegressionIntervalMetric, number | null>;

/** Half-way value of rows given how many there are of each value, ascending. */
const medianOf = (values: Float64Array, counts: Uint32Array, rows: number): number => {
  let seen = 0;
  let lower: number | undefined;
  for (let group = 0; group < values.length; group++) {
    seen += counts[group]!;
    if (lower === undefined && seen >= Math.ceil(rows / 2)) lower = values[group]!;
    if (seen >= Math.floor(rows / 2) + 1) return (lower! + values[group]!) / 2;
  }
  return NaN;
};

const measureOf = (
  y: Float64Array,
  p: Float64Array,
  w: Float64Array | undefined,
  quantile: number | undefined,
): ((rows: Uint32Array) => Values) => {
  const groups = w ? null : groupByValue(y.map((outcome, row) => Math.abs(p[row]! - outcome)));
  const counts = new Uint32Array(groups?.values.length ?? 0);
  const logged = y.every((outcome, row) => outcome >= 0 && p[row]! >= 0);
  const logs = logged ? y.map((outcome, row) => (Math.log1p(p[row]!) - Math.log1p(outcome)) ** 2) : null;
  // distances from one of them: outcomes that are large and close together would cancel
  const origin = y[0] ?? 0;
  return (rows) => {
    counts.fill(0);
    let [total, absolute, squares, shares, errors, offsets, offsetSquares, log, cost] = [0, 0, 0, 0, 0, 0, 0, 0, 0];
    for (let i = 0; i < rows.length; i++) {
      const row = rows[i]!;
      const weight = w ? w[row]! : 1;
      const outcome = y[row]!;
      const error = p[row]! - outcome;
      total += weight;
      errors += weight * error;
      absolute += weight * Math.abs(error);
      squares += weight * error * error;
      shares += (weight * Math.abs(error)) / Math.max(Math.abs(outcome), Number.EPSILON);
      offsets += weight * (outcome - origin);
      offsetSquares += weight * (outcome - origin) ** 2;
      if (logs) log += weight * logs[row]!;
      if (quantile !== undefined) cost += weight * rowPinball(outcome, p[row]!, quantile);
      if (groups) counts[groups.groupOf[row]!]!++;
    }
    const average = (sum: number): number | null => (total === 0 ? null : sum / total);
    const spread = offsetSquares - (total === 0 ? 0 : (offsets * offsets) / total);
    const mse = average(squares);
    return {
      mae: average(absolute),
      mse,
      rmse: mse === null ? null : Math.sqrt(mse),
      mape: average(shares),
      medianAe: groups && rows.length > 0 ? medianOf(groups.values, counts, rows.length) : null,
      meanError: average(errors),
      r2: spread > 0 ? 1 - squares / spread : null,
      msle: logs ? average(log) : null,
      pinball: quantile === undefined ? null : average(cost),
    };
  };
};

/**
 * Bootstrap intervals of the metrics of `regressionQuality`. Rows are taken as independent: errors of neighbours in a stream often are alike,
 * and then the true intervals are wider.
 *
 * @param outcomes what happened; rows in which outcome, prediction or weight is NaN are left out
 * @param predictions in the unit of the outcomes
 * @returns null for a metric that is not defined, or not in most resamples
 * @throws RekindleError STATISTIC_OPTIONS_INVALID when the lengths differ
 */
export const regressionIntervals = (
  outcomes: Float64Array,
  predictions: Float64Array,
  options: RegressionIntervalOptions & { readonly weights?: Float64Array },
): Intervals<RegressionIntervalMetric> => {
  const { weights } = options;
  sameLength('regressionIntervals', { outcomes, predictions, weights });
  const [y, p, w] = completeRows(outcomes, predictions, ...(weights ? [weights] : [])) as [Float64Array, Float64Array, Float64Array?];
  const measure = measureOf(y, p, w, options.quantile);
  return bootstrapAll(y.length, measure(Uint32Array.from(y, (_, row) => row)), measure, options);
};
