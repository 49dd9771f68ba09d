import { isUndefined } from '../statistics/undefined.js';
import { isUnusual, usualRange, withinLimits, type Range } from './usual-range.js';

/** A metric that was estimated without labels, for some neighbouring rows. */
export interface MetricEstimate {
  /** what the metric should be; null when it is 0/0 */
  readonly value: number | null;
  /** standard error of a sample of this many rows */
  readonly samplingError: number | null;
  /** value ± 3 sampling errors, within what the metric can be */
  readonly band: Range;
  /** where the realized metric lay in chunks of the reference */
  readonly usual: Range;
  /** the estimate lies outside of that */
  readonly alert: boolean;
  /** the metric itself, where outcomes were given */
  readonly realized: number | null;
}

/** Neighbouring rows of a sample. */
export interface Chunk {
  /** positions of the first row and of the last */
  readonly start: number;
  readonly end: number;
  /** rows that could be estimated */
  readonly rows: number;
}

const SAMPLING_ERRORS = 3;

export const OPEN: Range = { lower: null, upper: null };

export const estimateOf = (
  value: number | null,
  realized: number | null,
  samplingError: number | null,
  usual: Range | null,
  limits: Range,
): MetricEstimate => {
  const half = samplingError === null ? null : SAMPLING_ERRORS * samplingError;
  const band = value === null || half === null ? OPEN : withinLimits({ lower: value - half, upper: value + half }, limits);
  return { value, samplingError, band, usual: usual ?? OPEN, alert: value !== null && usual !== null && isUnusual(value, usual), realized };
};

/** First row of each chunk and the row after its last; the last chunk may be shorter. */
export const chunkBounds = (rows: number, chunkRows: number): readonly (readonly [number, number])[] =>
  Array.from({ length: Math.ceil(rows / chunkRows) }, (_, i) => [i * chunkRows, Math.min(rows, (i + 1) * chunkRows)] as const);

/** A tenth of the reference: ten chunks are the fewest from which a usual range can be learnt. */
export const defaultChunkRows = (rows: number): number => Math.max(1, Math.ceil(rows / 10));

/**
 * Where a metric lay in chunks of the reference; null when it could be measured in fewer than two: one value has no spread, and a range
 * without width would alarm at everything.
 *
 * @param values null where it could not be measured
 * @param deviations how many standard deviations to either side are usual
 */
export const usualOfChunks = (values: readonly (number | null)[], deviations: number, limits: Range): Range | null => {
  const measured = values.filter((value) => value !== null && !Number.isNaN(value));
  if (measured.length < 2) return null;
  const usual = usualRange(Float64Array.from(measured as number[]), { lower: deviations, upper: deviations }, limits);
  return isUndefined(usual) ? null : usual;
};
