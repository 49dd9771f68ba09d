/** Quality of a window of which not all labels have come, estimated from how sure the model was of each answer. Pure. */
import { z } from 'zod';
import { estimateCbpe, fitCbpe, type CbpeReference } from '../quality/cbpe.js';
import { EXPECTED_METRICS, type ExpectedMetric } from '../quality/expected.js';
import type { Range } from '../quality/usual-range.js';
import { usualOfSize, type ScoredRows } from '../quality/usual-of-size.js';
import { delong } from '../statistics/delong.js';
import { isUndefined, undefinedBecause, type Undefined } from '../statistics/undefined.js';

const Interval = z.tuple([z.number(), z.number()]);

export const EstimatedMetric = z.object({
  /** null: 0/0 */
  value: z.number().nullable(),
  /** standard error of a sample of this many rows */
  samplingError: z.number().nullable(),
  /** value ± 3 sampling errors */
  interval: Interval.nullable(),
  /** where the metric would lie in as many rows if nothing had changed since the hold-out */
  usual: Interval.nullable(),
});
export type EstimatedMetric = z.infer<typeof EstimatedMetric>;

export const WindowEstimate = z.object({
  /** rows of the window that were estimated */
  rows: z.number().int(),
  /** rows of the hold-out that it was learnt from */
  referenceRows: z.number().int(),
  /** how scores became probabilities, and why */
  calibration: z.string(),
  metrics: z.record(z.enum(EXPECTED_METRICS), EstimatedMetric),
  /** the rows among them whose label has come: what was to be expected of them, and what they showed; null without any */
  labelled: z
    .object({
      rows: z.number().int(),
      rocAuc: EstimatedMetric,
      /** with its 95 % interval; null where it cannot be measured */
      realized: z.object({ value: z.number(), interval: Interval }).nullable(),
    })
    .nullable(),
});
export type WindowEstimate = z.infer<typeof WindowEstimate>;

/** Answers of one version to the rows of a window, in time order. */
export interface WindowScores {
  readonly scores: Float64Array;
  /** 1 for the positive class, 0 for the other, −1 where nobody knows yet */
  readonly labels: Int8Array;
}

const intervalOf = (range: Range | null): [number, number] | null =>
  range === null || range.lower === null || range.upper === null ? null : [range.lower, range.upper];

const estimated = (fit: CbpeReference, reference: ScoredRows, scores: Float64Array): WindowEstimate['metrics'] => {
  const usual = usualOfSize(fit, reference, scores.length);
  const [chunk] = estimateCbpe({ ...fit, chunkRows: scores.length }, scores);
  const of = (metric: ExpectedMetric): EstimatedMetric => {
    const { value, samplingError, band } = chunk![metric];
    return { value, samplingError, interval: intervalOf(band), usual: intervalOf(usual[metric]) };
  };
  return Object.fromEntries(EXPECTED_METRICS.map((metric) => [metric, of(metric)])) as WindowEstimate['metrics'];
};

const realizedAuc = (labels: Uint8Array, scores: Float64Array) => {
  const auc = delong(labels, scores);
  return isUndefined(auc) ? null : { value: auc.auc, interval: [...auc.interval] as [number, number] };
};

/**
 * Estimates the quality of a window (CBPE) and sets beside it what the labels that have come say of the same rows.
 *
 * @param reference answers of the same version to its hold-out, which it was not trained on
 * @returns undefined where nothing can be estimated, with the reason
 */
export const estimateWindow = (reference: ScoredRows, window: WindowScores): WindowEstimate | Undefined => {
  const answered = window.scores.filter((score) => !Number.isNaN(score)).length;
  if (answered === 0) return undefinedBecause('no row of the window has a score');
  const fit = fitCbpe(reference.labels, reference.scores);
  if (isUndefined(fit)) return fit;
  const known: number[] = [];
  window.labels.forEach((label, row) => {
    if (label >= 0 && !Number.isNaN(window.scores[row]!)) known.push(row);
  });
  const labels = Uint8Array.from(known, (row) => window.labels[row]!);
  const scores = Float64Array.from(known, (row) => window.scores[row]!);
  return {
    rows: answered,
    referenceRows: reference.scores.length,
    calibration: fit.calibrator.reason,
    metrics: estimated(fit, reference, window.scores),
    labelled:
      known.length === 0
        ? null
        : { rows: known.length, rocAuc: estimated(fit, reference, scores).rocAuc, realized: realizedAuc(labels, scores) },
  };
};
