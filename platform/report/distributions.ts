/** Counts to draw: the two sides of a column over the same bins, or over the same categories. */
import { present } from '../../core/profile/number-profile.js';
import { profileQuantile } from '../../core/profile/compare.js';
import type { CategoryProfile, NumberProfile, Profile } from '../../core/profile/profile.js';
import { evenGrid, gridEdges, plainEdges } from './edges.js';
import { numberText } from './text.js';

export interface SideSummary {
  /** values that are not missing */
  readonly present: number;
  readonly min: number;
  readonly median: number;
  readonly max: number;
}

export interface Histogram {
  readonly type: 'number';
  /** ascending; bin i is from edge i, inclusive, to edge i + 1, exclusive but for the last */
  readonly edges: readonly number[];
  readonly reference: readonly number[];
  readonly current: readonly number[];
  /** null for a side without a value */
  readonly summary: { readonly reference: SideSummary | null; readonly current: SideSummary | null };
}

export interface CategoryCounts {
  readonly type: 'category';
  readonly labels: readonly string[];
  readonly reference: readonly number[];
  readonly current: readonly number[];
  /** how many categories the last label stands for, 0 when each has its own */
  readonly others: number;
}

export type Distribution = Histogram | CategoryCounts;

/** So many different numbers at most are drawn as bars of their own. */
const FEW_VALUES = 12;
const MOST_CATEGORIES = 12;

const summaryOf = (profile: NumberProfile): SideSummary | null => {
  const { min, max } = profile;
  return min === null || max === null ? null : { present: present(profile), min, median: profileQuantile(profile, 0.5), max };
};

/** How many values are < `edge`, or ≤ it when `inclusive`. */
const countBelow = ({ values, cumulative }: NumberProfile, edge: number, inclusive: boolean): number => {
  let [low, high] = [0, values.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (values[middle]! < edge || (inclusive && values[middle] === edge)) low = middle + 1;
    else high = middle;
  }
  return cumulative[low - 1] ?? 0;
};

const binned = (profile: NumberProfile, edges: readonly number[]): number[] => {
  const below = edges.map((edge, i) => countBelow(profile, edge, i === edges.length - 1));
  return below.slice(1).map((count, i) => count - below[i]!);
};

const valueCounts = ({ values, cumulative }: NumberProfile): Map<number, number> =>
  new Map(values.map((value, i) => [value, cumulative[i]! - (cumulative[i - 1] ?? 0)]));

const fewValues = (reference: NumberProfile, current: NumberProfile, values: readonly number[]): CategoryCounts => {
  const [left, right] = [valueCounts(reference), valueCounts(current)];
  return {
    type: 'category',
    labels: values.map(numberText),
    reference: values.map((value) => left.get(value) ?? 0),
    current: values.map((value) => right.get(value) ?? 0),
    others: 0,
  };
};

const distinctOf = (a: NumberProfile, b: NumberProfile): number[] => [...new Set([...a.values, ...b.values])].sort((x, y) => x - y);

const ofNumbers = (reference: NumberProfile, current: NumberProfile): Distribution | null => {
  const all = distinctOf(reference, current);
  if (all.length === 0) return null;
  if (all.length <= FEW_VALUES) return fewValues(reference, current, all);
  const sides = [drawable(reference), drawable(current)] as const;
  const distinct = distinctOf(...sides);
  const [low, high] = drawnRange(...sides);
  const step = evenGrid(distinct);
  const edges =
    step === null
      ? plainEdges([low, high])
      : gridEdges([distinct.find((value) => value >= low)!, distinct.findLast((value) => value <= high)!], step);
  return {
    type: 'number',
    edges,
    reference: binned(reference, edges),
    current: binned(current, edges),
    summary: { reference: summaryOf(reference), current: summaryOf(current) },
  };
};

/** Farther out no difference of two values is finite; infinities, which a profile keeps as the largest doubles, are there too. */
const DRAWABLE = Number.MAX_VALUE / 4;

