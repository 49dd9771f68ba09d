import { chiSquareTest } from './chi-square.js';
import { sameLength } from './invalid.js';
import { isUndefined, undefinedBecause, type Undefined } from './undefined.js';

/**
 * Cramér's V: how strongly the rows and columns of a table of counts depend on each other, √(χ²/n / min(rows − 1, columns − 1)),
 * χ² without Yates' correction.
 *
 * @returns 0 (independent) to 1 (one determines the other); undefined for a single row or column, or an empty one
 * @throws RekindleError STATISTIC_OPTIONS_INVALID when rows differ in length or a count is negative
 * @see Cramér, Mathematical Methods of Statistics (1946)
 */
export const cramersV = (table: readonly (readonly number[])[]): number | Undefined => {
  const test = chiSquareTest(table, { correction: false });
  if (isUndefined(test)) return test;
  const degrees = Math.min(table.length, table[0]!.length) - 1;
  if (degrees === 0) return undefinedBecause('a table with one row or one column has no association to measure');
  const n = table.flat().reduce((total, count) => total + count, 0);
  return Math.sqrt(test.statistic / n / degrees);
};

/**
 * Cramér's V of two samples as if both had the same size: √(½ Σ (p − q)²/(p + q)) over their shares p and q.
 *
 * Plain V shrinks as the sizes grow apart: a share that goes from 0.5 to 0.9 reads 0.44 against a reference of equal size, and
 * 0.11 against one fifty times as large. No threshold could hold for both. This one depends on the shares alone.
 * For a column of two balanced levels it equals, to first order, the change of a share, as KS D does for a number.
 *
 * @param reference counts per category
 * @param current   counts of the same categories
 * @returns 0 (same shares) to 1 (nothing in common); undefined when a side is empty
 * @throws RekindleError STATISTIC_OPTIONS_INVALID when the numbers of categories differ
 */
export const balancedCramersV = (reference: ArrayLike<number>, current: ArrayLike<number>): number | Undefined => {
  sameLength('balancedCramersV', { 'reference categories': reference, 'current categories': current });
  let n = 0;
  let m = 0;
  for (let i = 0; i < reference.length; i++) {
    n += reference[i]!;
    m += current[i]!;
  }
  if (n === 0 || m === 0) return undefinedBecause('a side has no observations');
  let sum = 0;
  for (let i = 0; i < reference.length; i++) {
    const p = reference[i]! / n;
    const q = current[i]! / m;
    if (p !== q) sum += (p - q) ** 2 / (p + q);
  }
  return Math.min(1, Math.sqrt(sum / 2));
};
