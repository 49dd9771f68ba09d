import { evidentlyShares, fillEmptyShares, type Column } from './evidently-bins.js';
import { psiOfShares } from './psi.js';
import { isUndefined, type Undefined } from './undefined.js';

export interface EvidentlyPsi {
  readonly score: number;
  readonly threshold: number;
  readonly drifted: boolean;
  /** how the bins were made; edges and shares only for `sturges_on_combined` */
  readonly binning: 'sturges_on_combined' | 'categories';
  readonly edges?: readonly number[];
  readonly referenceShares?: readonly number[];
  readonly currentShares?: readonly number[];
}

/**
 * PSI as Evidently 0.7 computes it, to compare reports with: equal-width bins over the pooled range, which one outlier can
 * stretch until they hide everything. Prefer `quantilePsi`.
 *
 * @param reference numbers (NaN missing) or categories (null missing); infinities are dropped
 * @param current likewise
 * @param options `integers`: the columns had an integer type; `threshold` 0.1, reached is drifted
 * @see evidently.legacy.calculations.stattests.psi
 */
export const evidentlyPsi = (
  reference: Column,
  current: Column,
  options: { readonly integers?: boolean; readonly threshold?: number } = {},
): EvidentlyPsi | Undefined => {
  const { threshold = 0.1 } = options;
  const shares = evidentlyShares(reference, current, options);
  if (isUndefined(shares)) return shares;
  const score = psiOfShares(fillEmptyShares(shares.reference), fillEmptyShares(shares.current));
  const { binning, edges } = shares;
  const answer = { score, threshold, drifted: score >= threshold, binning };
  return edges === undefined ? answer : { ...answer, edges, referenceShares: shares.reference, currentShares: shares.current };
};
