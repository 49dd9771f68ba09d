import { sameLength } from '../statistics/invalid.js';

/**
 * Brier score: mean squared distance between probability and outcome. 0 is perfect, 0.25 is a constant 0.5.
 *
 * @param labels 1 is the positive class, 0 the other
 * @param scores probabilities of the positive class
 * @param weights of rows, ≥ 0
 * @returns null without rows or weight
 * @throws RekindleError STATISTIC_OPTIONS_INVALID when the lengths differ
 * @see `sklearn.metrics.brier_score_loss`; Brier (1950)
 */
export const brierScore = (labels: Uint8Array, scores: Float64Array, weights?: Float64Array): number | null => {
  sameLength('brierScore', { labels, scores, weights });
  let sum = 0;
  let total = 0;
  for (let i = 0; i < labels.length; i++) {
    const weight = weights ? weights[i]! : 1;
    sum += weight * (scores[i]! - labels[i]!) ** 2;
    total += weight;
  }
  return total === 0 ? null : sum / total;
};
