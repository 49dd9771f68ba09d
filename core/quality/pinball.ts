import { completeRows } from '../statistics/complete-rows.js';
import { invalid, sameLength } from '../statistics/invalid.js';
import { undefinedBecause, type Undefined } from '../statistics/undefined.js';

/** Cost of one row: what happened above the prediction costs `quantile` a unit, what happened below it costs the rest. */
export const rowPinball = (outcome: number, prediction: number, quantile: number): number =>
  outcome >= prediction ? quantile * (outcome - prediction) : (1 - quantile) * (prediction - outcome);

/**
 * Pinball loss: the cost of a forecast of a quantile, smallest for the true one. At 0.5 it is half of the mean absolute error.
 *
 * @param outcomes what happened; rows in which outcome, prediction or weight is NaN are left out
 * @param predictions of the quantile, in the unit of the outcomes
 * @param quantile which was to be predicted, in (0, 1)
 * @returns in the unit of the outcomes, ≥ 0; undefined without rows or weight
 * @throws RekindleError STATISTIC_OPTIONS_INVALID for different lengths or a quantile outside (0, 1)
 * @see `sklearn.metrics.mean_pinball_loss`; Koenker & Bassett (1978)
 */
export const pinballLoss = (
  outcomes: Float64Array,
  predictions: Float64Array,
  quantile: number,
  weights?: Float64Array,
): number | Undefined => {
  sameLength('pinballLoss', { outcomes, predictions, weights });
  if (!(quantile > 0 && quantile < 1)) throw invalid(`pinballLoss: a quantile lies in (0, 1), not ${quantile}`);
  const [y, p, w] = completeRows(outcomes, predictions, ...(weights ? [weights] : [])) as [Float64Array, Float64Array, Float64Array?];
  let [sum, total] = [0, 0];
  for (let i = 0; i < y.length; i++) {
    const weight = w ? w[i]! : 1;
    sum += weight * rowPinball(y[i]!, p[i]!, quantile);
    total += weight;
  }
  return total === 0 ? undefinedBecause(y.length === 0 ? 'no rows' : 'no weight on any row') : sum / total;
};