/** The values that an axis can show. */
const drawable = (profile: NumberProfile): NumberProfile => {
  const { values, cumulative } = profile;
  const from = values.findIndex((value) => value >= -DRAWABLE);
  const to = values.findLastIndex((value) => value <= DRAWABLE) + 1;
  if (from <= 0 && to === values.length) return profile;
  if (from < 0 || to <= from) return { ...profile, values: [], cumulative: [], missing: profile.rows };
  const below = cumulative[from - 1] ?? 0;
  const kept = cumulative.slice(from, to).map((count) => count - below);
  return { ...profile, values: values.slice(from, to), cumulative: kept, missing: profile.rows - kept.at(-1)! };
};

/** Between which values the middle of either side lies, without a `tail` at both ends. */
const middle = (sides: readonly NumberProfile[], tail: number): [number, number] => [
  Math.min(...sides.map((side) => profileQuantile(side, tail))),
  Math.max(...sides.map((side) => profileQuantile(side, 1 - tail))),
];

/** Shares of the values left out at either end, the first that will do. */
const TAILS = [0.005, 0.025, 0.05, 0.1] as const;

/**
 * What is drawn of the axis: the middle 99 % of either side, so that one outlier does not press all the others into one bin. Where
 * long tails would still do that, less of them.
 */
const drawnRange = (reference: NumberProfile, current: NumberProfile): [number, number] => {
  const sides = [reference, current].filter((side) => present(side) > 0);
  const spread = Math.max(...sides.map((side) => profileQuantile(side, 0.9) - profileQuantile(side, 0.1)));
  const ranges = TAILS.map((tail) => middle(sides, tail));
  return ranges.find(([low, high]) => high - low <= 4 * spread) ?? ranges.at(-1)!;
};

const total = (counts: readonly number[]): number => counts.reduce((sum, count) => sum + count, 0);

const ofCategories = (reference: CategoryProfile, current: CategoryProfile): CategoryCounts | null => {
  const [left, right] = [new Map(Object.entries(reference.counts)), new Map(Object.entries(current.counts))];
  const [n, m] = [Math.max(1, total([...left.values()])), Math.max(1, total([...right.values()]))];
  const weight = (label: string): number => Math.max((left.get(label) ?? 0) / n, (right.get(label) ?? 0) / m);
  const labels = [...new Set([...left.keys(), ...right.keys()])]
    .map((label) => ({ label, weight: weight(label) }))
    .sort((a, b) => b.weight - a.weight || (a.label < b.label ? -1 : 1))
    .map(({ label }) => label);
  if (labels.length === 0) return null;
  const shown = labels.length > MOST_CATEGORIES ? labels.slice(0, MOST_CATEGORIES - 1) : labels;
  const rest = labels.slice(shown.length);
  const counts = (side: ReadonlyMap<string, number>): number[] => [
    ...shown.map((label) => side.get(label) ?? 0),
    ...(rest.length > 0 ? [total(rest.map((label) => side.get(label) ?? 0))] : []),
  ];
  return {
    type: 'category',
    labels: rest.length > 0 ? [...shown, `${rest.length} others`] : shown,
    reference: counts(left),
    current: counts(right),
    others: rest.length,
  };
};

/**
 * What to draw of each column that both sides have with the same type.
 *
 * @param reference stored profile
 * @param current profile of the rows that were compared with it
 */
export const distributionsOf = (
  reference: Pick<Profile, 'columns'>,
  current: Pick<Profile, 'columns'>,
): ReadonlyMap<string, Distribution> => {
  const others = new Map(Object.entries(current.columns));
  const drawn = new Map<string, Distribution>();
  for (const [name, left] of Object.entries(reference.columns)) {
    const right = others.get(name);
    let distribution: Distribution | null = null;
    if (left.type === 'number' && right?.type === 'number') distribution = ofNumbers(left, right);
    if (left.type === 'category' && right?.type === 'category') distribution = ofCategories(left, right);
    if (distribution) drawn.set(name, distribution);
  }
  return drawn;
};
