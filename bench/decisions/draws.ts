/** Seeded draws from the distributions of the tables. */
import { mulberry32 } from '../../core/statistics/random.js';

export interface Draws {
  /** in (0, 1) */
  readonly uniform: () => number;
  readonly normal: () => number;
}

export const drawsFrom = (seed: number): Draws => {
  const next = mulberry32(seed);
  const uniform = (): number => next() + 2 ** -33; // never 0: logarithms are taken of it
  let spare: number | null = null;
  return {
    uniform,
    normal: () => {
      if (spare !== null) {
        const value = spare;
        spare = null;
        return value;
      }
      const radius = Math.sqrt(-2 * Math.log(uniform()));
      const angle = 2 * Math.PI * uniform();
      spare = radius * Math.sin(angle);
      return radius * Math.cos(angle);
    },
  };
};

/** Zipf's law over `levels` categories, as shares that add up from the most frequent one. */
export const zipf = (levels: number): Float64Array => {
  const shares = Float64Array.from({ length: levels }, (_, i) => 1 / (i + 1));
  const total = shares.reduce((sum, share) => sum + share, 0);
  let below = 0;
  return shares.map((share) => (below += share / total));
};

/** The category into which a uniform number falls. */
export const levelOf = (cumulative: Float64Array, u: number): number => {
  let [low, high] = [0, cumulative.length - 1];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (cumulative[middle]! > u) high = middle;
    else low = middle + 1;
  }
  return low;
};
