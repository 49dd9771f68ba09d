import { completeRows } from '../statistics/complete-rows.js';
import { groupByValue, lowerBound } from '../statistics/groups.js';
import { sameLength } from '../statistics/invalid.js';
import { undefinedBecause, type Undefined } from '../statistics/undefined.js';

/** A rising step function, straight between its corners and flat beyond them. */
export interface Isotonic {
  /** ascending */
  readonly thresholds: readonly number[];
  /** the value at each, not falling */
  readonly values: readonly number[];
}

/**
 * Pools neighbours that fall until none does.
 *
 * @param x distinct, ascending
 * @param y mean of the rows at each x; overwritten
 * @param weight of those rows, > 0; overwritten
 * @see de Leeuw, Hornik & Mair, Isotone Optimization in R (2009); the order of operations is scipy's, and with it every digit
 */
export const poolViolators = (x: Float64Array, y: Float64Array, weight: Float64Array): Isotonic => {
  const n = x.length;
  const firstOf = new Uint32Array(n + 1);
  let block = 0;
  let value = y[0]!;
  let mass = weight[0]!;
  firstOf[1] = 1;
  for (let i = 1; i < n; i++) {
    block++;
    let nextValue = y[i]!;
    let nextMass = weight[i]!;
    if (value >= nextValue) {
      block--;
      let sum = mass * value + nextMass * nextValue;
      nextMass += mass;
      nextValue = sum / nextMass;
      while (i < n - 1 && nextValue >= y[i + 1]!) {
        i++;
        sum += weight[i]! * y[i]!;
        nextMass += weight[i]!;
        nextValue = sum / nextMass;
      }
      while (block > 0 && y[block - 1]! >= nextValue) {
        block--;
        sum += weight[block]! * y[block]!;
        nextMass += weight[block]!;
        nextValue = sum / nextMass;
      }
    }
    y[block] = value = nextValue;
    weight[block] = mass = nextMass;
    firstOf[block + 1] = i + 1;
  }
  const thresholds: number[] = [];
  const values: number[] = [];
  for (let b = 0; b <= block; b++) {
    const first = firstOf[b]!;
    const last = firstOf[b + 1]! - 1;
    thresholds.push(x[first]!);
    values.push(y[b]!);
    if (last === first) continue;
    thresholds.push(x[last]!);
    values.push(y[b]!);
  }
  return { thresholds, values };
};

/**
 * Isotonic regression: the function that never falls and lies closest to the points by weighted squares. With 0/1 outcomes it turns
 * scores into probabilities without any assumption but that more is more; a few hundred rows of the rarer class make it useful.
 *
 * @param x equal values are pooled first; a row in which x, y or weight is NaN is left out
 * @param y what to fit, one per x
 * @param weights of rows, ≥ 0; a row of weight 0 is left out
 * @returns undefined without rows
 * @throws RekindleError STATISTIC_OPTIONS_INVALID when the lengths differ
 * @see `sklearn.isotonic.IsotonicRegression(out_of_bounds='clip')`; Zadrozny & Elkan (2002)
 */
export const isotonicRegression = (x: Float64Array, y: Float64Array, weights?: Float64Array): Isotonic | Undefined => {
  sameLength('isotonicRegression', { x, y, weights });
  const [at, outcomes, masses] = completeRows(x, y, ...(weights ? [weights] : [])) as [Float64Array, Float64Array, Float64Array?];
  const { values, groupOf } = groupByValue(at);
  const sums = new Float64Array(values.length);
  const mass = new Float64Array(values.length);
  for (let i = 0; i < at.length; i++) {
    const weight = masses ? masses[i]! : 1;
    sums[groupOf[i]!]! += weight * outcomes[i]!;
    mass[groupOf[i]!]! += weight;
  }
  return isotonicOfGroups(values, sums, mass);
};

/**
 * The same from sums per distinct x.
 *
 * @param x distinct, ascending
 * @param sums weighted sum of y at each x
 * @param masses sum of weights there; where it is 0 the x is left out
 */
export const isotonicOfGroups = (x: Float64Array, sums: Float64Array, masses: Float64Array): Isotonic | Undefined => {
  const at = new Float64Array(x.length);
  const means = new Float64Array(x.length);
  const kept = new Float64Array(x.length);
  let n = 0;
  for (let group = 0; group < x.length; group++) {
    const mass = masses[group]!;
    if (!(mass > 0)) continue;
    at[n] = x[group]!;
    means[n] = sums[group]! / mass;
    kept[n++] = mass;
  }
  if (n === 0) return undefinedBecause('no rows');
  return poolViolators(at.subarray(0, n), means.subarray(0, n), kept.subarray(0, n));
};

/** The function at one x; NaN for NaN. */
const valueAt = ({ thresholds, values }: Isotonic, x: number): number => {
  if (Number.isNaN(x)) return NaN;
  const right = lowerBound(thresholds, x);
  if (right === thresholds.length) return values[right - 1]!;
  if (right === 0 || thresholds[right] === x) return values[right]!;
  const left = right - 1;
  const slope = (values[right]! - values[left]!) / (thresholds[right]! - thresholds[left]!);
  return slope * (x - thresholds[left]!) + values[left]!;
};

/** The function at every x. */
export const isotonicAt = (fit: Isotonic, x: Float64Array): Float64Array => x.map((value) => valueAt(fit, value));
