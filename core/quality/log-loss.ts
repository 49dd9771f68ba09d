import { sameLength } from '../statistics/invalid.js';

/** Probabilities are clipped to [ε, 1 − ε] at double precision: a certain mistake costs 36.04, not infinity. */
const EPSILON = Number.EPSILON;

/** −ln of the probability given to what happened. */
export const surprise = (probability: number): number => -Math.log(Math.min(1 - EPSILON, Math.max(EPSILON, probability)));

/** Cost of one row: `score` is the probability of the positive class. */
export const rowLogLoss = (label: number, score: number): number => surprise(label === 1 ? score : 1 - score);

/**
 * Log loss: mean surprise in nats. 0 is perfect, ln 2 = 0.693 is a coin.
 *
 * @param labels 1 is the positive class, 0 the other
 * @param scores probabilities of the positive class
 * @param weights of rows, ≥ 0
 * @returns null without rows or weight
 * @throws RekindleError STATISTIC_OPTIONS_INVALID when the lengths differ
 * @see `sklearn.metrics.log_loss`
 */
export const logLoss = (labels: Uint8Array, scores: Float64Array, weights?: Float64Array): number | null => {
  sameLength('logLoss', { labels, scores, weights });
  let sum = 0;
  let total = 0;
  for (let i = 0; i < labels.length; i++) {
    const weight = weights ? weights[i]! : 1;
    if (weight === 0) continue;
    sum += weight * rowLogLoss(labels[i]!, scores[i]!);
    total += weight;
  }
  return total === 0 ? null : sum / total;
};
