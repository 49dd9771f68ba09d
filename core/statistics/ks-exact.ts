import { gammaln } from 'simple-statistics';

/** `less`: the first sample's distribution function lies below the second's, that is, its values are larger. */
export type KsAlternative = 'two-sided' | 'less' | 'greater';

/** ln of the largest double */
const LOG_MAX = 709.782712893384;

/**
 * Equal sizes, two-sided: reflection series 2(A₀ − A₁ + …) in Horner form, Aₖ the share of paths that leave the strip k + 1 times.
 */
const outsideSquare = (n: number, h: number): number => {
  let p = 0;
  for (let k = Math.floor(n / h); k >= 0; k--) {
    let share = 1;
    for (let j = 0; j < h; j++) share = ((n - k * h - j) * share) / (n + k * h + j + 1);
    p = share * (1 - p);
  }
  return 2 * p;
};

/** Equal sizes, one-sided: the share of paths that cross one line is a ratio of two binomials. */
const outsideOneLine = (n: number, h: number): number => {
  let p = 1;
  for (let j = 0; j < h; j++) p *= (n - j) / (n + j + 1);
  return p;
};

/**
 * Unequal sizes: the share of all lattice paths from (0, 0) to (m, n) that leave the strip |nx − my| < h·g, or with `upper`
 * only its upper side (nx − my ≥ h·g). Column by column, a cell holds the share of paths to it that have already left: a
 * weighted mean of its two predecessors, 1 outside, so nothing is subtracted and nothing overflows.
 *
 * @param m the larger size
 * @param n the smaller size
 */
const outsideStrip = (m: number, n: number, g: number, h: number, upper: boolean): number => {
  const mg = m / g;
  const ng = n / g;
  // inside in column x: (ng·x − h)/mg < y, and y < (ng·x + h)/mg when both sides count
  let low = 0;
  let high = upper ? n + 1 : Math.min(Math.ceil(h / mg), n + 1);
  const shares = new Float64Array(n + 1).fill(1, high); // by y; what lies above `high` stays outside until the strip reaches it
  for (let x = 1; x <= m; x++) {
    low = Math.min(Math.max(Math.floor((ng * x - h) / mg) + 1, 0), n + 1);
    if (!upper) high = Math.min(Math.ceil((ng * x + h) / mg), n + 1);
    if (high <= low) return 1;
    let below = low === 0 ? 0 : 1;
    for (let y = low; y < high; y++) {
      below = (shares[y]! * x + below * y) / (x + y);
      shares[y] = below;
    }
  }
  return high > n && low <= n ? shares[n]! : 1;
};

/**
 * Share of the C(n1+n2, n1) equally likely orders of two samples whose distance is at least h / lcm(n1, n2).
 *
 * @param g greatest common divisor of the sizes
 * @param h distance in steps of 1/lcm
 * @returns null where scipy gives the count up: one-sided, unequal sizes, more orders than a double holds
 */
export const exactKs = (n1: number, n2: number, g: number, h: number, alternative: KsAlternative): number | null => {
  if (h === 0) return 1;
  const twoSided = alternative === 'two-sided';
  if (n1 === n2) return Math.min(1, twoSided ? outsideSquare(n1, h) : outsideOneLine(n1, h));
  const orders = gammaln(n1 + n2 + 1) - gammaln(n1 + 1) - gammaln(n2 + 1);
  if (!twoSided && orders > LOG_MAX) return null;
  return outsideStrip(Math.max(n1, n2), Math.min(n1, n2), g, h, !twoSided);
};
