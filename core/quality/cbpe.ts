import { invalid, sameLength } from '../statistics/invalid.js';
import { rocAuc } from '../statistics/roc-auc.js';
import { isUndefined, undefinedBecause, type Undefined } from '../statistics/undefined.js';
import { calibratorFor, type Calibrator } from './calibrator.js';
import { confusionAt } from './confusion.js';
import { chunkBounds, defaultChunkRows, estimateOf, usualOfChunks, type Chunk, type MetricEstimate } from './estimate.js';
import { EXPECTED_METRICS, expectedQuality, metricsOfCells, type ExpectedMetric } from './expected.js';
import { isotonicAt } from './isotonic.js';
import { samplingErrorOf, samplingErrors, type SamplingError } from './sampling-error.js';
import type { Range } from './usual-range.js';

/** What an estimate needs to know of the reference: plain JSON, to be stored with the version of the model. */
export interface CbpeReference {
  readonly threshold: number;
  readonly chunkRows: number;
  readonly calibrator: Calibrator;
  readonly metrics: Readonly<
    Record<
      ExpectedMetric,
      { readonly samplingError: SamplingError; /** null: it could be measured in fewer than two chunks */ readonly usual: Range | null }
    >
  >;
}

/** An estimate for some neighbouring rows; `rows` have a score. */
export type CbpeChunk = Chunk & Readonly<Record<ExpectedMetric, MetricEstimate>>;

export interface CbpeOptions {
  /** a score of at least this is a positive prediction; 0.5 */
  readonly threshold?: number;
  /** rows of a chunk, in time order; a tenth of the reference. The last chunk of a sample may be shorter. */
  readonly chunkRows?: number;
  /** how many standard deviations between chunks are usual; 3 */
  readonly deviations?: number;
}

/** In the place of a label that has not arrived yet. */
export const UNKNOWN_LABEL = 255;

const SHARES: Range = { lower: 0, upper: 1 };

/** The metrics themselves, of the rows whose label is known; null where undefined. */
const realizedQuality = (all: Uint8Array, given: Float64Array, threshold: number): Readonly<Record<ExpectedMetric, number | null>> => {
  const known = (_: number, row: number): boolean => all[row] !== UNKNOWN_LABEL;
  const [labels, scores] = all.includes(UNKNOWN_LABEL) ? [all.filter(known), given.filter(known)] : [all, given];
  const { tp, fp, fn, tn } = confusionAt(labels, scores, threshold);
  const auc = rocAuc(labels, scores);
  return { rocAuc: isUndefined(auc) ? null : auc, ...metricsOfCells(tp, fp, fn, tn) };
};

const forMetrics = <T>(make: (metric: ExpectedMetric) => T): Readonly<Record<ExpectedMetric, T>> =>
  Object.fromEntries(EXPECTED_METRICS.map((metric) => [metric, make(metric)])) as Record<ExpectedMetric, T>;

const asProbability = (score: number): number => Math.min(1, Math.max(0, score));

/** The rows from `start` to before `end` that have a score; views when all have. */
const scored = (
  scores: Float64Array,
  labels: Uint8Array | undefined,
  start: number,
  end: number,
): { scores: Float64Array; labels: Uint8Array | undefined } => {
  const part = scores.subarray(start, end);
  const outcomes = labels?.subarray(start, end);
  if (!part.some(Number.isNaN)) return { scores: part, labels: outcomes };
  return { scores: part.filter((score) => !Number.isNaN(score)), labels: outcomes?.filter((_, i) => !Number.isNaN(part[i]!)) };
};

/**
 * Learns from rows with labels what is needed to estimate quality on rows without: whether and how scores become probabilities, how
 * much each metric varies by chance, and where it usually lies.
 *
 * Use rows that the model was not trained on: on its own training rows it is too sure of itself.
 *
 * @param labels what happened, 1 for the positive class, in time order
 * @param scores what the model said; NaN is a row without a score and is left out
 * @returns undefined without rows, and for scores outside [0, 1] that could not be calibrated
 * @throws RekindleError STATISTIC_OPTIONS_INVALID when the lengths differ or a chunk holds no row
 * @see NannyML, CBPE: Białek et al., Estimating Model Performance Under Covariate Shift Without Labels (2024)
 */
export const fitCbpe = (labels: Uint8Array, scores: Float64Array, options: CbpeOptions = {}): CbpeReference | Undefined => {
  sameLength('fitCbpe', { scores, labels });
  const { threshold = 0.5, deviations = 3 } = options;
  const chunkRows = options.chunkRows ?? defaultChunkRows(labels.length);
  if (!(chunkRows >= 1)) throw invalid(`fitCbpe: a chunk of ${chunkRows} rows holds no row`);
  const all = scored(scores, labels, 0, scores.length);
  if (all.scores.length === 0) return undefinedBecause('no rows with a score');
  const outcomes = all.labels!;
  const calibrator = calibratorFor(outcomes, all.scores);
  if (!calibrator.isotonic && all.scores.some((score) => asProbability(score) !== score)) {
    return undefinedBecause(`the scores are not probabilities, and they were ${calibrator.reason}`);
  }
  const perChunk = chunkBounds(labels.length, chunkRows).map(([start, end]) => {
    const part = scored(scores, labels, start, end);
    return realizedQuality(part.labels!, part.scores, threshold);
  });
  const errors = samplingErrors(outcomes, all.scores, confusionAt(outcomes, all.scores, threshold));
  return {
    threshold,
    chunkRows,
    calibrator,
    metrics: forMetrics((metric) => ({
      samplingError: errors[metric],
      usual: usualOfChunks(
        perChunk.map((chunk) => chunk[metric]),
        deviations,
        SHARES,
      ),
    })),
  };
};

/**
 * Confidence-based performance estimation: the quality of a classifier on rows whose outcome nobody knows yet, from how sure it is of
 * each. It sees what a change of the *data* does to quality. It cannot see a change of *concept*, where the same inputs come to mean
 * something else: compare with realized quality when labels arrive (`readConceptDrift`).
 *
 * @param reference from `fitCbpe`
 * @param scores what the model said, in time order; NaN is a row without a score
 * @param labels outcomes, `UNKNOWN_LABEL` where they have not arrived: they are only reported beside the estimate
 * @throws RekindleError STATISTIC_OPTIONS_INVALID when the lengths differ
 */
export const estimateCbpe = (reference: CbpeReference, scores: Float64Array, labels?: Uint8Array): CbpeChunk[] => {
  sameLength('estimateCbpe', { scores, labels });
  const { threshold, chunkRows, calibrator, metrics } = reference;
  return chunkBounds(scores.length, chunkRows).map(([start, end]) => {
    const part = scored(scores, labels, start, end);
    const rows = part.scores.length;
    const probabilities = calibrator.isotonic ? isotonicAt(calibrator.isotonic, part.scores) : part.scores.map(asProbability);
    const expected = expectedQuality(probabilities, part.scores, threshold);
    const realized = part.labels && realizedQuality(part.labels, part.scores, threshold);
    return {
      start,
      end: end - 1,
      rows,
      ...forMetrics((metric) =>
        estimateOf(
          isUndefined(expected) ? null : expected[metric],
          realized?.[metric] ?? null,
          samplingErrorOf(metrics[metric].samplingError, rows),
          metrics[metric].usual,
          SHARES,
        ),
      ),
    };
  });
};
