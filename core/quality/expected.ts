import { completeRows } from '../statistics/complete-rows.js';
import { groupByValue } from '../statistics/groups.js';
import { sameLength } from '../statistics/invalid.js';
import { undefinedBecause, type Undefined } from '../statistics/undefined.js';

/** Metrics that can be expected from probabilities alone. */
export const EXPECTED_METRICS = ['rocAuc', 'f1', 'precision', 'recall', 'specificity', 'accuracy'] as const;
export type ExpectedMetric = (typeof EXPECTED_METRICS)[number];

export interface ExpectedQuality extends Readonly<Record<ExpectedMetric, number | null>> {
  readonly n: number;
  /** rows expected in each cell of the confusion matrix: no whole numbers */
  readonly tp: number;
  readonly fp: number;
  readonly fn: number;
  readonly tn: number;
}

const ratio = (part: number, whole: number): number | null => (whole === 0 ? null : part / whole);

/** Metrics of a confusion matrix of expectations or of counts; 0/0 is null. */
export const metricsOfCells = (
  tp: number,
  fp: number,
  fn: number,
  tn: number,
): Readonly<Record<Exclude<ExpectedMetric, 'rocAuc'>, number | null>> => ({
  f1: ratio(tp, tp + 0.5 * (fp + fn)),
  precision: ratio(tp, tp + fp),
  recall: ratio(tp, tp + fn),
  specificity: ratio(tn, tn + fp),
  accuracy: ratio(tp + tn, tp + fp + fn + tn),
});

/**
 * The AUC to expect: of a random pair, how likely the row that is drawn as positive ranks above the one drawn as negative. Rows of one
 * score share the win.
 *
 * @param probabilities per group of rows of one score, ascending by score: their sum
 * @param rows likewise: their number
 */
const expectedAuc = (probabilities: Float64Array, rows: Float64Array): number | null => {
  let won = 0;
  let positives = 0;
  let negatives = 0;
  for (let group = 0; group < rows.length; group++) {
    const positive = probabilities[group]!;
    const negative = rows[group]! - positive;
    won += positive * (negatives + negative / 2);
    positives += positive;
    negatives += negative;
  }
  return positives <= 0 || negatives <= 0 ? null : won / (positives * negatives);
};

/**
 * The quality that a classifier should show if its probabilities are true: each row counts as positive with its probability. Nobody has
 * seen an outcome; so it holds while what is *given* changes and the outcome given that does not, and says nothing about a change of
 * concept.
 *
 * @param probabilities calibrated, of the positive class; rows in which it or the score is NaN are left out
 * @param scores what the model said, by which rows are decided and ranked; the probabilities themselves by default
 * @param threshold a score of at least this is a positive prediction
 * @returns a metric that is 0/0 is null; undefined without rows
 * @throws RekindleError STATISTIC_OPTIONS_INVALID when the lengths differ
 * @see NannyML, Confidence-Based Performance Estimation
 */
export const expectedQuality = (
  probabilities: Float64Array,
  scores: Float64Array = probabilities,
  threshold = 0.5,
): ExpectedQuality | Undefined => {
  sameLength('expectedQuality', { probabilities, scores });
  const [p, ranks] = completeRows(probabilities, scores) as [Float64Array, Float64Array];
  const n = p.length;
  if (n === 0) return undefinedBecause('no rows');
  const { values, groupOf } = groupByValue(ranks);
  const sums = new Float64Array(values.length);
  const rows = new Float64Array(values.length);
  let [tp, fp, fn, tn] = [0, 0, 0, 0];
  for (let i = 0; i < n; i++) {
    const probability = p[i]!;
    sums[groupOf[i]!]! += probability;
    rows[groupOf[i]!]!++;
    if (ranks[i]! >= threshold) {
      tp += probability;
      fp += 1 - probability;
    } else {
      fn += probability;
      tn += 1 - probability;
    }
  }
  return { n, tp, fp, fn, tn, rocAuc: expectedAuc(sums, rows), ...metricsOfCells(tp, fp, fn, tn) };
};
