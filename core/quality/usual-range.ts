import { isUndefined, undefinedBecause, type Undefined } from '../statistics/undefined.js';

/** Where a value is usual; null leaves a side open. */
export interface Range {
  readonly lower: number | null;
  readonly upper: number | null;
}

/** Mean and population standard deviation of the values that are there. */
const centreOf = (values: Float64Array): { mean: number; deviation: number } | Undefined => {
  const there = values.filter((value) => !Number.isNaN(value));
  if (there.length === 0) return undefinedBecause('no values');
  const mean = there.reduce((sum, value) => sum + value, 0) / there.length;
  const squares = there.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, deviation: Math.sqrt(squares / there.length) };
};

/** A bound never leaves what the metric can be: a limit of an AUC above 1 would look as if it could be crossed. */
export const withinLimits = (range: Range, limits: Range): Range => ({
  lower: range.lower === null ? null : Math.max(range.lower, limits.lower ?? -Infinity),
  upper: range.upper === null ? null : Math.min(range.upper, limits.upper ?? Infinity),
});

/**
 * The range in which a metric lay while all was well: mean ± a number of standard deviations over chunks of the reference. With 3
 * of them a chunk of a quiet, independent, near-normal stream leaves it once in 370; ten chunks or more make it trustworthy.
 *
 * @param values the metric, one per chunk; NaN is a chunk in which it could not be measured, and is left out
 * @param deviations below and above; null leaves that side open
 * @param limits what the metric can be
 * @see NannyML, StandardDeviationThreshold
 */
export const usualRange = (
  values: Float64Array,
  deviations: Range = { lower: 3, upper: 3 },
  limits: Range = { lower: null, upper: null },
): Range | Undefined => {
  const centre = centreOf(values);
  if (isUndefined(centre)) return centre;
  const { mean, deviation } = centre;
  return withinLimits(
    {
      lower: deviations.lower === null ? null : mean - deviation * deviations.lower,
      upper: deviations.upper === null ? null : mean + deviation * deviations.upper,
    },
    limits,
  );
};

/** Whether a value lies outside; on a bound it does not. */
export const isUnusual = (value: number, { lower, upper }: Range): boolean =>
  (lower !== null && value < lower) || (upper !== null && value > upper);
