/** Centre and spread of a sample, from two passes over it. */
export interface Moments {
  readonly count: number;
  readonly mean: number;
  /** mean squared deviation from the mean: the population variance, divisor n */
  readonly variance: number;
  /** mean cubed deviation over the cubed standard deviation; 0 when the values do not vary */
  readonly skewness: number;
}

/**
 * Mean, variance and skewness. Deviations are taken from the first value before they are summed, so a large common offset costs no
 * digits (values around 10⁹ with a spread of 1 keep twelve of them) and equal values have a variance of exactly 0.
 *
 * @param values in any order, without NaN, at least one; with infinities nothing but the count is a number
 * @see Chan, Golub & LeVeque, Algorithms for Computing the Sample Variance (1983)
 */
export const momentsOf = (values: Float64Array): Moments => {
  const count = values.length;
  const origin = values[0]!;
  let sum = 0;
  for (let i = 0; i < count; i++) sum += values[i]! - origin;
  const offset = sum / count;
  let [first, second, third] = [0, 0, 0];
  for (let i = 0; i < count; i++) {
    const deviation = values[i]! - origin - offset;
    const square = deviation * deviation;
    first += deviation;
    second += square;
    third += square * deviation;
  }
  const variance = Math.max(0, (second - (first * first) / count) / count);
  return { count, mean: origin + offset, variance, skewness: variance === 0 ? 0 : third / count / variance ** 1.5 };
};
