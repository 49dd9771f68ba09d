/** Distances between a stored profile and live values: only the live side is read. */
import { countsBetween, splittingEdges } from '../statistics/psi-quantile.js';
import { psiOfCounts } from '../statistics/psi.js';
import { isUndefined } from '../statistics/undefined.js';
import { present } from './number-profile.js';
import type { NumberProfile } from './profile.js';

/**
 * KS distance between the profiled column and a sample, in one walk over both.
 *
 * @param sorted the sample, from `orderedValues`
 * @returns D, exact within `profile.bound`; null when a side has no value
 */
export const ksDistanceTo = (profile: NumberProfile, sorted: Float64Array): number | null => {
  const { values, cumulative } = profile;
  const n = present(profile);
  const m = sorted.length;
  if (n === 0 || m === 0) return null;
  let distance = 0;
  let i = 0;
  for (let j = 0; j < m;) {
    const value = sorted[j]!;
    while (i < values.length && values[i]! < value) i++;
    // the reference may rise between two values of the sample, so look on both sides of each of its steps
    distance = Math.max(distance, Math.abs((cumulative[i - 1] ?? 0) / n - j / m));
    if (values[i] === value) i++;
    while (j < m && sorted[j] === value) j++;
    distance = Math.max(distance, Math.abs((cumulative[i - 1] ?? 0) / n - j / m));
  }
  return distance;
};

/** How many profiled values are ≤ `value`, or < `value` when `strictly`. */
const countUpTo = ({ values, cumulative }: NumberProfile, value: number, strictly: boolean): number => {
  let [low, high] = [0, values.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (values[middle]! < value || (!strictly && values[middle] === value)) low = middle + 1;
    else high = middle;
  }
  return cumulative[low - 1] ?? 0;
};

/** The value at a rank from 0, as if the profiled values stood in a sorted array. */
const valueAt = ({ values, cumulative }: NumberProfile, rank: number): number => {
  let [low, high] = [0, values.length - 1];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (cumulative[middle]! > rank) high = middle;
    else low = middle + 1;
  }
  return values[low]!;
};

/** Quantile of the profiled column by linear interpolation, as `numpy.quantile`; exact when the profile is. */
export const profileQuantile = (profile: NumberProfile, share: number): number => {
  const rank = (present(profile) - 1) * share;
  const lower = valueAt(profile, Math.floor(rank));
  return lower + (rank - Math.floor(rank)) * (valueAt(profile, Math.ceil(rank)) - lower);
};

/**
 * PSI of a sample over the deciles of the profiled column.
 *
 * @param sorted the sample, from `orderedValues`
 * @returns null when a side has no value
 */
export const psiTo = (profile: NumberProfile, sorted: Float64Array, bins = 10): number | null => {
  const n = present(profile);
  if (n === 0 || sorted.length === 0) return null;
  const quantiles = Array.from({ length: bins - 1 }, (_, i) => profileQuantile(profile, (i + 1) / bins));
  const edges = splittingEdges(quantiles, profile.min!, profile.max!);
  const below = [...edges.map((edge) => countUpTo(profile, edge, true)), n];
  const reference = below.map((count, i) => count - (below[i - 1] ?? 0));
  const psi = psiOfCounts(reference, countsBetween(sorted, edges));
  return isUndefined(psi) ? null : psi;
};
