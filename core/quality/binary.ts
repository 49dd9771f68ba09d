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
  readonly mcc: number;
  readonly whyNull: Readonly<Record<string, string>>;
}

/** What needs scores as well; the last three are null when the scores are not probabilities. */
export interface BinaryQuality extends DecisionQuality, Ranking {
  readonly brier: number | null;
  readonly logLoss: number | null;
  /** expected calibration error over ten bins of equal width; null with weights */
  readonly calibrationError: number | null;
}

const ONE_CLASS = 'only one class is present';
const NOT_PROBABILITIES = 'the scores are not probabilities';

const REASONS = {
  accuracy: 'no weight on any row',
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

const whyNull = (values: Readonly<Record<string, unknown>>): Record<string, string> =>
  Object.fromEntries(Object.entries(REASONS).filter(([name]) => values[name] === null));

/**
 * Quality of decided predictions.
 *
 * @param labels what happened, 1 for the positive class
 * @param predicted what was predicted, likewise
 */
export const decisionQuality = (labels: Uint8Array, predicted: Uint8Array, weights?: Float64Array): DecisionQuality | Undefined =>
  labels.length === 0 ? undefinedBecause('no rows') : decisions(confusionAt(labels, predicted, 1, weights));

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
  return { ...values, whyNull: whyNull(values) };
};

const areProbabilities = (scores: Float64Array): boolean => scores.every((score) => score >= 0 && score <= 1);

/**
 * Quality of a binary classifier.
 *
 * @param labels what happened, 1 for the positive class
 * @param scores larger means more positive; probabilities when they all lie in [0, 1]. No NaN.
 * @param options `threshold`: at least this is a positive prediction, 0.5; `weights` of rows
 * @see `sklearn.metrics`, except that scikit-learn answers 0 with a warning for 0/0
 */
export const binaryQuality = (
  labels: Uint8Array,
  scores: Float64Array,
  options: { readonly threshold?: number; readonly weights?: Float64Array } = {},
): BinaryQuality | Undefined => {
  if (labels.length === 0) return undefinedBecause('no rows');
  const { threshold = 0.5, weights } = options;
  const probabilities = areProbabilities(scores);
  const values = {
    ...decisions(confusionAt(labels, scores, threshold, weights)),
    ...ranking(labels, scores, weights),
    brier: probabilities ? brierScore(labels, scores, weights) : null,
    logLoss: probabilities ? logLoss(labels, scores, weights) : null,
    calibrationError: probabilities && !weights ? expectedCalibrationError(labels, scores) : null,
  };
  return { ...values, whyNull: whyNull(values) };
};
