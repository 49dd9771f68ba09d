import { rocAuc } from '../statistics/roc-auc.js';
import { isUndefined, undefinedBecause, type Undefined } from '../statistics/undefined.js';
import { surprise } from './log-loss.js';

export interface MulticlassScores {
  /** each class against the rest, mean over classes; null when a class has no row */
  readonly ovrMacro: number | null;
  /** the same, weighted by support */
  readonly ovrWeighted: number | null;
  /** each pair of classes on its own rows, mean over pairs: insensitive to class imbalance */
  readonly ovoMacro: number | null;
  /** the same, weighted by the rows of the pair */
  readonly ovoWeighted: number | null;
  readonly logLoss: number;
}

/** AUC of telling class `i` from the other rows, or from class `j` alone, by the score of class `i`. */
const aucOf = (truth: Uint32Array, scores: Float64Array, i: number, j: number | null): number | null => {
  const rows = j === null ? null : Array.from(truth.keys()).filter((row) => truth[row] === i || truth[row] === j);
  const labels = rows ? Uint8Array.from(rows, (row) => Number(truth[row] === i)) : Uint8Array.from(truth, (label) => Number(label === i));
  const auc = rocAuc(labels, rows ? Float64Array.from(rows, (row) => scores[row]!) : scores);
  return isUndefined(auc) ? null : auc;
};

const mean = (values: readonly (number | null)[], weights: readonly number[]): number | null => {
  let [sum, total] = [0, 0];
  for (const [i, value] of values.entries()) {
    if (value === null) return null;
    sum += value * weights[i]!;
    total += weights[i]!;
  }
  return total === 0 ? null : sum / total;
};

/**
 * Ranking and log loss of a classifier that gives every class a probability.
 *
 * @param truth index of the class of each row
 * @param scores per class, the probability given to it in each row
 * @see `sklearn.metrics.roc_auc_score(multi_class=…)`; Hand & Till (2001) for one-versus-one
 */
export const multiclassScores = (truth: Uint32Array, scores: readonly Float64Array[]): MulticlassScores | Undefined => {
  if (truth.length === 0) return undefinedBecause('no rows');
  const classes = scores.map((_, i) => i);
  const support = classes.map((i) => truth.reduce((n, label) => n + Number(label === i), 0));
  const pairs = classes.flatMap((i) => classes.slice(i + 1).map((j) => [i, j] as const));
  const ovr = classes.map((i) => aucOf(truth, scores[i]!, i, null));
  const ovo = pairs.map(([i, j]) => {
    const [ij, ji] = [aucOf(truth, scores[i]!, i, j), aucOf(truth, scores[j]!, j, i)];
    return ij === null || ji === null ? null : (ij + ji) / 2;
  });
  let loss = 0;
  for (let row = 0; row < truth.length; row++) loss += surprise(scores[truth[row]!]![row]!);
  return {
    ovrMacro: mean(
      ovr,
      classes.map(() => 1),
    ),
    ovrWeighted: mean(ovr, support),
    ovoMacro: mean(
      ovo,
      pairs.map(() => 1),
    ),
    ovoWeighted: mean(
      ovo,
      pairs.map(([i, j]) => support[i]! + support[j]!),
    ),
    logLoss: loss / truth.length,
  };
};
