import { gammaln } from 'simple-statistics';
import { normalTwoSided } from './normal.js';

const TINY = 1e-300;

/** Regularised incomplete beta function Iₓ(a, b) by Lentz's evaluation of its continued fraction; converges fast for x < (a+1)/(a+b+2). */
const betaFraction = (x: number, a: number, b: number): number => {
  const front = Math.exp(gammaln(a + b) - gammaln(a) - gammaln(b) + a * Math.log(x) + b * Math.log1p(-x)) / a;
  let c = 1;
  let d = 1 - ((a + b) * x) / (a + 1);
  if (Math.abs(d) < TINY) d = TINY;
  d = 1 / d;
  let fraction = d;
  for (let m = 1; m < 10_000; m++) {
    const before = fraction;
    for (const numerator of [
      (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m)),
      (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1)),
    ]) {
      d = 1 + numerator * d;
      if (Math.abs(d) < TINY) d = TINY;
      c = 1 + numerator / c;
      if (Math.abs(c) < TINY) c = TINY;
      d = 1 / d;
      fraction *= c * d;
    }
    if (Math.abs(fraction - before) < 1e-16 * Math.abs(fraction)) break;
  }
  return front * fraction;
};

/** Above this many degrees of freedom t is normal to nine digits of p. */
const NORMAL_FROM = 1e9;

/** P(|T| ≥ |t|) of Student's t: the two-sided p-value. */
export const studentTwoSided = (t: number, dof: number): number => {
  if (!Number.isFinite(t)) return 0;
  if (dof >= NORMAL_FROM) return normalTwoSided(t);
  const x = dof / (dof + t * t);
  const [a, b] = [dof / 2, 0.5];
  // x is close to 1 near t = 0, where the other tail's fraction converges
  return x < (a + 1) / (a + b + 2) ? betaFraction(x, a, b) : 1 - betaFraction((t * t) / (dof + t * t), b, a);
};

/** The |t| that Student's t exceeds with probability `alpha`, both sides together, in (0, 1]. */
export const studentCritical = (alpha: number, dof: number): number => {
  if (alpha <= 0) return Infinity;
  let high = 2;
  while (studentTwoSided(high, dof) > alpha) high *= 2;
  let low = 0;
  for (;;) {
    const middle = (low + high) / 2;
    if (middle <= low || middle >= high) return middle;
    if (studentTwoSided(middle, dof) > alpha) low = middle;
    else high = middle;
  }
};
