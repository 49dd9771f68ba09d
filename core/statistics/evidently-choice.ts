import { contingencyOfCounts, countCategories } from './contingency.js';
import { finiteSorted, type Column } from './evidently-bins.js';
import { evidentlyDistance } from './evidently.js';
import { goodnessOfFit } from './goodness-of-fit.js';
import { ksTest } from './ks.js';
import { twoProportionZ } from './two-proportion-z.js';
import { isUndefined, undefinedBecause, type Undefined } from './undefined.js';

/** Evidently's names of the tests that it chooses among. */
export type EvidentlyMethod = 'ks' | 'wasserstein' | 'chisquare' | 'z' | 'jensenshannon';

export interface EvidentlyVerdict {
  readonly method: EvidentlyMethod;
  /** as its reports print it */
  readonly displayName: string;
  /** a p-value for ks, chisquare and z; else a distance */
  readonly score: number;
  readonly threshold: number;
  readonly drifted: boolean;
  /** rows of the reference without missing and infinite values */
  readonly referenceRows: number;
  /** distinct values of both sides together */
  readonly distinct: number;
}

/** Up to this many rows of the reference Evidently tests for significance, above it measures a distance. */
const SMALL = 1000;

/** A numeric column with no more distinct values is treated as categories. */
const FEW_DISTINCT = 5;

const DISPLAY_NAMES: Readonly<Record<EvidentlyMethod, string>> = {
  ks: 'K-S p_value',
  wasserstein: 'Wasserstein distance (normed)',
  chisquare: 'chi-square p_value',
  z: 'Z-test p_value',
  jensenshannon: 'Jensen-Shannon distance',
};

/**
 * The test that Evidently takes for a column when none is asked for.
 *
 * @param numeric whether the column is one of numbers
 * @param referenceRows without missing values
 * @param distinct values of both sides together
 * @see evidently.legacy.calculations.stattests.registry
 */
export const evidentlyMethod = (numeric: boolean, referenceRows: number, distinct: number): EvidentlyMethod => {
  const few = !numeric || distinct <= FEW_DISTINCT;
  if (referenceRows > SMALL) return few ? 'jensenshannon' : 'wasserstein';
  if (!few) return 'ks';
  return distinct > 2 ? 'chisquare' : 'z';
};

const categoriesOf = (column: Column): (string | null)[] =>
  column instanceof Float64Array ? Array.from(column, (value) => (Number.isFinite(value) ? String(value) : null)) : [...column];

const present = (column: Column, numeric: boolean): Float64Array | readonly string[] =>
  numeric ? finiteSorted(column as Float64Array) : categoriesOf(column).filter((value) => value !== null);

/** p-value of the tests that count categories. */
const countedPValue = (method: 'chisquare' | 'z', reference: Column, current: Column): number | Undefined => {
  const [a, b] = contingencyOfCounts(countCategories(categoriesOf(reference)), countCategories(categoriesOf(current))).table;
  const total = (row: readonly number[]): number => row.reduce((sum, count) => sum + count, 0);
  const notFirst = (row: readonly number[]): number => total(row.slice(1));
  const test = method === 'z' ? twoProportionZ(notFirst(a), total(a), notFirst(b), total(b)) : goodnessOfFit(a, b);
  return isUndefined(test) ? test : test.pValue;
};

/**
 * What Evidently 0.7 says of a column by default, with the test that it chooses by size and type: for comparing reports, and for teams
 * that move. The choice makes a verdict depend on the number of rows: from row 1001 on, significance no longer matters, and at 5000 rows
 * against 50 it calls 97.5 % of unchanged columns drifted. Our own verdicts ask for effect and significance together (`rekindle drift`).
 *
 * @param reference numbers (NaN missing) or categories (null missing); infinities are dropped
 * @param current   likewise
 */
export const evidentlyVerdict = (reference: Column, current: Column): EvidentlyVerdict | Undefined => {
  const numeric = reference instanceof Float64Array && current instanceof Float64Array;
  const [a, b] = [present(reference, numeric), present(current, numeric)];
  if (a.length === 0 || b.length === 0) return undefinedBecause('empty after missing and infinite values are dropped');
  const referenceRows = a.length;
  const distinct = new Set<string | number>([...a, ...b]).size;
  const method = evidentlyMethod(numeric, referenceRows, distinct);
  const answer = (score: number, threshold: number, drifted: boolean): EvidentlyVerdict => ({
    method,
    displayName: DISPLAY_NAMES[method],
    score,
    threshold,
    drifted,
    referenceRows,
    distinct,
  });
  switch (method) {
    case 'ks': {
      const test = ksTest(a as Float64Array, b as Float64Array);
      return isUndefined(test) ? test : answer(test.pValue, 0.05, test.pValue <= 0.05);
    }
    case 'chisquare':
    case 'z': {
      const pValue = countedPValue(method, reference, current);
      return isUndefined(pValue) ? pValue : answer(pValue, 0.05, pValue < 0.05);
    }
    case 'wasserstein':
    case 'jensenshannon': {
      const distance = evidentlyDistance(method, reference, current);
      return isUndefined(distance) ? distance : answer(distance.score, distance.threshold, distance.drifted);
    }
  }
};
