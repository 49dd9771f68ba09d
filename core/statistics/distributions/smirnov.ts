import { stirlingError } from './stirling.js';

/**
 * P(D⁺ₙ ≥ x): how often the one-sided distance between n draws and their own distribution is at least x.
 * Exact (Birnbaum & Tingey 1951): x Σⱼ C(n, j) (x + j/n)ʲ⁻¹ (1 − x − j/n)ⁿ⁻ʲ. All terms are positive; each is a binomial
 * probability in Loader's form, so the sum keeps its relative precision for any n. O(n).
 *
 * @see `scipy.special.smirnov`
 */
export const smirnovSf = (n: number, x: number): number => {
  if (x <= 0) return 1;
  if (x >= 1) return 0;
  const t = n * x;
  let sum = Math.exp(n * Math.log1p(-x)); // j = 0
  const last = Math.floor(n - t);
  const errorOfN = stirlingError(n);
  for (let j = 1; j <= last; j++) {
    const rest = n - j;
    if (t >= rest) break; // 1 − x − j/n is 0 from here on
    const exponent = j * Math.log1p(t / j) + rest * Math.log1p(-t / rest) + errorOfN - stirlingError(j) - stirlingError(rest);
    sum += (x * Math.sqrt(n / (2 * Math.PI * j * rest)) * Math.exp(exponent)) / (x + j / n);
  }
  return Math.min(1, sum);
};
