import { gammaUpper } from './gamma.js';

/** P(X > x) of the chi-square distribution; with 0 degrees of freedom X is always 0. */
export const chiSquaredSf = (x: number, dof: number): number => (dof === 0 || x <= 0 ? 1 : gammaUpper(dof / 2, x / 2));

/**
 * The x that a chi-square variable exceeds with the given probability: a critical value. Infinite at probability 0.
 *
 * @param probability in [0, 1]
 * @param dof degrees of freedom, > 0
 */
export const chiSquaredIsf = (probability: number, dof: number): number => {
  if (probability <= 0) return Infinity;
  let high = dof + 10;
  while (chiSquaredSf(high, dof) > probability) high *= 2;
  let low = 0;
  // bisection to the last bit: monotone, no derivative, about sixty cheap steps
  for (;;) {
    const middle = (low + high) / 2;
    if (middle <= low || middle >= high) return middle;
    if (chiSquaredSf(middle, dof) > probability) low = middle;
    else high = middle;
  }
};

/**
 * P(X > x) of the noncentral chi-square distribution: a Poisson(λ/2) mixture of central ones. Gives the power of a
 * chi-square test when the shift is real.
 *
 * @param noncentrality λ ≥ 0
 */
export const noncentralChiSquaredSf = (x: number, dof: number, noncentrality: number): number => {
  const mean = noncentrality / 2;
  if (mean === 0) return chiSquaredSf(x, dof);
  // start at the heaviest Poisson weight and walk both ways until the weights no longer matter
  const mode = Math.floor(mean);
  let logWeight = -mean + mode * Math.log(mean);
  for (let j = 2; j <= mode; j++) logWeight -= Math.log(j);
  const top = Math.exp(logWeight);
  let sum = top * chiSquaredSf(x, dof + 2 * mode);
  for (let j = mode + 1, weight = top; ; j++) {
    weight *= mean / j;
    if (weight < 1e-17) break;
    sum += weight * chiSquaredSf(x, dof + 2 * j);
  }
  for (let j = mode, weight = top; j > 0; j--) {
    weight *= j / mean;
    if (weight < 1e-17) break;
    sum += weight * chiSquaredSf(x, dof + 2 * (j - 1));
  }
  return Math.min(1, sum);
};
