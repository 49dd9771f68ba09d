/** One metric of two models on the same rows: how sure is the difference? What both share (the rows) cancels. */
import { bootstrap } from '../statistics/bootstrap.js';
import { pairedDelongSeries } from '../statistics/delong-series.js';
import { isUndefined, undefinedBecause, type Undefined } from '../statistics/undefined.js';
import { f1, precision, recall, type Confusion } from './confusion.js';
import { rowLogLoss } from './log-loss.js';

/** Two models' probabilities of the positive class on the same labelled rows, in time order. */
export interface ScoredPair {
  /** 1 is the positive class */
  readonly labels: Uint8Array;
  readonly champion: Float64Array;
  readonly challenger: Float64Array;
  /** at least this is a positive prediction */
  readonly threshold: number;
}

export type PairedMetric = 'rocAuc' | 'f1' | 'precision' | 'recall' | 'logLoss';

/** Challenger minus champion. */
export interface PairedDifference {
  readonly difference: number;
  readonly interval: readonly [number, number];
  /** two-sided, of the difference being 0 */
  readonly pValue: number;
}

const DECISIONS = { f1, precision, recall } as const;

/** Both models' counts over some rows, given one code per row: 4·label + 2·champion's decision + challenger's. */
const confusions = (codes: Uint8Array, rows: Uint32Array): readonly [Confusion, Confusion] => {
  const counts = new Uint32Array(8);
  for (let i = 0; i < rows.length; i++) counts[codes[rows[i]!]!]!++;
  const at = (label: number, champion: number, challenger: number): number => counts[4 * label + 2 * champion + challenger]!;
  const of = (count: (label: number, decision: number) => number): Confusion => {
    const [tp, fp, fn, tn] = [count(1, 1), count(0, 1), count(1, 0), count(0, 0)];
    return { tp, fp, fn, tn, n: rows.length, incorrect: fp + fn };
  };
  return [
    of((label, decision) => at(label, decision, 0) + at(label, decision, 1)),
    of((label, decision) => at(label, 0, decision) + at(label, 1, decision)),
  ];
};

const decisionDifference = (metric: keyof typeof DECISIONS, pair: ScoredPair): ((rows: Uint32Array) => number | null) => {
  const { labels, champion, challenger, threshold } = pair;
  const decided = (score: number): number => Number(score >= threshold);
  const codes = labels.map((label, i) => 4 * label + 2 * decided(champion[i]!) + decided(challenger[i]!));
  return (rows) => {
    const [before, after] = confusions(codes, rows).map(DECISIONS[metric]);
    return before === null || after === null ? null : after! - before!;
  };
};

const lossDifference = ({ labels, champion, challenger }: ScoredPair): ((rows: Uint32Array) => number | null) => {
  const differences = champion.map((score, i) => rowLogLoss(labels[i]!, challenger[i]!) - rowLogLoss(labels[i]!, score));
  return (rows) => {
    let sum = 0;
    for (let i = 0; i < rows.length; i++) sum += differences[rows[i]!]!;
    return sum / rows.length;
  };
};

/** Runs of about √n rows: long enough to hold what neighbours have in common, and enough of them to draw from. */
const blockRows = (rows: number): number => Math.ceil(Math.sqrt(rows));

/**
 * Difference of a metric with its uncertainty: DeLong's test for the AUC, a paired bootstrap (2000 resamples) for the others. Rows come in
 * time order, and neighbouring rows of a stream are alike; both methods allow for that, so a lucky week does not look like a better model.
 *
 * @param options `alpha`: one minus the confidence level of the interval; same `seed`, same answer
 * @returns undefined with a reason when either side's metric is
 */
export const pairedDifference = (
  metric: PairedMetric,
  pair: ScoredPair,
  options: { readonly alpha: number; readonly seed: number },
): PairedDifference | Undefined => {
  if (pair.labels.length === 0) return undefinedBecause('no rows');
  if (metric === 'rocAuc') {
    const test = pairedDelongSeries(pair.labels, pair.challenger, pair.champion, options.alpha);
    return isUndefined(test) ? test : { difference: test.difference, interval: test.interval, pValue: test.pValue };
  }
  const statistic = metric === 'logLoss' ? lossDifference(pair) : decisionDifference(metric, pair);
  const difference = statistic(Uint32Array.from(pair.labels, (_, i) => i));
  if (difference === null) return undefinedBecause('a ratio is 0/0: nothing was positive');
  const resampled = bootstrap(pair.labels.length, statistic, { ...options, blockRows: blockRows(pair.labels.length) });
  return isUndefined(resampled) ? resampled : { difference, interval: resampled.interval, pValue: resampled.pValue };
};
