import { sumVariance } from '../statistics/long-run-variance.js';
import { estimateCbpe, type CbpeReference } from './cbpe.js';
import { EXPECTED_METRICS, type ExpectedMetric } from './expected.js';
import { samplingErrorOf, type SamplingError } from './sampling-error.js';
import { withinLimits, type Range } from './usual-range.js';

/** Rows that a model has answered and whose outcome is known, in time order. */
export interface ScoredRows {
  /** 1 for the positive class */
  readonly labels: Uint8Array;
  readonly scores: Float64Array;
}

const DEVIATIONS = 3;
const CHUNKS = 10;
const SHARES: Range = { lower: 0, upper: 1 };

/** How much the mean of some chunks varies, times their number; neighbours that are alike are allowed for. The values are at least two. */
const movement = (values: readonly number[]): number => {
  const mean = values.reduce((total, value) => total + value, 0) / values.length;
  const deviations = Float64Array.from(values, (value) => value - mean);
  const ofOne = deviations.reduce((total, deviation) => total + deviation * deviation, 0) / (values.length - 1);
  return Math.max(ofOne, sumVariance(deviations).variance / values.length);
};

/** @param chunks the metric in chunks of `sizes.chunk` rows of the reference @param whole in all of it */
const rangeOf = (
  chunks: readonly number[],
  whole: number,
  error: SamplingError,
  sizes: { readonly chunk: number; readonly window: number; readonly all: number },
): Range | null => {
  if (chunks.length < 2) return null;
  const ofChunks = movement(chunks);
  // never less than chance alone: a few chunks can be alike by luck
  const variance = (rows: number): number => Math.max((ofChunks * sizes.chunk) / rows, (samplingErrorOf(error, rows) ?? 0) ** 2);
  const half = DEVIATIONS * Math.sqrt(variance(sizes.window) + variance(sizes.all));
  return withinLimits({ lower: whole - half, upper: whole + half }, SHARES);
};

/**
 * Where each metric would lie in a window of `rows` rows if nothing had changed: the metric of the whole reference ± 3 standard
 * deviations, of that window and of the reference itself. They are learnt from how its tenths differ, and shrink as windows grow: limits
 * learnt from chunks of one size and used for windows of another would alarm at small windows and sleep at large ones.
 *
 * @param fit from `fitCbpe` of the same reference
 * @returns null for a metric that could be measured in fewer than two of ten chunks
 */
export const usualOfSize = (
  fit: CbpeReference,
  { labels, scores }: ScoredRows,
  rows: number,
): Readonly<Record<ExpectedMetric, Range | null>> => {
  const all = scores.length;
  const chunk = Math.max(1, Math.min(rows, Math.ceil(all / CHUNKS)));
  const measured = (chunkRows: number) =>
    estimateCbpe({ ...fit, chunkRows }, scores, labels).filter((part) => part.end - part.start + 1 === chunkRows);
  const chunks = measured(chunk);
  const [whole] = measured(all);
  const of = (metric: ExpectedMetric): Range | null => {
    const value = whole?.[metric].realized ?? null;
    if (value === null) return null;
    const values = chunks.map((part) => part[metric].realized).filter((one) => one !== null);
    return rangeOf(values, value, fit.metrics[metric].samplingError, { chunk, window: rows, all });
  };
  return Object.fromEntries(EXPECTED_METRICS.map((metric) => [metric, of(metric)])) as Record<ExpectedMetric, Range | null>;
};
