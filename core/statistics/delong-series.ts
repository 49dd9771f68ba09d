import { aucComponents, type AucComponents } from './delong.js';
import { studentCritical, studentTwoSided } from './distributions/student-t.js';
import { sameLength } from './invalid.js';
import { sumVariance } from './long-run-variance.js';
import type { Undefined } from './undefined.js';

export interface SeriesDelongTest {
  /** AUC of a minus AUC of b */
  readonly difference: number;
  readonly standardError: number;
  readonly interval: readonly [number, number];
  /** null when the variance of the difference is 0: then p is 1 for equal AUCs, else 0 */
  readonly t: number | null;
  readonly dof: number;
  /** two-sided */
  readonly pValue: number;
}

/** How much each row moves the difference of the AUCs: its placement among the other class, against the mean placement. */
const influence = (labels: Uint8Array, a: AucComponents, b: AucComponents): Float64Array => {
  const difference = a.auc - b.auc;
  let positive = 0;
  let negative = 0;
  return Float64Array.from(labels, (label) => {
    if (label === 1) {
      const moved = a.positives[positive]! - b.positives[positive]! - difference;
      positive++;
      return moved / a.positives.length;
    }
    // these components count the positives below, so a high one speaks against the model
    const moved = b.negatives[negative]! - a.negatives[negative]! - difference;
    negative++;
    return moved / a.negatives.length;
  });
};

/**
 * DeLong's paired test for rows in time order. The plain test takes rows as independent; in a stream, where an hour resembles the next,
 * that made a chance difference look certain (on half-hourly market data its standard error was less than half of the true one). Here
 * the same per-row components are summed with their autocorrelation and compared with Student's t.
 *
 * @param labels 1 is the positive class, 0 the other; rows in time order
 * @param alpha one minus the confidence level of the interval
 * @returns undefined with a reason when a class has fewer than two rows
 * @see `pairedDelong` for independent rows; `sumVariance` for the variance
 */
export const pairedDelongSeries = (
  labels: Uint8Array,
  scoresA: Float64Array,
  scoresB: Float64Array,
  alpha = 0.05,
): SeriesDelongTest | Undefined => {
  sameLength('pairedDelongSeries', { labels, 'scores of a': scoresA, 'scores of b': scoresB });
  const a = aucComponents(labels, scoresA);
  if ('undefined' in a) return a;
  const b = aucComponents(labels, scoresB);
  if ('undefined' in b) return b;
  const difference = a.auc - b.auc;
  const { variance, dof } = sumVariance(influence(labels, a, b));
  const standardError = Math.sqrt(variance);
  const half = variance === 0 ? 0 : studentCritical(alpha, dof) * standardError;
  const t = variance === 0 ? null : difference / standardError;
  return {
    difference,
    standardError,
    interval: [difference - half, difference + half],
    t,
    dof,
    pValue: t === null ? (difference === 0 ? 1 : 0) : studentTwoSided(t, dof),
  };
};
