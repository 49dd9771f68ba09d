import { completeRows } from '../statistics/complete-rows.js';
import { sameLength } from '../statistics/invalid.js';
import { sortedValues } from '../statistics/sort.js';
import { undefinedBecause, type Undefined } from '../statistics/undefined.js';

/** How far numbers that were predicted lie from what happened. Errors are in the unit of the target unless said. */
export interface RegressionQuality {
  /** rows with both a prediction and an outcome */
  readonly n: number;
  /** mean absolute error */
  readonly mae: number | null;
  /** mean squared error, in the unit squared: large errors count most */
  readonly mse: number | null;
  readonly rmse: number | null;
  /** mean absolute error as a share of the outcome; enormous when an outcome is 0, for then |0| counts as 2.2e-16 */
  readonly mape: number | null;
  /** half of the rows are closer; null with weights */
  readonly medianAe: number | null;
  /** mean of prediction − outcome: > 0 predicts too much */
  readonly meanError: number | null;
  /** largest absolute error of any row, whatever its weight */
  readonly maxError: number;
  /** share of the outcomes' variance that is explained: 1 perfect, 0 as good as their mean, below 0 worse; null when they do not vary */
  readonly r2: number | null;
  /** mean squared difference of ln(1 + value); null when a prediction or outcome is negative */
  readonly msle: number | null;
  readonly whyNull: Readonly<Record<string, string>>;
}

/** An outcome nearer to 0 counts as this far from it in `mape`, as in scikit-learn. */
const SMALLEST_OUTCOME = Number.EPSILON;

const WEIGHTLESS = 'no weight on any row';

const median = (values: Float64Array): number => {
  const sorted = sortedValues(values);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
};

type Averages = Omit<RegressionQuality, 'n' | 'maxError' | 'whyNull'>;

/** What infinite values leave without a meaning (∞ − ∞) is null, with that as the reason. */
const withoutNaN = (
  values: Averages,
  whyNull: Readonly<Record<string, string>>,
  rest: Pick<RegressionQuality, 'n' | 'maxError'>,
): RegressionQuality => {
  const lost = Object.entries(values).filter(([, value]) => Number.isNaN(value));
  return {
    ...rest,
    ...values,
    ...(Object.fromEntries(lost.map(([name]) => [name, null])) as Partial<Averages>),
    whyNull: { ...whyNull, ...Object.fromEntries(lost.map(([name]) => [name, 'infinite values among the rows'])) },
  };
};

/**
 * Quality of a regression.
 *
 * @param outcomes what happened; rows in which outcome, prediction or weight is NaN are left out
 * @param predictions in the unit of the outcomes
 * @param weights of rows, ≥ 0
 * @returns undefined without rows; a metric that is 0/0 is null and `whyNull` says why
 * @throws RekindleError STATISTIC_OPTIONS_INVALID when the lengths differ
 * @see `sklearn.metrics`
 */
export const regressionQuality = (
  outcomes: Float64Array,
  predictions: Float64Array,
  weights?: Float64Array,
): RegressionQuality | Undefined => {
  sameLength('regressionQuality', { outcomes, predictions, weights });
  const [y, p, w] = completeRows(outcomes, predictions, ...(weights ? [weights] : [])) as [Float64Array, Float64Array, Float64Array?];
  const n = y.length;
  if (n === 0) return undefinedBecause('no rows');

  const absolute = new Float64Array(n);
  const origin = y[0]!;
  let [total, sumOffsets, sumAbsolute, sumSquares, sumShares, sumErrors, sumLogs, maxError] = [0, 0, 0, 0, 0, 0, 0, 0];
  let negative = false;
  for (let i = 0; i < n; i++) {
    const weight = w ? w[i]! : 1;
    const outcome = y[i]!;
    const error = p[i]! - outcome;
    const size = Math.abs(error);
    absolute[i] = size;
    total += weight;
    sumOffsets += weight * (outcome - origin);
    sumErrors += weight * error;
    sumAbsolute += weight * size;
    sumSquares += weight * error * error;
    sumShares += (weight * size) / Math.max(Math.abs(outcome), SMALLEST_OUTCOME);
    if (size > maxError) maxError = size;
    if (outcome < 0 || p[i]! < 0) negative = true;
    else sumLogs += weight * (Math.log1p(p[i]!) - Math.log1p(outcome)) ** 2;
  }
  const average = (sum: number): number | null => (total === 0 ? null : sum / total);

  // from the mean, and that from the first outcome: outcomes that are large and close together would cancel, equal ones spread by rounding
  const centre = origin + (average(sumOffsets) ?? 0);
  let spread = 0;
  for (let i = 0; i < n; i++) spread += (w ? w[i]! : 1) * (y[i]! - centre) ** 2;
  const mse = average(sumSquares);

  const still = n < 2 || spread === 0;
  return withoutNaN(
    {
      mae: average(sumAbsolute),
      mse,
      rmse: mse === null ? null : Math.sqrt(mse),
      mape: average(sumShares),
      medianAe: w ? null : median(absolute),
      meanError: average(sumErrors),
      r2: still ? null : 1 - sumSquares / spread,
      msle: negative ? null : average(sumLogs),
    },
    {
      ...(total === 0 && Object.fromEntries(['mae', 'mse', 'rmse', 'mape', 'meanError', 'msle'].map((name) => [name, WEIGHTLESS]))),
      ...(w && { medianAe: 'no median of weighted rows' }),
      ...(still && { r2: 'fewer than two rows, or outcomes that do not vary' }),
      ...(negative && { msle: 'a prediction or an outcome is negative' }),
    },
    { n, maxError },
  );
};
