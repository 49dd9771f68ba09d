import { sameLength } from './invalid.js';
import { sortedValues } from './sort.js';
import { undefinedBecause, type Undefined } from './undefined.js';

/** Scores of the rows of each class, ascending. */
export interface ScoresByClass {
  readonly positives: Float64Array;
  readonly negatives: Float64Array;
}

/**
 * @param labels 1 is the positive class, 0 the other
 * @throws RekindleError STATISTIC_OPTIONS_INVALID when the lengths differ
 */
export const scoresByClass = (labels: Uint8Array, scores: Float64Array): ScoresByClass => {
  sameLength('rocAuc', { labels, scores });
  let count = 0;
  for (let i = 0; i < labels.length; i++) count += labels[i]!;
  const positives = new Float64Array(count);
  const negatives = new Float64Array(labels.length - count);
  let p = 0;
  let n = 0;
  for (let i = 0; i < labels.length; i++) {
    if (labels[i] === 1) positives[p++] = scores[i]!;
    else negatives[n++] = scores[i]!;
  }
  return { positives: sortedValues(positives), negatives: sortedValues(negatives) };
};

/** AUC of scores already split by class and sorted: one merge. */
export const rocAucByClass = ({ positives, negatives }: ScoresByClass): number | Undefined => {
  const p = positives.length;
  const n = negatives.length;
  if (p === 0 || n === 0) return undefinedBecause('only one class is present');
  let below = 0;
  let upTo = 0;
  let twice = 0; // 2 × (pairs won + half of the pairs tied), a whole number
  for (let i = 0; i < p; i++) {
    const score = positives[i]!;
    while (below < n && negatives[below]! < score) below++;
    if (upTo < below) upTo = below;
    while (upTo < n && negatives[upTo]! <= score) upTo++;
    twice += below + upTo;
  }
  return twice / 2 / (p * n);
};

/**
 * Area under the ROC curve: the probability that a random positive scores above a random negative, ties counting half.
 *
 * @param labels 1 is the positive class, 0 the other
 * @param scores any real numbers, larger meaning more positive; no NaN
 * @returns 0 … 1; undefined with a reason when only one class is present
 * @throws RekindleError STATISTIC_OPTIONS_INVALID when the lengths differ
 * @see `sklearn.metrics.roc_auc_score`; Hanley & McNeil (1982)
 */
export const rocAuc = (labels: Uint8Array, scores: Float64Array): number | Undefined => rocAucByClass(scoresByClass(labels, scores));
