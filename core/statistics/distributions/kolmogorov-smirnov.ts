import { durbinCdf } from './durbin.js';
import { pelzGoodCdf } from './pelz-good.js';
import { pomeranzCdf } from './pomeranz.js';
import { smirnovSf } from './smirnov.js';
import { stirlingError } from './stirling.js';

const clip = (p: number): number => Math.min(1, Math.max(0, p));

/** n! / nⁿ, without forming either. */
const factorialOverPower = (n: number): number => Math.exp(0.5 * Math.log(2 * Math.PI * n) - n + stirlingError(n));

/**
 * P(Dₙ > x) for the two-sided distance between n draws and their own continuous distribution, at finite n. Each region of
 * (n, x) uses the method that is exact or closest there; the borders are those of Simard and L'Ecuyer, as in scipy.
 *
 * @param n sample size, a positive integer
 * @param x distance, 0 to 1
 * @see Simard & L'Ecuyer, Computing the Two-Sided Kolmogorov–Smirnov Distribution (2011); `scipy.stats.kstwo.sf`
 */
export const kolmogorovSmirnovSf = (n: number, x: number): number => {
  if (x >= 1) return 0;
  const t = n * x;
  if (t <= 0.5) return 1; // D is never under 1/(2n)
  if (t <= 1) return clip(1 - factorialOverPower(n) * (2 * t - 1) ** n);
  if (t >= n - 1) return clip(2 * (1 - x) ** n);
  if (x >= 0.5) return clip(2 * smirnovSf(n, x)); // the two one-sided events exclude each other
  const nx2 = t * x;
  if (n <= 140) {
    if (nx2 <= 0.754693) return clip(1 - durbinCdf(n, x));
    if (nx2 <= 4) return clip(1 - pomeranzCdf(n, x));
    return clip(2 * smirnovSf(n, x)); // both events together are rarer than the last digit
  }
  if (nx2 >= 370) return 0; // underflows
  if (nx2 >= 2.2) return clip(2 * smirnovSf(n, x));
  if (n <= 100_000 && n * x ** 1.5 <= 1.4) return clip(1 - durbinCdf(n, x));
  return clip(1 - pelzGoodCdf(n, x));
};
