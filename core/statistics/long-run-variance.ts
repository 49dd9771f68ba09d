/** Degrees of freedom for n rows: 0.4 n^⅔, at least one. */
const degrees = (n: number): number => Math.max(1, Math.floor(0.4 * n ** (2 / 3)));

export interface SumVariance {
  /** variance of the sum of the series */
  readonly variance: number;
  /** degrees of freedom of that estimate: compare with Student's t */
  readonly dof: number;
}

/**
 * Variance of the sum of a series whose neighbours may be alike, as in most streams: mean of the squared projections on the slowest
 * cosines (equal-weighted cosine estimator). For independent rows it agrees with n times the variance of one row; for autocorrelated
 * rows it is as much larger as it must be.
 *
 * @param series deviations from their mean, in time order
 * @see Lazarus, Lewis, Stock & Watson, HAR Inference: Recommendations for Practice (2018), whose test with Student's t this is
 */
export const sumVariance = (series: Float64Array): SumVariance => {
  const n = series.length;
  const dof = degrees(n);
  let sum = 0;
  for (let j = 1; j <= dof; j++) {
    // cos(jπ(i + ½)/n) by Chebyshev's recursion: two multiplications instead of a cosine per row
    const twice = 2 * Math.cos((Math.PI * j) / n);
    let current = Math.cos((Math.PI * j) / (2 * n));
    let previous = current; // cos is even around i = −½
    let projection = 0;
    for (let i = 0; i < n; i++) {
      projection += series[i]! * current;
      [previous, current] = [current, twice * current - previous];
    }
    sum += 2 * projection * projection;
  }
  return { variance: sum / dof, dof };
};
