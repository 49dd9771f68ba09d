import type { BinaryMetrics } from '../lifecycle/gates.js';
import { delong } from '../statistics/delong.js';
import { isUndefined } from '../statistics/undefined.js';
import { accuracy, confusionAt, f1, precision, recall } from './confusion.js';
import { logLoss } from './log-loss.js';
import { ranking } from './ranking.js';

/**
 * The metrics that gates and monitoring speak of. What cannot be measured (no rows, one class, 0/0) is null.
 *
 * @param labels what happened, 1 for the positive class
 * @param scores probabilities of the positive class
 * @param threshold a score of at least this is a positive prediction
 */
export const binaryMetrics = (labels: Uint8Array, scores: Float64Array, threshold = 0.5): BinaryMetrics => {
  const counts = confusionAt(labels, scores, threshold);
  const auc = delong(labels, scores);
  return {
    n: counts.n,
    // without two rows of each class there is an AUC but no interval
    rocAuc: isUndefined(auc) ? ranking(labels, scores).rocAuc : auc.auc,
    rocAucInterval: isUndefined(auc) ? null : [...auc.interval],
    f1: f1(counts),
    precision: precision(counts),
    recall: recall(counts),
    accuracy: accuracy(counts),
    logLoss: logLoss(labels, scores),
    incorrect: counts.incorrect,
  };
};
