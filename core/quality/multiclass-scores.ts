import { aucComponents } from '../statistics/delong.js';
import { normalQuantile } from '../statistics/distributions/normal.js';
import { sameLength, invalid } from '../statistics/invalid.js';
import { rocAuc } from '../statistics/roc-auc.js';
import { isUndefined, undefinedBecause, type Undefined } from '../statistics/undefined.js';
import { surprise } from './log-loss.js';
import { ranking } from './ranking.js';

/** What scores of every class say; a metric without a value is null, and `whyNull` says why. */
export interface MulticlassScores {
  /** each class against the rest, in the order of the classes; null where a class has no row, or every row */
  readonly perClass: readonly (number | null)[];
  /** their mean */
  readonly ovrMacro: number | null;
  /** the same, weighted by support */
  readonly ovrWeighted: number | null;
  /** each pair of classes on its own rows, mean over pairs: insensitive to class imbalance */
  readonly ovoMacro: number | null;
  /** the same, weighted by the rows of the pair */
  readonly ovoWeighted: number | null;
  /** mean surprise in nats */
  readonly logLoss: number | null;
  /** mean over rows of the squared distances of all probabilities from 0 or 1, summed over classes: 0 … 2 */
  readonly brier: number | null;
  readonly whyNull: Readonly<Record<string, string>>;
}

/** Probabilities that were written with few digits do not sum to 1 exactly. */
const SUM_SLACK = 0.01;

/** Whether each row's scores lie in [0, 1] and sum to about 1. */
export const areClassProbabilities = (scores: readonly Float64Array[]): boolean => {
  for (let row = 0; row < (scores[0]?.length ?? 0); row++) {
    let sum = 0;
    for (const column of scores) {
      const score = column[row]!;
      if (!(score >= 0 && score <= 1)) return false;
      sum += score;
    }
    if (Math.abs(sum - 1) > SUM_SLACK) return false;
  }
  return true;
};

const bitsOf = (truth: Uint32Array, i: number): Uint8Array => Uint8Array.from(truth, (label) => Number(label === i));

/** AUC of telling class `i` from the other rows by its score. */
const againstRest = (truth: Uint32Array, scores: Float64Array, i: number, weights?: Float64Array): number | null => {
  if (weights) return ranking(bitsOf(truth, i), scores, weights).rocAuc;
  const auc = rocAuc(bitsOf(truth, i), scores);
  return isUndefined(auc) ? null : auc;
};

/** AUC of telling class `i` from class `j` alone by the score of class `i`. */
const againstOne = (rowsOf: readonly Uint32Array[], scores: Float64Array, i: number, j: number): number | null => {
  const [is, others] = [rowsOf[i]!, rowsOf[j]!];
  const labels = new Uint8Array(is.length + others.length).fill(1, 0, is.length);
  const of = new Float64Array(labels.length);
  is.forEach((row, k) => (of[k] = scores[row]!));
  others.forEach((row, k) => (of[is.length + k] = scores[row]!));
  const auc = rocAuc(labels, of);
  return isUndefined(auc) ? null : auc;
};

/** Mean of all values; null when one of them is. */
const mean = (values: readonly (number | null)[], weights: readonly number[]): number | null => {
  let [sum, total] = [0, 0];
  for (const [i, value] of values.entries()) {
    if (value === null) return null;
    sum += value * weights[i]!;
    total += weights[i]!;
  }
  return total === 0 ? null : sum / total;
};

const rowsByClass = (truth: Uint32Array, classes: number): Uint32Array[] => {
  const rows = Array.from({ length: classes }, () => [] as number[]);
  truth.forEach((label, row) => rows[label]!.push(row));
  return rows.map((of) => Uint32Array.from(of));
};

const checked = (who: string, truth: Uint32Array, scores: readonly Float64Array[], weights?: Float64Array): void => {
  for (const [i, column] of scores.entries()) sameLength(who, { labels: truth, [`scores of class ${i}`]: column, weights });
  const foreign = truth.find((label) => label >= scores.length);
  if (foreign !== undefined) throw invalid(`${who}: a row is of class ${foreign}, and there are scores of ${scores.length} classes`);
};

/**
 * Ranking, log loss and Brier score of a classifier that gives every class a score.
 *
 * @param truth index of the class of each row
 * @param scores per class, the score given to it in each row, without NaN; probabilities when they lie in [0, 1] and sum to about 1
 * @param weights of rows, ≥ 0; one-versus-one is not defined with them, as in scikit-learn
 * @returns undefined without rows
 * @throws RekindleError STATISTIC_OPTIONS_INVALID for different lengths, or a class without scores
 * @see `sklearn.metrics.roc_auc_score(multi_class=…)`, `log_loss`, `brier_score_loss`; Hand & Till (2001) for one-versus-one
 */
