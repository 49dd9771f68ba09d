import { bootstrapAll } from '../statistics/bootstrap.js';
import { delong } from '../statistics/delong.js';
import { groupByValue } from '../statistics/groups.js';
import { sameLength } from '../statistics/invalid.js';
import { isUndefined } from '../statistics/undefined.js';
import { wilsonInterval } from '../statistics/wilson.js';
import { areProbabilities } from './binary.js';
import { accuracy, balancedAccuracy, confusionAt, f1, matthews, precision, recall, specificity, type Confusion } from './confusion.js';
import type { Interval, IntervalOptions, Intervals } from './intervals.js';
import { rowLogLoss } from './log-loss.js';

const DECISION_METRICS = { accuracy, precision, recall, f1, specificity, balancedAccuracy, mcc: matthews } as const;

/** Metrics of a binary classifier that have an interval. */
export type BinaryIntervalMetric = keyof typeof DECISION_METRICS | 'rocAuc' | 'averagePrecision' | 'brier' | 'logLoss';

/** What was predicted for labelled rows. */
export interface BinaryPredictions {
  /** what happened, 1 for the positive class */
  readonly labels: Uint8Array;
  /** what was decided, likewise */
  readonly decided: Uint8Array;
  /** larger means more positive, no NaN; null where there are only decisions */
  readonly scores: Float64Array | null;
  /** of rows, ≥ 0 */
  readonly weights?: Float64Array;
}

type Values = Record<BinaryIntervalMetric, number | null>;

/** All metrics of some rows; a row may be there more than once. */
const measureOf = ({ labels, decided, scores, weights }: BinaryPredictions): ((rows: Uint32Array) => Values) => {
  const groups = scores && groupByValue(scores);
  const isProbability = scores !== null && areProbabilities(scores);
  const losses = isProbability ? scores.map((score, row) => rowLogLoss(labels[row]!, score)) : null;
  const squares = isProbability ? scores.map((score, row) => (score - labels[row]!) ** 2) : null;
  const positive = new Float64Array(groups?.values.length ?? 0);
  const negative = new Float64Array(positive.length);
  return (rows) => {
    const cells = [0, 0, 0, 0];
    let [incorrect, loss, square] = [0, 0, 0];
    positive.fill(0);
    negative.fill(0);
    for (let i = 0; i < rows.length; i++) {
      const row = rows[i]!;
      const weight = weights ? weights[row]! : 1;
      const [label, said] = [labels[row]!, decided[row]!];
      cells[2 * label + said]! += weight;
      if (label !== said) incorrect++;
      if (groups) (label === 1 ? positive : negative)[groups.groupOf[row]!]! += weight;
      if (losses && weight > 0) {
        loss += weight * losses[row]!;
        square += weight * squares![row]!;
      }
    }
    const [tn, fp, fn, tp] = cells as [number, number, number, number];
    const counts: Confusion = { tp, fp, fn, tn, n: rows.length, incorrect };
    const total = tp + fp + fn + tn;
    const [positives, negatives] = [tp + fn, fp + tn];
    const ranked = groups !== null && positives > 0 && negatives > 0;
    const areas = ranked ? areasOf(positive, negative, positives, negatives) : null;
    const known = losses !== null && total > 0;
    return {
      ...decisionsOf(counts),
      rocAuc: areas && areas.roc,
      averagePrecision: areas && areas.precisionRecall,
      brier: known ? square / total : null,
      logLoss: known ? loss / total : null,
    };
  };
};

/** What `ranking` measures, from the weight of each class at each score, ascending: without an object for each, hundreds of times over. */
const areasOf = (positive: Float64Array, negative: Float64Array, positives: number, negatives: number) => {
  let [tp, fp, won, sum] = [0, 0, 0, 0];
  for (let group = positive.length - 1; group >= 0; group--) {
    const [p, n] = [positive[group]!, negative[group]!];
    won += n * (tp + p / 2);
    tp += p;
    fp += n;
    if (p > 0) sum += (p / positives) * (tp / (tp + fp));
  }
  return { roc: won / (positives * negatives), precisionRecall: sum };
};

const decisionsOf = (counts: Confusion): Record<keyof typeof DECISION_METRICS, number | null> =>
  Object.fromEntries(Object.entries(DECISION_METRICS).map(([name, of]) => [name, of(counts)])) as Record<
    keyof typeof DECISION_METRICS,
    number | null
  >;

/** Intervals with a formula: of shares of independent rows, and of the AUC. */
const exactOnes = (
  { labels, decided, scores }: BinaryPredictions,
  alpha: number,
): Partial<Record<BinaryIntervalMetric, Interval | null>> => {
  const { tp, fp, fn, tn, n } = confusionAt(labels, decided, 1);
  const share = (hits: number, of: number): Interval | null => {
    const interval = wilsonInterval(hits, of, alpha);
    return isUndefined(interval) ? null : interval;
  };
  const auc = scores && delong(labels, scores, alpha);
  return {
    accuracy: share(tp + tn, n),
    precision: share(tp, tp + fp),
    recall: share(tp, tp + fn),
    specificity: share(tn, tn + fp),
    rocAuc: auc === null || isUndefined(auc) ? null : auc.interval,
  };
};

/**
 * Confidence intervals of the metrics of `binaryQuality`: DeLong's for the AUC, Wilson's for accuracy, precision, recall and specificity, a
 * seeded bootstrap for the others, and for all when rows are weighted. Rows are taken as independent.
 *
 * @returns null for a metric that is not defined, or not in most resamples
 * @throws RekindleError STATISTIC_OPTIONS_INVALID when the lengths differ
 */
export const binaryIntervals = (predictions: BinaryPredictions, options: IntervalOptions): Intervals<BinaryIntervalMetric> => {
  const { labels, decided, scores, weights } = predictions;
  sameLength('binaryIntervals', { labels, decisions: decided, scores: scores ?? undefined, weights });
  const measure = measureOf(predictions);
  const values = measure(Uint32Array.from(labels, (_, row) => row));
  const resampled = bootstrapAll(labels.length, values, measure, options);
  return weights ? resampled : { ...resampled, ...exactOnes(predictions, options.alpha ?? 0.05) };
};
