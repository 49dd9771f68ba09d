/** What became of the rows at a threshold; sums of weights when rows are weighted. */
export interface Confusion {
  readonly tp: number;
  readonly fp: number;
  readonly fn: number;
  readonly tn: number;
  /** number of rows */
  readonly n: number;
  /** number of wrong predictions, whatever the weights */
  readonly incorrect: number;
}

/**
 * Counts at a threshold: a row is predicted positive when its score is at least the threshold.
 *
 * @param labels 1 is the positive class, 0 the other
 */
export const confusionAt = (labels: Uint8Array, scores: ArrayLike<number>, threshold: number, weights?: Float64Array): Confusion => {
  // indexed by 2·label + prediction
  const counts = [0, 0, 0, 0];
  let incorrect = 0;
  for (let i = 0; i < labels.length; i++) {
    const predicted = scores[i]! >= threshold ? 1 : 0;
    if (predicted !== labels[i]) incorrect++;
    counts[2 * labels[i]! + predicted]! += weights ? weights[i]! : 1;
  }
  const [tn, fp, fn, tp] = counts as [number, number, number, number];
  return { tp, fp, fn, tn, n: labels.length, incorrect };
};

/** A ratio that is null when it is 0/0. */
const ratio = (part: number, whole: number): number | null => (whole === 0 ? null : part / whole);

export const accuracy = ({ tp, fp, fn, tn }: Confusion): number | null => ratio(tp + tn, tp + fp + fn + tn);

/** Of the rows predicted positive, the share that is. Null when nothing was predicted positive. */
export const precision = ({ tp, fp }: Confusion): number | null => ratio(tp, tp + fp);

/** Of the positive rows, the share that was found. Null when there is none. */
export const recall = ({ tp, fn }: Confusion): number | null => ratio(tp, tp + fn);

/** Harmonic mean of precision and recall. Null only when nothing is positive, in truth or in prediction. */
export const f1 = ({ tp, fp, fn }: Confusion): number | null => ratio(2 * tp, 2 * tp + fp + fn);

/** Of the negative rows, the share that was left alone. Null when there is none. */
export const specificity = ({ tn, fp }: Confusion): number | null => ratio(tn, tn + fp);

/** Mean of recall and specificity. Null when a class is absent. */
export const balancedAccuracy = (counts: Confusion): number | null => {
  const [r, s] = [recall(counts), specificity(counts)];
  return r === null || s === null ? null : (r + s) / 2;
};

/**
 * Matthews' correlation of truth and prediction, −1 … 1. By convention 0 when either never varies: then nothing was told apart.
 *
 * @see `sklearn.metrics.matthews_corrcoef`
 */
export const matthews = ({ tp, fp, fn, tn }: Confusion): number => {
  const spread = Math.sqrt(tp + fp) * Math.sqrt(tp + fn) * Math.sqrt(tn + fp) * Math.sqrt(tn + fn);
  return spread === 0 ? 0 : (tp * tn - fp * fn) / spread;
};
