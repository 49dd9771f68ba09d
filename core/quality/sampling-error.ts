import { lowerBound } from '../statistics/groups.js';
import { scoresByClass } from '../statistics/roc-auc.js';
import type { Confusion } from './confusion.js';
import type { ExpectedMetric } from './expected.js';

/**
 * How much a metric varies from sample to sample of one distribution, learnt from the reference once: the deviation of what one row
 * contributes, and the share of rows that contribute. A sample of n rows errs by deviation / √(n · share).
 */
export interface SamplingError {
  readonly deviation: number;
  /** 0 … 1; 0 when no row contributes, and then the error is not defined */
  readonly share: number;
}

export const samplingErrorOf = ({ deviation, share }: SamplingError, rows: number): number | null =>
  share * rows === 0 ? null : deviation / Math.sqrt(rows * share);

/** Deviation of a contribution that is `size` in `hits` of `rows` and 0 in the others. */
const ofHits = (hits: number, rows: number, n: number, size = 1): SamplingError => {
  const share = rows === 0 ? 0 : hits / rows;
  return { deviation: size * Math.sqrt(share * (1 - share)), share: rows / n };
};

/** Of an AUC: each row of the rarer class contributes the share of the other class that it beats. */
const ofAuc = (labels: Uint8Array, scores: Float64Array): SamplingError => {
  const { positives, negatives } = scoresByClass(labels, scores);
  const rarer = positives.length <= negatives.length ? positives : negatives;
  const other = rarer === positives ? negatives : positives;
  if (rarer.length === 0) return { deviation: 0, share: 0 };
  let [sum, squares, from, to, last] = [0, 0, 0, 0, NaN];
  for (let i = 0; i < rarer.length; i++) {
    const score = rarer[i]!;
    if (score !== last) {
      from = i === 0 ? lowerBound(other, score) : from;
      while (from < other.length && other[from]! < score) from++;
      to = Math.max(to, from);
      while (to < other.length && other[to]! <= score) to++;
      last = score;
    }
    const beaten = (from + to) / 2 / other.length;
    sum += beaten;
    squares += beaten * beaten;
  }
  const mean = sum / rarer.length;
  return { deviation: Math.sqrt(Math.max(0, squares / rarer.length - mean * mean)), share: rarer.length / labels.length };
};

/**
 * Sampling errors of all metrics.
 *
 * @param counts of the reference at the threshold
 * @see NannyML, sampling_error.binary_classification
 */
export const samplingErrors = (
  labels: Uint8Array,
  scores: Float64Array,
  { tp, fp, fn, tn, n }: Confusion,
): Readonly<Record<ExpectedMetric, SamplingError>> => {
  const relevant = tp + fp + fn;
  return {
    rocAuc: ofAuc(labels, scores),
    f1: ofHits(tp, relevant, n, relevant === 0 ? 0 : relevant / (tp + 0.5 * (fp + fn))),
    precision: ofHits(tp, tp + fp, n),
    recall: ofHits(tp, tp + fn, n),
    specificity: ofHits(tn, tn + fp, n),
    accuracy: ofHits(tp + tn, n, n),
  };
};
