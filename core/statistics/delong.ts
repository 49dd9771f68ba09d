import { normalQuantile, normalTwoSided } from './distributions/normal.js';
import { sameLength } from './invalid.js';
import { scoresByClass } from './roc-auc.js';
import { undefinedBecause, type Undefined } from './undefined.js';

export interface AucEstimate {
  readonly auc: number;
  readonly variance: number;
  readonly standardError: number;
  /** normal interval, clipped to [0, 1] */
  readonly interval: readonly [number, number];
}

export interface DelongTest extends AucEstimate {
  readonly positives: number;
  readonly negatives: number;
}

export interface PairedDelongTest {
  readonly a: AucEstimate;
  readonly b: AucEstimate;
  readonly covariance: number;
  /** AUC of a minus AUC of b */
  readonly difference: number;
  readonly standardError: number;
  readonly interval: readonly [number, number];
  /** null when the variance of the difference is 0: then p is 1 for equal AUCs, else 0 */
  readonly z: number | null;
  /** two-sided */
  readonly pValue: number;
  readonly positives: number;
  readonly negatives: number;
}

/** Share of `sorted` below each value, ties counting half, in the order of the rows of one class. */
const placements = (labels: Uint8Array, scores: Float64Array, label: 0 | 1, sorted: Float64Array, rows: number): Float64Array => {
  const shares = new Float64Array(rows);
  const n = sorted.length;
  let row = 0;
  for (let i = 0; i < labels.length; i++) {
    if (labels[i] !== label) continue;
    const score = scores[i]!;
    let low = 0;
    let high = n;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (sorted[middle]! < score) low = middle + 1;
      else high = middle;
    }
    const below = low;
    high = n;
    if (low < n && sorted[low] === score) {
      while (low < high) {
        const middle = (low + high) >>> 1;
        if (sorted[middle]! <= score) low = middle + 1;
        else high = middle;
      }
    }
    shares[row++] = (below + low) / 2 / n;
  }
  return shares;
};

const mean = (values: Float64Array): number => {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]!;
  return sum / values.length;
};

/** Sample covariance (n − 1); of an array with itself, its variance to the last bit. */
const covarianceOf = (a: Float64Array, b: Float64Array): number => {
  const meanA = mean(a);
  const meanB = mean(b);
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i]! - meanA) * (b[i]! - meanB);
  return sum / (a.length - 1);
};

/** What the AUC of one model is made of. */
export interface AucComponents {
  readonly auc: number;
  /** share of negatives below each positive, in row order */
  readonly positives: Float64Array;
  /** share of positives below each negative: 1 − V₀₁, whose covariances are the same; in row order */
  readonly negatives: Float64Array;
}

/** @returns undefined with a reason when a class has fewer than two rows */
export const aucComponents = (labels: Uint8Array, scores: Float64Array): AucComponents | Undefined => {
  const { positives, negatives } = scoresByClass(labels, scores);
  if (positives.length === 0 || negatives.length === 0) return undefinedBecause('only one class is present');
  if (positives.length < 2 || negatives.length < 2) {
    return undefinedBecause('variance needs at least 2 positives and 2 negatives');
  }
  const ofPositives = placements(labels, scores, 1, negatives, positives.length);
  const ofNegatives = placements(labels, scores, 0, positives, negatives.length);
  return { auc: mean(ofPositives), positives: ofPositives, negatives: ofNegatives };
};

const clip = (x: number): number => Math.min(1, Math.max(0, x));

const covarianceOfAucs = (a: AucComponents, b: AucComponents): number =>
  covarianceOf(a.positives, b.positives) / a.positives.length + covarianceOf(a.negatives, b.negatives) / a.negatives.length;

const estimate = (components: AucComponents, z: number): AucEstimate => {
  const variance = covarianceOfAucs(components, components);
  const standardError = Math.sqrt(variance);
  const { auc } = components;
  return { auc, variance, standardError, interval: [clip(auc - z * standardError), clip(auc + z * standardError)] };
};

/**
 * ROC-AUC with DeLong's variance and interval, by placements (Sun & Xu's midrank form): O(n log n).
 *
 * @param labels 1 is the positive class, 0 the other
 * @param scores no NaN
 * @param alpha one minus the confidence level of the interval
 * @returns undefined with a reason when a class has fewer than two rows
 * @throws RekindleError STATISTIC_OPTIONS_INVALID when the lengths differ, or alpha lies outside (0, 1)
 * @see DeLong, DeLong & Clarke-Pearson (1988); Sun & Xu (2014)
 */
export const delong = (labels: Uint8Array, scores: Float64Array, alpha = 0.05): DelongTest | Undefined => {
  const components = aucComponents(labels, scores);
  if ('undefined' in components) return components;
  return {
    ...estimate(components, normalQuantile(1 - alpha / 2)),
    positives: components.positives.length,
    negatives: components.negatives.length,
  };
};

/**
 * Do two models have the same ROC-AUC? They must have scored the same rows: the shared noise cancels, so a much smaller
 * difference can be told than from two intervals. Rows are taken as independent.
 *
 * @param alpha one minus the confidence level of the intervals
 * @returns undefined with a reason when a class has fewer than two rows
 * @throws RekindleError STATISTIC_OPTIONS_INVALID when the lengths differ, or alpha lies outside (0, 1)
 * @see DeLong, DeLong & Clarke-Pearson (1988)
 */
export const pairedDelong = (
  labels: Uint8Array,
  scoresA: Float64Array,
  scoresB: Float64Array,
  alpha = 0.05,
): PairedDelongTest | Undefined => {
  sameLength('pairedDelong', { labels, 'scores of a': scoresA, 'scores of b': scoresB });
  const first = aucComponents(labels, scoresA);
  if ('undefined' in first) return first;
  const second = aucComponents(labels, scoresB);
  if ('undefined' in second) return second;
  const quantile = normalQuantile(1 - alpha / 2);
  const a = estimate(first, quantile);
  const b = estimate(second, quantile);
  const covariance = covarianceOfAucs(first, second);
  const difference = a.auc - b.auc;
  const variance = a.variance + b.variance - 2 * covariance;
  const standardError = Math.sqrt(Math.max(0, variance));
  const z = variance > 0 ? difference / standardError : null;
  return {
    a,
    b,
    covariance,
    difference,
    standardError,
    interval: [difference - quantile * standardError, difference + quantile * standardError],
    z,
    pValue: z === null ? (difference === 0 ? 1 : 0) : normalTwoSided(z),
    positives: first.positives.length,
    negatives: first.negatives.length,
  };
};
