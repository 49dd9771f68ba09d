import { invalid, sameLength } from '../statistics/invalid.js';
import { undefinedBecause, type Undefined } from '../statistics/undefined.js';

export type Label = string | number;

export interface ClassQuality {
  readonly label: Label;
  readonly precision: number | null;
  readonly recall: number | null;
  readonly f1: number | null;
  /** rows that are of this class, or their weight */
  readonly support: number;
}

export interface Averages {
  readonly precision: number | null;
  readonly recall: number | null;
  readonly f1: number | null;
}

export interface MulticlassQuality {
  /** [true][predicted], in the order of the labels; rows, or their weight */
  readonly confusionMatrix: readonly (readonly number[])[];
  /** null when no row has weight */
  readonly accuracy: number | null;
  /** number of wrong predictions, whatever the weights */
  readonly incorrect: number;
  /** mean over classes */
  readonly macro: Averages;
  /** over all decisions together: equals accuracy */
  readonly micro: Averages;
  /** mean over classes, weighted by support */
  readonly weighted: Averages;
  readonly perClass: readonly ClassQuality[];
  /** 0 by convention when truth or prediction never varies */
  readonly mcc: number;
  /** agreement beyond chance; null when chance alone would agree always */
  readonly cohenKappa: number | null;
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

/** Mean of the defined values; null when none is. */
const mean = (values: readonly (number | null)[], weights: readonly number[]): number | null => {
  const defined = values.flatMap((value, i) => (value === null ? [] : [{ value, weight: weights[i]! }]));
  const total = sum(defined.map(({ weight }) => weight));
  return total === 0 ? null : sum(defined.map(({ value, weight }) => value * weight)) / total;
};

/**
 * Quality from a confusion matrix.
 *
 * @param matrix [true][predicted] in the order of `labels`: rows, or their weight
 * @param zeroDivision as in `multiclassQuality`
 */
export const qualityOfMatrix = (
  matrix: readonly (readonly number[])[],
  labels: readonly Label[],
  zeroDivision: number | null = null,
): Omit<MulticlassQuality, 'incorrect'> => {
  const ratio = (part: number, whole: number): number | null => (whole === 0 ? zeroDivision : part / whole);
  const support = matrix.map(sum);
  const chosen = labels.map((_, j) => sum(matrix.map((row) => row[j]!)));
  const hits = labels.map((_, i) => matrix[i]![i]!);
  const perClass = labels.map((label, i) => ({
    label,
    precision: ratio(hits[i]!, chosen[i]!),
    recall: ratio(hits[i]!, support[i]!),
    f1: ratio(2 * hits[i]!, support[i]! + chosen[i]!),
    support: support[i]!,
  }));
  const average = (weights: readonly number[]): Averages => {
    const of = (metric: 'precision' | 'recall' | 'f1'): number | null =>
      mean(
        perClass.map((quality) => quality[metric]),
        weights,
      );
    return { precision: of('precision'), recall: of('recall'), f1: of('f1') };
  };
  const n = sum(support);
  const correct = sum(hits);
  const accuracy = n === 0 ? null : correct / n;
  const chance = sum(labels.map((_, i) => support[i]! * chosen[i]!));
  const spread = Math.sqrt(n * n - sum(chosen.map((c) => c * c))) * Math.sqrt(n * n - sum(support.map((s) => s * s)));
  return {
    confusionMatrix: matrix,
    accuracy,
    macro: average(labels.map(() => 1)),
    micro: { precision: accuracy, recall: accuracy, f1: accuracy },
    weighted: average(support),
    perClass,
    mcc: spread > 0 ? (correct * n - chance) / spread : 0,
    cohenKappa: chance === n * n ? null : (correct * n - chance) / (n * n - chance),
  };
};

/**
 * Quality of a classifier of several classes.
 *
 * @param truth label of each row
 * @param predicted label given to each row
 * @param options `labels`: the classes and their order; `weights` of rows, ≥ 0; `zeroDivision`: what a 0/0 ratio of a class is, null by
 *   default, so that it stays out of the means (scikit-learn's default is 0, which pulls them down)
 * @returns undefined without rows
 * @throws RekindleError STATISTIC_OPTIONS_INVALID for different lengths, or a label that `labels` does not have
 * @see `sklearn.metrics.precision_recall_fscore_support`, `matthews_corrcoef`, `cohen_kappa_score`
 */
export const multiclassQuality = (
  truth: readonly Label[],
  predicted: readonly Label[],
  options: { readonly labels: readonly Label[]; readonly weights?: Float64Array; readonly zeroDivision?: number | null },
): MulticlassQuality | Undefined => {
  const { labels, weights, zeroDivision = null } = options;
  sameLength('multiclassQuality', { labels: truth, predictions: predicted, weights });
  if (truth.length === 0) return undefinedBecause('no rows');
  const index = new Map(labels.map((label, i) => [label, i]));
  const indexOf = (label: Label): number => {
    const found = index.get(label);
    if (found === undefined) throw invalid(`multiclassQuality: '${label}' is none of the ${labels.length} labels`);
    return found;
  };
  const [is, said] = [Uint32Array.from(truth, indexOf), Uint32Array.from(predicted, indexOf)];
  const { matrix, incorrect } = confusionMatrix(is, said, labels.length, weights);
  return { ...qualityOfMatrix(matrix, labels, zeroDivision), incorrect };
};

/**
 * @param truth position of the class of each row among the classes
 * @param predicted likewise
 * @returns [true][predicted], rows or their weight; and the number of rows in which the two differ
 */
export const confusionMatrix = (
  truth: Uint32Array,
  predicted: Uint32Array,
  classes: number,
  weights?: Float64Array,
): { readonly matrix: number[][]; readonly incorrect: number } => {
  const matrix = Array.from({ length: classes }, () => Array.from({ length: classes }, () => 0));
  let incorrect = 0;
  for (let row = 0; row < truth.length; row++) {
    const [i, j] = [truth[row]!, predicted[row]!];
    if (i !== j) incorrect++;
    matrix[i]![j]! += weights ? weights[row]! : 1;
  }
  return { matrix, incorrect };
};
