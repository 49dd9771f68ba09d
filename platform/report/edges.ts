/** Edges of the bins of a histogram. */

const BINS = 24;

/** Values on a grid are looked for only among so many; with more of them bins of any width look alike. */
const MOST_ON_A_GRID = 400;

/**
 * The step of a grid that all values lie on, such as 1 for whole numbers and 1/48 for half hours of a day: bins that hold now two and
 * now three grid points would draw a comb that the data do not have.
 *
 * @param distinct ascending
 * @returns null when they lie on none
 */
export const evenGrid = (distinct: readonly number[]): number | null => {
  if (distinct.length > MOST_ON_A_GRID) return distinct.every(Number.isSafeInteger) ? 1 : null;
  const gaps = distinct.slice(1).map((value, i) => value - distinct[i]!);
  const step = Math.min(...gaps);
  const onGrid = (gap: number): boolean => {
    const steps = gap / step;
    return steps < 1e6 && Math.abs(steps - Math.round(steps)) < 0.02;
  };
  return gaps.every(onGrid) ? step : null;
};

/** Bins of the same number of grid points each, with their edges halfway between two. */
export const gridEdges = ([low, high]: readonly [number, number], step: number): number[] => {
  const points = Math.round((high - low) / step) + 1;
  const width = Math.ceil(points / BINS);
  const bins = Math.ceil(points / width);
  return Array.from({ length: bins + 1 }, (_, i) => low + (i * width - 0.5) * step);
};

/** Bins of one width; a single point gets one on either side of it. */
export const plainEdges = ([low, high]: readonly [number, number]): number[] => {
  const nearest = Math.max(Math.abs(low), Math.abs(high), Number.MIN_VALUE / Number.EPSILON) * Number.EPSILON * BINS * 4;
  if (high - low <= nearest) {
    const margin = Math.max(nearest, Math.abs(low) / 100);
    return [low - margin, low, low + margin];
  }
  return Array.from({ length: BINS + 1 }, (_, i) => (i === BINS ? high : low + (high - low) * (i / BINS)));
};
