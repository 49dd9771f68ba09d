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

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

/** Of a sample; the values are at least two. */
const variance = (values: readonly number[]): number => {
  const mean = sum(values) / values.length;
  return sum(values.map((value) => (value - mean) ** 2)) / (values.length - 1);
};

/** @param chunks the metric in chunks of `sizes.chunk` rows of the reference @param whole in all of it */
const rangeOf = (
  chunks: readonly number[],
  whole: number,
  error: SamplingError,
  sizes: { readonly chunk: number; readonly window: number; readonly all: number },
): Range | null => {
  if (chunks.length < 2) return null;
  const chance = (rows: number): number => (samplingErrorOf(error, rows) ?? 0) ** 2;
  // what chunks vary by beyond chance is the stream's own movement, and a larger window does not average that out
  const movement = Math.max(0, variance(chunks) - chance(sizes.chunk));
  const half = DEVIATIONS * Math.sqrt(movement + chance(sizes.window) + chance(sizes.all));
  return withinLimits({ lower: whole - half, upper: whole + half }, SHARES);
};

/**
 * Where each metric would lie in a window of `rows` rows if nothing had changed: the metric of the whole reference ± 3 standard
 * deviations, of which chance shrinks with the size of the window, and what the stream moves by itself does not. Thresholds learnt from
 * chunks of one size and used for windows of another would alarm at small windows and sleep at large ones.
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
