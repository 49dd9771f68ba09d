import { sameLength } from '../statistics/invalid.js';
import { rocAucByClass, scoresByClass, type ScoresByClass } from '../statistics/roc-auc.js';
import { isUndefined } from '../statistics/undefined.js';

export interface Ranking {
  /** null when only one class is present */
  readonly rocAuc: number | null;
  /** area under the precision-recall steps, Σ (Rₖ − Rₖ₋₁) Pₖ, no interpolation; null when only one class is present */
  readonly averagePrecision: number | null;
}

/** Weight of each class at one score; a walk goes through the distinct scores, highest first. */
interface Step {
  readonly positive: number;
  readonly negative: number;
}

function* steps({ positives, negatives }: ScoresByClass): Generator<Step> {
  let i = positives.length - 1;
  let j = negatives.length - 1;
  while (i >= 0 || j >= 0) {
    const score = Math.max(positives[i] ?? -Infinity, negatives[j] ?? -Infinity);
    const [startI, startJ] = [i, j];
    while (i >= 0 && positives[i] === score) i--;
    while (j >= 0 && negatives[j] === score) j--;
    yield { positive: startI - i, negative: startJ - j };
  }
}

function* weightedSteps(labels: Uint8Array, scores: Float64Array, weights: Float64Array): Generator<Step> {
  const order = Uint32Array.from(scores, (_, i) => i).sort((a, b) => scores[b]! - scores[a]!);
  let positive = 0;
  let negative = 0;
  for (let k = 0; k < order.length; k++) {
    const row = order[k]!;
    if (labels[row] === 1) positive += weights[row]!;
    else negative += weights[row]!;
    if (k + 1 < order.length && scores[order[k + 1]!] === scores[row]) continue;
    yield { positive, negative };
    [positive, negative] = [0, 0];
  }
}

const averagePrecisionOf = (walk: Iterable<Step>, positives: number): number => {
  let [tp, fp, sum] = [0, 0, 0];
  for (const { positive, negative } of walk) {
    tp += positive;
    fp += negative;
    if (positive > 0) sum += (positive / positives) * (tp / (tp + fp));
  }
  return sum;
};

const weightedAuc = (walk: Iterable<Step>, positives: number, negatives: number): number => {
  let above = 0;
  let won = 0;
  for (const { positive, negative } of walk) {
    won += negative * (above + positive / 2);
    above += positive;
  }
  return won / (positives * negatives);
};

/**
 * How well scores put positives above negatives, at every threshold at once.
 *
 * @param labels 1 is the positive class, 0 the other
 * @param scores any real numbers without NaN
 * @param weights of rows, ≥ 0
 * @throws RekindleError STATISTIC_OPTIONS_INVALID when the lengths differ
 * @see `sklearn.metrics.roc_auc_score`, `average_precision_score`
 */
export const ranking = (labels: Uint8Array, scores: Float64Array, weights?: Float64Array): Ranking => {
  sameLength('ranking', { labels, scores, weights });
  let positives = 0;
  let negatives = 0;
  for (let i = 0; i < labels.length; i++) {
    if (labels[i] === 1) positives += weights ? weights[i]! : 1;
    else negatives += weights ? weights[i]! : 1;
  }
  if (positives === 0 || negatives === 0) return { rocAuc: null, averagePrecision: null };
  if (weights) {
    const walk = [...weightedSteps(labels, scores, weights)];
    return { rocAuc: weightedAuc(walk, positives, negatives), averagePrecision: averagePrecisionOf(walk, positives) };
  }
  const byClass = scoresByClass(labels, scores);
  const auc = rocAucByClass(byClass);
  return { rocAuc: isUndefined(auc) ? null : auc, averagePrecision: averagePrecisionOf(steps(byClass), positives) };
};