export const multiclassScores = (
  truth: Uint32Array,
  scores: readonly Float64Array[],
  weights?: Float64Array,
): MulticlassScores | Undefined => {
  checked('multiclassScores', truth, scores, weights);
  if (truth.length === 0) return undefinedBecause('no rows');
  const classes = scores.map((_, i) => i);
  const support = classes.map(() => 0);
  let total = 0;
  truth.forEach((label, row) => {
    const weight = weights ? weights[row]! : 1;
    support[label]! += weight;
    total += weight;
  });
  const pairs = classes.flatMap((i) => classes.slice(i + 1).map((j) => [i, j] as const));
  const rowsOf = rowsByClass(truth, scores.length);
  const ovr = classes.map((i) => againstRest(truth, scores[i]!, i, weights));
  const ovo = weights
    ? [null]
    : pairs.map(([i, j]) => {
        const [ij, ji] = [againstOne(rowsOf, scores[i]!, i, j), againstOne(rowsOf, scores[j]!, j, i)];
        return ij === null || ji === null ? null : (ij + ji) / 2;
      });
  const probabilities = areClassProbabilities(scores);
  let [loss, brier] = [0, 0];
  if (probabilities) {
    for (let row = 0; row < truth.length; row++) {
      const weight = weights ? weights[row]! : 1;
      if (weight === 0) continue;
      loss += weight * surprise(scores[truth[row]!]![row]!);
      brier += weight * rowBrier(truth[row]!, scores, row);
    }
  }
  const values = {
    perClass: ovr,
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
    logLoss: probabilities && total > 0 ? loss / total : null,
    brier: probabilities && total > 0 ? brier / total : null,
  };
  const absent = ovr.includes(null) ? 'a class has no row, or every row' : 'fewer than two classes';
  const unlikely = total > 0 ? 'the scores are not probabilities that sum to 1' : 'no weight on any row';
  const reasons: Readonly<Record<string, string>> = {
    ovrMacro: absent,
    ovrWeighted: absent,
    ovoMacro: weights ? 'not defined for weighted rows' : absent,
    ovoWeighted: weights ? 'not defined for weighted rows' : absent,
    logLoss: unlikely,
    brier: unlikely,
  };
  const undefinedOnes = Object.entries(reasons).filter(([name]) => values[name as keyof typeof values] === null);
  return { ...values, whyNull: Object.fromEntries(undefinedOnes) };
};

/** Squared distances of one row's probabilities from what happened. */
export const rowBrier = (truth: number, scores: readonly Float64Array[], row: number): number => {
  let sum = 0;
  for (let i = 0; i < scores.length; i++) sum += (scores[i]![row]! - Number(i === truth)) ** 2;
  return sum;
};

/**
 * Interval of `ovrMacro` from DeLong's components: what each row adds to the AUCs of all classes, taken together.
 *
 * @param alpha one minus the confidence level
 * @returns undefined when some class has fewer than two rows, or all rows but one
 * @throws RekindleError STATISTIC_OPTIONS_INVALID as `multiclassScores`
 * @see DeLong, DeLong & Clarke-Pearson (1988)
 */
export const ovrMacroInterval = (
  truth: Uint32Array,
  scores: readonly Float64Array[],
  alpha = 0.05,
): readonly [number, number] | Undefined => {
  checked('ovrMacroInterval', truth, scores);
  if (truth.length === 0) return undefinedBecause('no rows');
  const n = truth.length;
  const influence = new Float64Array(n);
  let macro = 0;
  for (const [i, column] of scores.entries()) {
    const components = aucComponents(bitsOf(truth, i), column);
    if (isUndefined(components)) return components;
    const { auc, positives, negatives } = components;
    macro += auc / scores.length;
    let [p, m] = [0, 0];
    for (let row = 0; row < n; row++) {
      // a negative's component is the share of positives below it: the more, the worse
      const share = truth[row] === i ? (positives[p++]! - auc) / positives.length : (1 - negatives[m++]! - auc) / negatives.length;
      influence[row]! += (share * n) / scores.length;
    }
  }
  let squares = 0;
  for (let row = 0; row < n; row++) squares += influence[row]! ** 2;
  const half = normalQuantile(1 - alpha / 2) * Math.sqrt(squares / (n * (n - 1)));
  return [Math.max(0, macro - half), Math.min(1, macro + half)];
};
