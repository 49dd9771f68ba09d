/** Terms after this factor no longer change a double. */
const NEGLIGIBLE = 1e-17;

/**
 * P(K > t) of the Kolmogorov distribution: the limit of √n·D for large n, 2 Σ (−1)ᵏ⁻¹ exp(−2k²t²).
 * For finite samples `kolmogorovSmirnovSf` is closer: the limit is 0.5 % off at n = 10⁴.
 *
 * @see `scipy.special.kolmogorov`
 */
export const kolmogorovSf = (t: number): number => {
  if (t <= 0) return 1;
  if (t < 1) {
    // the theta-function form of the same sum, which converges fast where the series above does not
    const step = -(Math.PI * Math.PI) / (8 * t * t);
    let cdf = 0;
    for (let k = 1; ; k += 2) {
      const term = Math.exp(k * k * step);
      cdf += term;
      if (term <= cdf * NEGLIGIBLE) break;
    }
    return Math.min(1, 1 - (Math.sqrt(2 * Math.PI) / t) * cdf);
  }
  let sum = 0;
  for (let k = 1; ; k++) {
    const term = Math.exp(-2 * k * k * t * t);
    sum += k % 2 === 1 ? term : -term;
    if (term <= sum * NEGLIGIBLE) break;
  }
  return 2 * sum;
};

/** The t that √n·D exceeds with the given probability: the critical value of a KS test for large n. Infinite at probability 0. */
export const kolmogorovIsf = (probability: number): number => {
  if (probability <= 0) return Infinity;
  let low = 0;
  let high = Math.sqrt(-Math.log(probability / 2) / 2) + 1;
  for (;;) {
    const middle = (low + high) / 2;
    if (middle <= low || middle >= high) return middle;
    if (kolmogorovSf(middle) > probability) low = middle;
    else high = middle;
  }
};
