import { bootstrapAll } from '../statistics/bootstrap.js';
import { sameLength } from '../statistics/invalid.js';
import { isUndefined } from '../statistics/undefined.js';
import { wilsonInterval } from '../statistics/wilson.js';
import type { IntervalOptions, Intervals } from './intervals.js';
import { surprise } from './log-loss.js';
import { areClassProbabilities, ovrMacroInterval, rowBrier } from './multiclass-scores.js';
import { qualityOfMatrix } from './multiclass.js';

export const MULTICLASS_INTERVALS = [
  'accuracy',
  'macroPrecision',
  'macroRecall',
  'macroF1',
  'weightedPrecision',
  'weightedRecall',
  'weightedF1',
  'mcc',
  'cohenKappa',
  'rocAucOvrMacro',
  'logLoss',
  'brier',
] as const;
export type MulticlassIntervalMetric = (typeof MULTICLASS_INTERVALS)[number];

/** What was predicted for labelled rows of several classes. */
export interface MulticlassPredictions {
  /** position of the class of each row among the classes */
  readonly truth: Uint32Array;
  /** of the class that was predicted */
  readonly decided: Uint32Array;
  readonly classes: number;
  /** per class, its score in each row, no NaN; null where there are only decisions */
  readonly scores: readonly Float64Array[] | null;
  /** of rows, ≥ 0 */
  readonly weights?: Float64Array;
}

type Values = Record<Exclude<MulticlassIntervalMetric, 'rocAucOvrMacro'>, number | null>;

const measureOf = ({ truth, decided, classes, scores, weights }: MulticlassPredictions): ((rows: Uint32Array) => Values) => {
  const known = scores !== null && areClassProbabilities(scores);
  const losses = known ? Float64Array.from(truth, (is, row) => surprise(scores[is]![row]!)) : null;
  const squares = known ? Float64Array.from(truth, (is, row) => rowBrier(is, scores, row)) : null;
  const labels = Array.from({ length: classes }, (_, i) => i);
  return (rows) => {
    const cells = new Float64Array(classes * classes);
    let [total, loss, square] = [0, 0, 0];
    for (let i = 0; i < rows.length; i++) {
      const row = rows[i]!;
      const weight = weights ? weights[row]! : 1;
      if (weight === 0) continue;
      cells[truth[row]! * classes + decided[row]!]! += weight;
      total += weight;
      if (!losses) continue;
      loss += weight * losses[row]!;
      square += weight * squares![row]!;
    }
    const matrix = labels.map((i) => [...cells.subarray(i * classes, (i + 1) * classes)]);
    const { accuracy, macro, weighted, mcc, cohenKappa } = qualityOfMatrix(matrix, labels);
    return {
      accuracy,
      macroPrecision: macro.precision,
      macroRecall: macro.recall,
      macroF1: macro.f1,
      weightedPrecision: weighted.precision,
      weightedRecall: weighted.recall,
      weightedF1: weighted.f1,
      mcc,
      cohenKappa,
      logLoss: losses && total > 0 ? loss / total : null,
      brier: losses && total > 0 ? square / total : null,
    };
  };
};

/**
 * Confidence intervals of metrics of a classifier of several classes: Wilson's for the accuracy, DeLong's for the AUC, a seeded bootstrap for
 * the others. Rows are taken as independent. With weights the AUC has none.
 *
 * @throws RekindleError STATISTIC_OPTIONS_INVALID when the lengths differ
 */
export const multiclassIntervals = (predictions: MulticlassPredictions, options: IntervalOptions): Intervals<MulticlassIntervalMetric> => {
  const { truth, decided, scores, weights } = predictions;
  sameLength('multiclassIntervals', { labels: truth, predictions: decided, weights });
  const measure = measureOf(predictions);
  const all = Uint32Array.from(truth, (_, row) => row);
  const values = measure(all);
  const resampled = bootstrapAll(truth.length, values, measure, options);
  if (weights) return { ...resampled, rocAucOvrMacro: null };
  const auc = scores && ovrMacroInterval(truth, scores, options.alpha);
  const right = truth.reduce((n, is, row) => n + Number(is === decided[row]), 0);
  const accuracy = wilsonInterval(right, truth.length, options.alpha);
  return {
    ...resampled,
    accuracy: isUndefined(accuracy) ? null : accuracy,
    rocAucOvrMacro: auc === null || isUndefined(auc) ? null : auc,
  };
};
