import { chiSquaredSf } from './distributions/chi-squared.js';
import { checkCounts, invalid } from './invalid.js';
import { undefinedBecause, type Undefined } from './undefined.js';

export interface ChiSquareTest {
  readonly statistic: number;
  readonly pValue: number;
  /** degrees of freedom, (rows − 1)(columns − 1) */
  readonly dof: number;
  /** counts that independence would give */
  readonly expected: readonly (readonly number[])[];
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

/**
 * Chi-square test of independence of a table of counts: do its rows share one distribution over the columns?
 *
 * @param table rows of equal length, counts ≥ 0; drop columns that are empty in every row first
 * @param options `correction`: at one degree of freedom, move each count half a unit towards its expectation (Yates), on by default
 * @returns undefined with a reason when a row or a column sums to zero
 * @throws RekindleError STATISTIC_OPTIONS_INVALID when rows differ in length or a count is negative
 * @see `scipy.stats.chi2_contingency`
 */
export const chiSquareTest = (
  table: readonly (readonly number[])[],
  options: { readonly correction?: boolean } = {},
): ChiSquareTest | Undefined => {
  const columns = table[0]?.length ?? 0;
  for (const row of table) {
    if (row.length !== columns) throw invalid(`chiSquareTest: a row of ${row.length} columns against one of ${columns}`);
    checkCounts('chiSquareTest', row);
  }
  const rowSums = table.map(sum);
  const columnSums = Array.from({ length: columns }, (_, j) => sum(table.map((row) => row[j]!)));
  if (columns === 0 || rowSums.includes(0) || columnSums.includes(0)) return undefinedBecause('a row or column sums to zero');
  const total = sum(rowSums);
  const expected = rowSums.map((row) => columnSums.map((column) => (row * column) / total));
  const dof = (table.length - 1) * (columns - 1);
  if (dof === 0) return { statistic: 0, pValue: 1, dof, expected };
  const shrink = dof === 1 && (options.correction ?? true) ? 0.5 : 0;
  let statistic = 0;
  table.forEach((row, i) =>
    row.forEach((count, j) => {
      const e = expected[i]![j]!;
      const difference = Math.abs(count - e);
      statistic += (difference - Math.min(shrink, difference)) ** 2 / e;
    }),
  );
  return { statistic, pValue: chiSquaredSf(statistic, dof), dof, expected };
};
