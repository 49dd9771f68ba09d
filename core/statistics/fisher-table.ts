import { checkWholeCounts, invalid } from './invalid.js';
import { undefinedBecause, type Undefined } from './undefined.js';

/** More tables than this with the same margins, or more rows, are not worth listing: chi-square serves then. */
const MOST_TABLES = 2_000_000;
const MOST_ROWS = 5_000;

/** Tables whose probabilities differ by less than this share are equally likely. */
const EQUALLY_LIKELY = 1e-7;

/** ln k! for k = 0 … n. */
const logFactorials = (n: number): Float64Array => {
  const logs = new Float64Array(n + 1);
  for (let k = 2; k <= n; k++) logs[k] = logs[k - 1]! + Math.log(k);
  return logs;
};

/** In how many ways the columns can give the first row its sum. */
const tablesWith = (columnSums: readonly number[], rowSum: number): number => {
  let ways = new Float64Array(rowSum + 1);
  ways[0] = 1;
  for (const column of columnSums) {
    const next = new Float64Array(rowSum + 1);
    for (let sum = 0; sum <= rowSum; sum++) {
      for (let taken = 0; taken <= Math.min(column, sum); taken++) next[sum]! += ways[sum - taken]!;
    }
    ways = next;
    if (Math.max(...ways) > MOST_TABLES) return Infinity;
  }
  return ways[rowSum]!;
};

/**
 * Fisher's exact test of two samples over any number of categories (Freeman–Halton): the probability, given the margins, of all tables
 * no likelier than this one. For windows too small for chi-square; `fisherExact` is the quick one for two categories.
 *
 * @param table counts per category of the reference, then of the current sample
 * @returns a p-value (1 when a side is empty or there is one category only); undefined for more than 5,000 rows or two million tables with the same margins
 * @throws RekindleError STATISTIC_OPTIONS_INVALID if the rows differ in length or a count is not an integer ≥ 0
 * @see Freeman & Halton (1951); R's `fisher.test`
 */
export const fisherExactTable = (table: readonly [readonly number[], readonly number[]]): number | Undefined => {
  const [first, second] = table;
  if (first.length !== second.length) throw invalid(`fisherExactTable: ${first.length} categories against ${second.length}`);
  checkWholeCounts('fisherExactTable', [...first, ...second]);
  const columns = first.map((count, j) => count + second[j]!);
  const rowSum = first.reduce((a, b) => a + b, 0);
  const total = columns.reduce((a, b) => a + b, 0);
  // room in the columns to the right, so that no branch ends without a table
  const after = columns.map((_, j) => columns.slice(j + 1).reduce((a, b) => a + b, 0));
  if (total > MOST_ROWS || tablesWith(columns, rowSum) > MOST_TABLES) {
    return undefinedBecause('too many tables share these margins: use the chi-square test');
  }
  const logs = logFactorials(total);
  const logWays = (column: number, taken: number): number => logs[column]! - logs[taken]! - logs[column - taken]!;
  const logAll = logWays(total, rowSum);
  const observed = first.reduce((sum, count, j) => sum + logWays(columns[j]!, count), 0) - logAll;
  let pValue = 0;
  const visit = (j: number, left: number, logLikelihood: number): void => {
    if (j === columns.length) {
      if (logLikelihood <= observed + EQUALLY_LIKELY) pValue += Math.exp(logLikelihood);
      return;
    }
    for (let taken = Math.max(0, left - after[j]!); taken <= Math.min(columns[j]!, left); taken++) {
      visit(j + 1, left - taken, logLikelihood + logWays(columns[j]!, taken));
    }
  };
  visit(0, rowSum, -logAll);
  return Math.min(1, pValue);
};
