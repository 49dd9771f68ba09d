import { bootstrap } from '../statistics/bootstrap.js';
import { delong } from '../statistics/delong.js';
import { isUndefined, undefinedBecause, type Undefined } from '../statistics/undefined.js';
import { wilsonInterval } from '../statistics/wilson.js';
import { confusionAt, f1, type Confusion } from './confusion.js';
import { rowLogLoss } from './log-loss.js';
import type { PairedMetric } from './paired.js';

/** Scores of one model on labelled rows. */
export interface Scored {
  /** 1 is the positive class */
  readonly labels: Uint8Array;
  /** probabilities of the positive class */
  readonly scores: Float64Array;
  /** at least this is a positive prediction */
  readonly threshold: number;
}

/** F1 over drawn rows, given one code per row: 2·label + decision. */
const drawnF1 = ({ labels, scores, threshold }: Scored): ((rows: Uint32Array) => number | null) => {
  const codes = labels.map((label, i) => 2 * label + Number(scores[i]! >= threshold));
  return (rows) => {
    const counts = new Uint32Array(4);
    for (let i = 0; i < rows.length; i++) counts[codes[rows[i]!]!]!++;
    const [tn, fp, fn, tp] = counts as unknown as readonly [number, number, number, number];
    const drawn: Confusion = { tp, fp, fn, tn, n: rows.length, incorrect: fp + fn };
    return f1(drawn);
  };
};

const drawnLoss = ({ labels, scores }: Scored): ((rows: Uint32Array) => number) => {
  const losses = scores.map((score, i) => rowLogLoss(labels[i]!, score));
  return (rows) => {
    let sum = 0;
    for (let i = 0; i < rows.length; i++) sum += losses[rows[i]!]!;
    return sum / rows.length;
  };
};

/**
 * Confidence interval of a metric of one model: DeLong for the AUC, Wilson for precision and recall, a seeded bootstrap for F1 and log loss.
 *
 * @returns undefined with a reason when the metric is
 */
export const metricInterval = (
  metric: PairedMetric,
  scored: Scored,
  options: { readonly alpha: number; readonly seed: number },
): readonly [number, number] | Undefined => {
  const { labels, scores, threshold } = scored;
  if (labels.length === 0) return undefinedBecause('no labelled rows');
  const { tp, fp, fn } = confusionAt(labels, scores, threshold);
  switch (metric) {
    case 'rocAuc': {
      const auc = delong(labels, scores, options.alpha);
      return isUndefined(auc) ? auc : auc.interval;
    }
    case 'precision':
      return tp + fp === 0 ? undefinedBecause('nothing was predicted positive') : wilsonInterval(tp, tp + fp, options.alpha);
    case 'recall':
      return tp + fn === 0 ? undefinedBecause('no row is positive') : wilsonInterval(tp, tp + fn, options.alpha);
    case 'f1':
    case 'logLoss': {
      if (metric === 'f1' && tp + fp + fn === 0) return undefinedBecause('nothing is positive, in truth or in prediction');
      const resampled = bootstrap(labels.length, metric === 'f1' ? drawnF1(scored) : drawnLoss(scored), options);
      return isUndefined(resampled) ? resampled : resampled.interval;
    }
  }
};
