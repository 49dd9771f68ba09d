/** Columns of unknown values, checked against the feature they are for. The hot path: no schema library, one loop per column. */
import type { CategoryColumn, NumberColumn } from '../../../core/frame.js';
import { invalid, shown } from './invalid.js';

/** Larger numbers would reach the model as infinity: it computes in float32. */
const FLOAT32_MAX = 3.4028234663852886e38;

/** V2 allows nested data: a row of shape [N,1] may come as `[x]`. */
const unnested = (value: unknown): unknown => (Array.isArray(value) && value.length === 1 ? value[0] : value);

/** The seldom cases of a number: missing, boolean, nested. @throws REQUEST_INVALID */
const otherNumber = (given: unknown, row: number, column: string): number => {
  const value = unnested(given);
  if (value === null) return NaN;
  if (typeof value === 'boolean') return Number(value);
  if (typeof value !== 'number') {
    if (value === undefined) throw invalid('the feature is missing', { row, column });
    throw invalid(`${shown(value)} is given, the model takes a number`, { row, column });
  }
  if (Math.abs(value) <= FLOAT32_MAX) return value;
  throw invalid(`${value} is too large for the model's float32`, { row, column });
};

/** null is missing. @throws REQUEST_INVALID naming the first row that is no number */
export const numberColumn = (column: string, data: readonly unknown[]): NumberColumn => {
  const values = new Float64Array(data.length);
  for (let row = 0; row < data.length; row += 1) {
    const value = data[row];
    values[row] = typeof value === 'number' && value <= FLOAT32_MAX && value >= -FLOAT32_MAX ? value : otherNumber(value, row, column);
  }
  return { type: 'number', values };
};

const otherCategory = (given: unknown, row: number, column: string): string | null => {
  const value = unnested(given);
  if (value === null || typeof value === 'string') return value;
  if (value === undefined) throw invalid('the feature is missing', { row, column });
  throw invalid(`${shown(value)} is given, the model takes a string`, { row, column });
};

/** null is missing, and so is the empty string: it is how a missing category reaches the model. @throws REQUEST_INVALID naming the first row that is no string */
export const categoryColumn = (column: string, data: readonly unknown[]): CategoryColumn => {
  const codes = new Int32Array(data.length);
  const categories: string[] = [];
  const codeOf = new Map<string, number>();
  for (let row = 0; row < data.length; row += 1) {
    const given = data[row];
    const value = typeof given === 'string' ? given : otherCategory(given, row, column);
    if (value === null || value === '') {
      codes[row] = -1;
      continue;
    }
    let code = codeOf.get(value);
    if (code === undefined) {
      code = categories.push(value) - 1;
      codeOf.set(value, code);
    }
    codes[row] = code;
  }
  return { type: 'category', codes, categories };
};
