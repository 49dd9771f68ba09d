import { binEdges, histogram } from './binning.js';
import { ksDistance } from './ks.js';
import { sortedValues } from './sort.js';
import { isUndefined, undefinedBecause, type Undefined } from './undefined.js';
import { wassersteinOfSorted } from './wasserstein.js';

/** From this many reference values on NannyML looks at bins instead of values. */
const BINNED_FROM = 10_000;
const BINS = 10_000;

/** Running sum of the shares per bin of a sample that may reach beyond the edges. */
const cumulatedShares = (sorted: Float64Array, edges: Float64Array, start: number): Float64Array => {
  let sum = 0;
  return histogram(sorted, edges).map((count) => start + (sum += count / sorted.length));
};

const countWhere = (values: Float64Array, holds: (value: number) => boolean): number => {
  let count = 0;
  for (let i = 0; i < values.length; i++) if (holds(values[i]!)) count++;
  return count;
};

/**
 * ∫ F dx of a few values next to a border of the reference, NannyML's way: the border is added to them as one more value, and the area
 * is scaled by (their number + 1) / rows.
 */
const areaBeyond = (beyond: Float64Array, border: number, rows: number, above: boolean): { area: number; share: number } => {
  if (beyond.length === 0) return { area: 0, share: 0 };
  const values = Float64Array.of(...(above ? [border, ...beyond] : [...beyond, border]));
  const share = values.length / rows;
  let area = 0;
  for (let i = 0; i + 1 < values.length; i++) {
    const cdf = (i + 1) / values.length;
    area += (above ? 1 - cdf : cdf) * (values[i + 1]! - values[i]!);
  }
  return { area: area * share, share };
};

type Estimate = (a: Float64Array, b: Float64Array, edges: Float64Array) => number;

const estimated = (
  reference: Float64Array,
  current: Float64Array,
  exact: (a: Float64Array, b: Float64Array) => number,
  estimate: Estimate,
): number | Undefined => {
  const [a, b] = [sortedValues(reference), sortedValues(current)];
  if (a.length === 0 || b.length === 0) return undefinedBecause('no non-missing values');
  if (a.length < BINNED_FROM) return exact(a, b);
  const edges = binEdges(a, BINS);
  return isUndefined(edges) ? edges : estimate(a, b, edges);
};

/**
 * The KS statistic as NannyML 0.13 reports it: exact up to 9,999 reference values, then over 10,000 bins of equal width between the
 * smallest and the largest. One outlier in the reference blinds it (0.00005 where the distance is 0.38): only to compare reports with.
 *
 * @see nannyml.drift.univariate.methods.KolmogorovSmirnovStatistic
 */
export const nannymlKs = (reference: Float64Array, current: Float64Array): number | Undefined =>
  estimated(
    reference,
    current,
    (a, b) => ksDistance(a, b).statistic,
    (a, b, edges) => {
      const below = countWhere(b, (value) => value < edges[0]!) / b.length;
      const ofCurrent = cumulatedShares(b, edges, below);
      return cumulatedShares(a, edges, 0).reduce((largest, share, i) => Math.max(largest, Math.abs(share - ofCurrent[i]!)), 0);
    },
  );

/**
 * 1-Wasserstein as NannyML 0.13 reports it: exact up to 9,999 reference values, then estimated over 10,000 bins of equal width, with the
 * area outside the reference's range added. Only to compare reports with; `wasserstein` is exact at any size and quicker.
 *
 * @see nannyml.drift.univariate.methods.WassersteinDistance
 */
export const nannymlWasserstein = (reference: Float64Array, current: Float64Array): number | Undefined =>
  estimated(reference, current, wassersteinOfSorted, (a, b, edges) => {
    const [first, last] = [edges[0]!, edges[BINS]!];
    const below = areaBeyond(
      b.filter((value) => value < first),
      first,
      b.length,
      false,
    );
    const above = areaBeyond(
      b.filter((value) => value > last),
      last,
      b.length,
      true,
    );
    const ofCurrent = cumulatedShares(b, edges, below.share);
    const width = edges[1]! - first;
    const within = cumulatedShares(a, edges, 0).reduce((sum, share, i) => sum + Math.abs(share - ofCurrent[i]!) * width, 0);
    return within + below.area + above.area;
  });
