import { chiSquaredIsf } from './distributions/chi-squared.js';
import { invalid } from './invalid.js';
import { undefinedBecause, type Undefined } from './undefined.js';

/** Siddiqi's bands: under 0.1 none, under 0.25 moderate, else significant. They ignore n: see `criticalPsi`. */
export type PsiLevel = 'none' | 'moderate' | 'significant';

export const psiLevel = (psi: number): PsiLevel => (psi < 0.1 ? 'none' : psi < 0.25 ? 'moderate' : 'significant');

/**
 * Population stability index of two sets of shares: Σ (c − r) ln(c/r).
 *
 * @param reference share of rows per bin, each > 0
 * @param current   share of rows in the same bins, each > 0
 * @returns PSI in nats, ≥ 0
 * @throws RekindleError STATISTIC_OPTIONS_INVALID if the numbers of bins differ
 * @see Siddiqi, Credit Risk Scorecards (2006)
 */
export const psiOfShares = (reference: ArrayLike<number>, current: ArrayLike<number>): number => {
  if (reference.length !== current.length) {
    throw invalid(`psi: ${reference.length} reference bins against ${current.length} current bins`);
  }
  let psi = 0;
  for (let i = 0; i < reference.length; i++) psi += (current[i]! - reference[i]!) * Math.log(current[i]! / reference[i]!);
  return psi;
};

/** Share under which a bin counts as this full, so that an empty bin does not make the index infinite. */
export const PSI_FLOOR = 1e-4;

const total = (counts: ArrayLike<number>): number => {
  let sum = 0;
  for (let i = 0; i < counts.length; i++) sum += counts[i]!;
  return sum;
};

const flooredShares = (counts: ArrayLike<number>, rows: number, floor: number): Float64Array =>
  Float64Array.from(counts, (count) => Math.max(count / rows, floor));

/**
 * PSI of two sets of counts over the same bins; shares under `floor` are lifted to it, without renormalising.
 *
 * @throws RekindleError STATISTIC_OPTIONS_INVALID if the numbers of bins differ
 */
export const psiOfCounts = (reference: ArrayLike<number>, current: ArrayLike<number>, floor: number = PSI_FLOOR): number | Undefined => {
  const n = total(reference);
  const m = total(current);
  if (n === 0 || m === 0) return undefinedBecause('a side has no observations');
  return psiOfShares(flooredShares(reference, n, floor), flooredShares(current, m, floor));
};

/**
 * The PSI that two samples of one distribution exceed with probability `alpha`: PSI ≈ (1/n + 1/m) χ²(bins − 1).
 * 0.034 for ten bins at n = m = 1000, but 0.34 at 100: the fixed bands cry wolf on small windows.
 *
 * @see Yurdakul & Naranjo, Statistical properties of the population stability index (2020)
 */
export const criticalPsi = (bins: number, referenceRows: number, currentRows: number, alpha = 0.05): number =>
  (1 / referenceRows + 1 / currentRows) * chiSquaredIsf(alpha, bins - 1);
