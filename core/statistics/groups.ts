import { sortedValues } from './sort.js';

/** Rows that share a value, in the order of the values. */
export interface ValueGroups {
  /** the distinct values, ascending */
  readonly values: Float64Array;
  /** for each row, the position of its value in `values` */
  readonly groupOf: Uint32Array;
}

/** Position of the first of ascending `values` that is not below `value`. */
export const lowerBound = (values: ArrayLike<number>, value: number): number => {
  let low = 0;
  let high = values.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (values[middle]! < value) low = middle + 1;
    else high = middle;
  }
  return low;
};

/**
 * Groups rows by value. Sums per group then stand for a sort of the rows, whatever their order was, and ties cannot be broken by accident.
 *
 * @param column without NaN
 */
export const groupByValue = (column: Float64Array): ValueGroups => {
  const sorted = sortedValues(column);
  let distinct = 0;
  for (let i = 0; i < sorted.length; i++) if (i === 0 || sorted[i] !== sorted[distinct - 1]) sorted[distinct++] = sorted[i]!;
  const values = sorted.subarray(0, distinct);
  const groupOf = new Uint32Array(column.length);
  for (let i = 0; i < column.length; i++) groupOf[i] = lowerBound(values, column[i]!);
  return { values, groupOf };
};
