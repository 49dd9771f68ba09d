import { scoresByClass } from '../statistics/roc-auc.js';

/** Rows whose probability falls into one bin of [0, 1]. */
export interface ReliabilityBin {
  readonly rows: number;
  /** mean probability */
  readonly predicted: number;
  /** share of positives */
  readonly observed: number;
}

/**
 * Reliability curve over bins of equal width; bins without rows are left out.
 *
 * @param labels 1 is the positive class, 0 the other
 * @param scores probabilities of the positive class; 1 belongs to the last bin
 */
export const reliability = (labels: Uint8Array, scores: Float64Array, bins = 10): ReliabilityBin[] => {
  const rows = new Float64Array(bins);
  const predicted = new Float64Array(bins);
  const observed = new Float64Array(bins);
  for (let i = 0; i < labels.length; i++) {
    const bin = Math.min(bins - 1, Math.floor(scores[i]! * bins));
    rows[bin]!++;
    predicted[bin]! += scores[i]!;
    observed[bin]! += labels[i]!;
  }
  return Array.from(rows, (n, bin) => ({ rows: n, predicted: predicted[bin]! / n, observed: observed[bin]! / n })).filter(
    (bin) => bin.rows > 0,
  );
};

/**
 * Expected calibration error: mean distance between probability and share of positives over bins of equal width, weighted by rows.
 * 0 is calibrated.
 *
 * @returns null without rows
 * @see Naeini, Cooper & Hauskrecht (2015)
 */
export const expectedCalibrationError = (labels: Uint8Array, scores: Float64Array, bins = 10): number | null => {
  if (labels.length === 0) return null;
  return reliability(labels, scores, bins).reduce(
    (sum, bin) => sum + (bin.rows / labels.length) * Math.abs(bin.predicted - bin.observed),
    0,
  );
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
