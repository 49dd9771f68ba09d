import { sameLength } from '../statistics/invalid.js';
import { undefinedBecause, type Undefined } from '../statistics/undefined.js';
import { brierScore } from './brier.js';
import { expectedCalibrationError } from './calibration.js';
import { accuracy, balancedAccuracy, confusionAt, f1, matthews, precision, recall, specificity, type Confusion } from './confusion.js';
import { logLoss } from './log-loss.js';
import { ranking, type Ranking } from './ranking.js';

/** What needs only predictions. A ratio that is 0/0 is null, never 0, and `whyNull` says why. */
export interface DecisionQuality extends Confusion {
  readonly accuracy: number | null;
  readonly precision: number | null;
  readonly recall: number | null;
  readonly f1: number | null;
  readonly specificity: number | null;
  readonly balancedAccuracy: number | null;
  /** 0 by convention when truth or prediction never varies */
  readonly mcc: number;
  readonly whyNull: Readonly<Record<string, string>>;
}

/** What needs scores as well; the last three are null when the scores are not probabilities. */
export interface BinaryQuality extends DecisionQuality, Ranking {
  readonly brier: number | null;
  readonly logLoss: number | null;
  /** expected calibration error over ten bins of equal width */
  readonly calibrationError: number | null;
}

const ONE_CLASS = 'only one class is present';
const NOT_PROBABILITIES = 'the scores are not probabilities';

const REASONS = {
  accuracy: 'no rows',
  precision: 'no predicted positives',
  recall: 'no actual positives',
  f1: 'no actual and no predicted positives',
  specificity: 'no actual negatives',
  balancedAccuracy: ONE_CLASS,
  rocAuc: ONE_CLASS,
  averagePrecision: ONE_CLASS,
  brier: NOT_PROBABILITIES,
  logLoss: NOT_PROBABILITIES,
  calibrationError: NOT_PROBABILITIES,
} as const;

const WEIGHTLESS = 'no weight on any row';

const whyNull = (values: Readonly<Record<string, unknown>>, { tp, fp, fn, tn }: Confusion): Record<string, string> => {
  const weightless = tp + fp + fn + tn === 0;
  const named = Object.entries(REASONS).filter(([name]) => values[name] === null);
  return Object.fromEntries(named.map(([name, reason]) => [name, weightless ? WEIGHTLESS : reason]));
};

/**
 * Quality of decided predictions.
 *
 * @param labels what happened, 1 for the positive class
 * @param predicted what was predicted, likewise
 * @param weights of rows, ≥ 0
 * @returns undefined without rows
 * @throws RekindleError STATISTIC_OPTIONS_INVALID when the lengths differ
 */
export const decisionQuality = (labels: Uint8Array, predicted: Uint8Array, weights?: Float64Array): DecisionQuality | Undefined => {
  sameLength('decisionQuality', { labels, predictions: predicted, weights });
  return labels.length === 0 ? undefinedBecause('no rows') : decisions(confusionAt(labels, predicted, 1, weights));
};

const decisions = (counts: Confusion): DecisionQuality => {
  const values = {
    ...counts,
    accuracy: accuracy(counts),
    precision: precision(counts),
    recall: recall(counts),
    f1: f1(counts),
    specificity: specificity(counts),
    balancedAccuracy: balancedAccuracy(counts),
    mcc: matthews(counts),
  };
  return { ...values, whyNull: whyNull(values, counts) };
};

/** Whether all lie in [0, 1]: then calibration, log loss and Brier score have a meaning. */
export const areProbabilities = (scores: Float64Array): boolean => {
  for (let i = 0; i < scores.length; i++) if (!(scores[i]! >= 0 && scores[i]! <= 1)) return false;
  return true;
};

/** Rows with a score and a weight; the same columns when all have. */
const scoredRows = (
  labels: Uint8Array,
  scores: Float64Array,
  weights: Float64Array | undefined,
): readonly [Uint8Array, Float64Array, Float64Array | undefined] => {
  const missing = (row: number): boolean => Number.isNaN(scores[row]!) || (weights !== undefined && Number.isNaN(weights[row]!));
  const some = scores.some((_, row) => missing(row));
  if (!some) return [labels, scores, weights];
  const there = (_: number, row: number): boolean => !missing(row);
  return [labels.filter(there), scores.filter(there), weights?.filter(there)];
};

/**
 * Quality of a binary classifier.
 *
 * @param labels what happened, 1 for the positive class
 * @param scores larger means more positive; probabilities when they all lie in [0, 1]. Rows in which score or weight is NaN are left out,
 *   `n` is what was measured.
 * @param options `threshold`: at least this is a positive prediction, 0.5; `weights` of rows, ≥ 0
 * @returns undefined without rows; a metric that is 0/0 is null and `whyNull` says why
 * @throws RekindleError STATISTIC_OPTIONS_INVALID when the lengths differ
 * @see `sklearn.metrics`, except that scikit-learn answers 0 with a warning for 0/0
 */
export const binaryQuality = (
  labels: Uint8Array,
  scores: Float64Array,
  options: { readonly threshold?: number; readonly weights?: Float64Array } = {},
): BinaryQuality | Undefined => {
  const { threshold = 0.5 } = options;
  sameLength('binaryQuality', { labels, scores, weights: options.weights });
  const [is, said, weights] = scoredRows(labels, scores, options.weights);
  if (is.length === 0) return undefinedBecause('no rows');
  const probabilities = areProbabilities(said);
  const counts = confusionAt(is, said, threshold, weights);
  const values = {
    ...decisions(counts),
    ...ranking(is, said, weights),
    brier: probabilities ? brierScore(is, said, weights) : null,
    logLoss: probabilities ? logLoss(is, said, weights) : null,
    calibrationError: probabilities ? expectedCalibrationError(is, said, 10, weights) : null,
  };
  return { ...values, whyNull: whyNull(values, counts) };
};
