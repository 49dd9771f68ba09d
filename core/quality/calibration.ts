import { invalid, sameLength } from '../statistics/invalid.js';
import { scoresByClass } from '../statistics/roc-auc.js';

/** Rows whose probability falls into one bin of [0, 1]. */
export interface ReliabilityBin {
  readonly rows: number;
  /** mean probability */
  readonly predicted: number;
  /** share of positives */
  readonly observed: number;
}

interface WeighedBin extends ReliabilityBin {
  /** of its rows together; their number when rows are not weighted */
  readonly weight: number;
}

const binsOf = (labels: Uint8Array, scores: Float64Array, bins: number, weights?: Float64Array): WeighedBin[] => {
  sameLength('reliability', { labels, scores, weights });
  if (!(Number.isInteger(bins) && bins >= 1)) throw invalid(`reliability: a number of bins is a positive integer, not ${bins}`);
  const rows = new Float64Array(bins);
  const weight = new Float64Array(bins);
  const predicted = new Float64Array(bins);
  const observed = new Float64Array(bins);
  for (let i = 0; i < labels.length; i++) {
    const score = scores[i]!;
    if (!(score >= 0 && score <= 1)) throw invalid(`reliability: a probability lies in [0, 1], not ${score}`);
    const bin = Math.min(bins - 1, Math.floor(score * bins));
    const w = weights ? weights[i]! : 1;
    rows[bin]!++;
    weight[bin]! += w;
    predicted[bin]! += w * score;
    observed[bin]! += w * labels[i]!;
  }
  return Array.from(rows, (n, bin) => ({
    rows: n,
    weight: weight[bin]!,
    predicted: predicted[bin]! / weight[bin]!,
    observed: observed[bin]! / weight[bin]!,
  })).filter((bin) => bin.weight > 0);
};

/**
 * Reliability curve over bins of equal width; bins without rows (or without weight) are left out.
 *
 * @param labels 1 is the positive class, 0 the other
 * @param scores probabilities of the positive class; 1 belongs to the last bin
 * @param weights of rows, ≥ 0: means and shares are weighted, `rows` counts rows
 * @throws RekindleError STATISTIC_OPTIONS_INVALID for different lengths, no bins, or a score outside [0, 1]
 */
export const reliability = (labels: Uint8Array, scores: Float64Array, bins = 10, weights?: Float64Array): ReliabilityBin[] =>
  binsOf(labels, scores, bins, weights).map(({ rows, predicted, observed }) => ({ rows, predicted, observed }));

/**
 * Expected calibration error: mean distance between probability and share of positives over bins of equal width, weighted by rows.
 * 0 is calibrated.
 *
 * @returns null without rows or weight
 * @throws RekindleError STATISTIC_OPTIONS_INVALID as `reliability`
 * @see Naeini, Cooper & Hauskrecht (2015)
 */
export const expectedCalibrationError = (labels: Uint8Array, scores: Float64Array, bins = 10, weights?: Float64Array): number | null => {
  const filled = binsOf(labels, scores, bins, weights);
  const total = filled.reduce((sum, { weight }) => sum + weight, 0);
  if (total === 0) return null;
  return filled.reduce((sum, { weight, predicted, observed }) => sum + (weight / total) * Math.abs(predicted - observed), 0);
};

/** Where bins of equal count begin and end: the last takes the rest; fewer bins when there are not two rows for each. */
export const equalCountEdges = (rows: number, bins: number): readonly (readonly [number, number])[] => {
  const used = rows <= 2 * bins ? Math.floor(rows / 2) : bins;
  if (used < 2) return [];
  const width = Math.floor(rows / used);
  const count = Math.floor(rows / width);
  return Array.from({ length: count }, (_, i) => [i * width, i === count - 1 ? rows : (i + 1) * width] as const);
};

/**
 * Expected calibration error over bins of equal count: as above, but each bin says as much as any other, however the scores are spread.
 * Rows of one score that fall into two bins are shared out by their mean, so the order of rows does not matter.
 *
 * @param labels 1 is the positive class, 0 the other
 * @param scores probabilities of the positive class; rows without one (NaN) are left out
 * @returns null with fewer than four rows
 * @see NannyML, whose choice of bins this is; Nixon et al., Measuring Calibration in Deep Learning (2019)
 */
export const equalCountCalibrationError = (labels: Uint8Array, scores: Float64Array, bins = 10): number | null => {
  const { positives, negatives } = scoresByClass(labels, scores);
  const rows = positives.length + negatives.length;
  const edges = equalCountEdges(rows, bins);
  if (edges.length === 0) return null;
  let [p, n, row, bin, predicted, observed, error] = [0, 0, 0, 0, 0, 0, 0];
  while (row < rows) {
    const score = Math.min(positives[p] ?? Infinity, negatives[n] ?? Infinity);
    const [firstP, firstN] = [p, n];
    while (positives[p] === score) p++;
    while (negatives[n] === score) n++;
    const tied = p - firstP + n - firstN;
    const share = (p - firstP) / tied;
    for (let left = tied; left > 0;) {
      const taken = Math.min(left, edges[bin]![1] - row);
      predicted += taken * score;
      observed += taken * share;
      row += taken;
      left -= taken;
      if (row < edges[bin]![1]) continue;
      error += Math.abs(predicted - observed);
      [predicted, observed] = [0, 0];
      bin++;
    }
  }
  return error / rows;
};
