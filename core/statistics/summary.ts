import { momentsOf } from './moments.js';
import { quantile } from './quantile.js';
import { sortedValues } from './sort.js';
import { undefinedBecause, type Undefined } from './undefined.js';

export interface Summary {
  /** values that are not missing */
  readonly count: number;
  readonly missing: number;
  readonly min: number;
  readonly max: number;
  /** infinite when a value is; null when both infinities occur */
  readonly mean: number | null;
  /** divisor n; null when a value is infinite */
  readonly stdPopulation: number | null;
  /** divisor n − 1; null for a single value too */
  readonly stdSample: number | null;
  /** in the order asked for */
  readonly quantiles: readonly number[];
}

/**
 * What a person asks first about a column of numbers.
 *
 * @param values in any order; NaN is missing, infinities are values
 * @param shares quantiles to read, each in [0, 1]; by linear interpolation, numpy's default
 * @returns in the unit of the values; undefined without values
 * @see `numpy.quantile`, `numpy.std`
 */
export const summarize = (values: Float64Array, shares: readonly number[] = [0.25, 0.5, 0.75]): Summary | Undefined => {
  const sorted = sortedValues(values);
  const count = sorted.length;
  if (count === 0) return undefinedBecause('no non-missing values');
  const [min, max] = [sorted[0]!, sorted[count - 1]!];
  const finite = Number.isFinite(min) && Number.isFinite(max);
  const { mean, variance } = momentsOf(sorted);
  return {
    count,
    missing: values.length - count,
    min,
    max,
    mean: finite ? mean : min === -max ? null : Number.isFinite(min) ? max : min,
    stdPopulation: finite ? Math.sqrt(variance) : null,
    stdSample: finite && count > 1 ? Math.sqrt((variance * count) / (count - 1)) : null,
    quantiles: shares.map((share) => quantile(sorted, share)),
  };
};
