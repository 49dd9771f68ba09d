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
