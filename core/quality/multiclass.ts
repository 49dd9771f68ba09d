import { undefinedBecause, type Undefined } from '../statistics/undefined.js';

export type Label = string | number;

export interface ClassQuality {
  readonly label: Label;
  readonly precision: number | null;
  readonly recall: number | null;
  readonly f1: number | null;
  /** rows that are of this class */
  readonly support: number;
}

export interface Averages {
  readonly precision: number | null;
  readonly recall: number | null;
  readonly f1: number | null;
}

export interface MulticlassQuality {
  /** [true][predicted], in the order of the labels */
  readonly confusionMatrix: readonly (readonly number[])[];
  readonly accuracy: number;
  readonly incorrect: number;
  /** mean over classes */
  readonly macro: Averages;
  /** over all decisions together: equals accuracy when every label is listed */
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

const matrixOf = (truth: readonly Label[], predicted: readonly Label[], labels: readonly Label[]): number[][] => {
  const index = new Map(labels.map((label, i) => [label, i]));
  const matrix = labels.map(() => labels.map(() => 0));
  truth.forEach((label, row) => {
    const [i, j] = [index.get(label), index.get(predicted[row]!)];
    if (i !== undefined && j !== undefined) matrix[i]![j]!++;
  });
  return matrix;
};

/** Mean of the defined values; null when none is. */
const mean = (values: readonly (number | null)[], weights: readonly number[]): number | null => {
  const defined = values.flatMap((value, i) => (value === null ? [] : [{ value, weight: weights[i]! }]));
  const total = sum(defined.map(({ weight }) => weight));
  return total === 0 ? null : sum(defined.map(({ value, weight }) => value * weight)) / total;
};

/**
 * Quality of a classifier of several classes.
 *
 * @param truth label of each row
 * @param predicted label given to each row
 * @param options `labels`: the classes and their order; `zeroDivision`: what a 0/0 ratio of a class is, null by default, so that it
 *   stays out of the means (scikit-learn's default is 0, which pulls them down)
 * @see `sklearn.metrics.precision_recall_fscore_support`, `matthews_corrcoef`, `cohen_kappa_score`
 */
export const multiclassQuality = (
  truth: readonly Label[],
  predicted: readonly Label[],
  options: { readonly labels: readonly Label[]; readonly zeroDivision?: number | null },
): MulticlassQuality | Undefined => {
  if (truth.length === 0) return undefinedBecause('no rows');
  const { labels, zeroDivision = null } = options;
  const ratio = (part: number, whole: number): number | null => (whole === 0 ? zeroDivision : part / whole);
  const matrix = matrixOf(truth, predicted, labels);
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
  const average = (weights: readonly number[]): Averages => ({
    precision: mean(
      perClass.map((c) => c.precision),
      weights,
    ),
    recall: mean(
      perClass.map((c) => c.recall),
      weights,
    ),
    f1: mean(
      perClass.map((c) => c.f1),
      weights,
    ),
  });
  const n = sum(support);
  const correct = sum(hits);
  const chance = sum(labels.map((_, i) => support[i]! * chosen[i]!));
  const spread = Math.sqrt(n * n - sum(chosen.map((c) => c * c))) * Math.sqrt(n * n - sum(support.map((s) => s * s)));
  return {
    confusionMatrix: matrix,
    accuracy: correct / n,
    incorrect: n - correct,
    macro: average(labels.map(() => 1)),
    micro: { precision: ratio(correct, n), recall: ratio(correct, n), f1: ratio(correct, n) },
    weighted: average(support),
    perClass,
    mcc: spread === 0 ? 0 : (correct * n - chance) / spread,
    cohenKappa: chance === n * n ? null : (correct * n - chance) / (n * n - chance),
  };
};
