/** How much of what the reference shows a window may show more often, by chance alone. */

/** Weights below this share of the largest add nothing to a sum of doubles. */
const NEGLIGIBLE = 1e-18;

/**
 * The count that a window of the reference's own distribution exceeds with a probability of at most `alpha`.
 *
 * It needs no assumption beyond exchangeable rows: of N reference rows and n of the window, all in one order by chance, the number of the
 * window's among those with a property that k of the reference's have is beta-binomial, BB(n; k + 1, N − k). With k = 1 it is also the
 * number of the window's values outside of the smallest and the largest of the reference (order statistics), whatever is measured.
 *
 * @param k rows of the reference with the property, 0 ≤ k < N
 * @param reference N, its rows
 * @param window n, rows of the window
 * @param alpha 0 to 1, both excluded
 * @returns rows of the window, 0 to n
 * @see Wilks, Determination of sample sizes for setting tolerance limits (1941)
 */
export const mostByChance = (k: number, reference: number, window: number, alpha: number): number => {
  const [a, b, n] = [k + 1, reference - k, window];
  if (n === 0) return 0;
  /** P(x + 1) / P(x) */
  const ratio = (x: number): number => (((n - x) / (x + 1)) * (a + x)) / (b + n - x - 1);
  const mode = Math.min(n, Math.max(0, Math.floor(((n + 1) * (a - 1)) / Math.max(1, a + b - 2))));
  let below = 0; // of all counts under the mode, in units of the mode's weight
  for (let x = mode, weight = 1; x > 0 && weight > NEGLIGIBLE; x--) {
    weight /= ratio(x - 1);
    below += weight;
  }
  const above: number[] = [1]; // of the mode and all counts over it
  for (let x = mode, weight = 1; x < n && weight > NEGLIGIBLE; x++) {
    weight *= ratio(x);
    above.push(weight);
  }
  const total = above.reduce((sum, weight) => sum + weight, below);
  let tail = 0;
  for (let i = above.length - 1; i > 0; i--) {
    tail += above[i]!;
    if (tail > alpha * total) return mode + i;
  }
  return mode;
};
