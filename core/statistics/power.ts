import { chiSquaredIsf, noncentralChiSquaredSf } from './distributions/chi-squared.js';
import { kolmogorovIsf } from './distributions/kolmogorov.js';
import { normalQuantile } from './distributions/normal.js';

/** A test sees a shift when it finds it with this probability. */
export const POWER = 0.8;

/** n·m/(n + m): the size that two samples have together in a comparison. */
const effectiveSize = (n: number, m: number): number => (n * m) / (n + m);

/**
 * The smallest KS distance that a test at level `alpha` finds with the given power.
 *
 * The observed D is at least the difference at the place where the true distance Δ lies, which is normal around Δ with a
 * standard deviation of at most 0.5/√N, N = nm/(n + m). So Δ = critical D + z·0.5/√N is enough; a little less often is too.
 *
 * @param n values of one sample, `m` of the other
 * @returns a distance, over 1 when nothing can be seen at this size
 */
export const smallestVisibleKs = (n: number, m: number, alpha: number, power: number = POWER): number =>
  n === 0 || m === 0 ? Infinity : (kolmogorovIsf(alpha) + 0.5 * normalQuantile(power)) / Math.sqrt(effectiveSize(n, m));

/** From so many degrees of freedom on chi-square laws are taken as normal, which is right to a thousandth; the sums would take seconds. */
const NORMAL_FROM = 2000;

/** The λ at which dof + λ − z·√(2·dof + 4λ) reaches the critical value, z the quantile of the power. */
const normalNoncentrality = (critical: number, dof: number, power: number): number => {
  const z = normalQuantile(power);
  const excess = critical - dof;
  // with s = √(2·dof + 4λ): s²/4 − z·s − (excess + dof/2) = 0
  const s = 2 * (z + Math.sqrt(Math.max(0, z * z + excess + dof / 2)));
  return (s * s - 2 * dof) / 4;
};

/**
 * The smallest balanced Cramér's V that a chi-square test at level `alpha` finds with the given power: the noncentrality λ that
 * gives this power is about 4N·V², N = nm/(n + m).
 *
 * @param categories how many categories the two samples have together, at least 2
 * @returns a V, over 1 when nothing can be seen at this size
 * @see Cohen, Statistical Power Analysis for the Behavioral Sciences (1988), chapter 7
 */
export const smallestVisibleV = (n: number, m: number, categories: number, alpha: number, power: number = POWER): number => {
  if (n === 0 || m === 0 || alpha <= 0) return Infinity;
  const dof = Math.max(1, categories - 1);
  const critical = chiSquaredIsf(alpha, dof);
  if (dof >= NORMAL_FROM) return Math.sqrt(normalNoncentrality(critical, dof, power) / (4 * effectiveSize(n, m)));
  let low = 0;
  let high = critical + 10;
  while (noncentralChiSquaredSf(critical, dof, high) < power) high *= 2;
  while (high - low > 1e-9 * high) {
    const middle = (low + high) / 2;
    if (noncentralChiSquaredSf(critical, dof, middle) < power) low = middle;
    else high = middle;
  }
  return Math.sqrt(high / (4 * effectiveSize(n, m)));
};
