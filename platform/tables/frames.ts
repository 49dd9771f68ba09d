/** Results of DuckDB as columns of typed arrays, chunk by chunk: no row objects. */
import type { DuckDBDataChunk, DuckDBMaterializedResult, DuckDBResult } from '@duckdb/node-api';
import type { Column, Frame } from '../../core/frame.js';
import type { FeatureType } from '../../core/lifecycle/signature.js';
import { identifier } from './sql.js';

/** Worker threads see shared memory without a copy, and the caller keeps what it has. */
const numbers = (rows: number): Float64Array => new Float64Array(new SharedArrayBuffer(rows * Float64Array.BYTES_PER_ELEMENT));
const codes = (rows: number): Int32Array => new Int32Array(new SharedArrayBuffer(rows * Int32Array.BYTES_PER_ELEMENT));

interface Filling {
  readonly column: Column;
  take(chunk: DuckDBDataChunk, index: number, offset: number): void;
}

const numberFilling = (rows: number): Filling => {
  const values = numbers(rows);
  return {
    column: { type: 'number', values },
    take(chunk, index, offset) {
      const vector = chunk.getColumnVector(index);
      const { itemCount } = vector; // a chunk asks the library each time
      for (let row = 0; row < itemCount; row++) values[offset + row] = (vector.getItem(row) as number | null) ?? Number.NaN;
    },
  };
};

const categoryFilling = (rows: number): Filling => {
  const categories: string[] = [];
  const known = new Map<string, number>();
  const all = codes(rows);
  const codeOf = (value: string | null): number => {
    if (value === null) return -1;
    const code = known.get(value) ?? categories.push(value) - 1;
    if (code === known.size) known.set(value, code);
    return code;
  };
  return {
    column: { type: 'category', codes: all, categories },
    take(chunk, index, offset) {
      const vector = chunk.getColumnVector(index);
      const { itemCount } = vector;
      for (let row = 0; row < itemCount; row++) all[offset + row] = codeOf(vector.getItem(row) as string | null);
    },
  };
};

/** The select list that {@link frameOf} expects: DOUBLE for numbers, VARCHAR for categories. */
export const selectList = (columns: Readonly<Record<string, FeatureType>>): string =>
  Object.entries(columns)
    .map(([name, type]) => `CAST(${identifier(name)} AS ${type === 'number' ? 'DOUBLE' : 'VARCHAR'})`)
    .join(', ');

/**
 * Takes the columns of a result, chunk by chunk.
 *
 * @param result DOUBLE for each number, VARCHAR for each category, in the order of `columns`
 * @param rows that it has
 */
export const fillFrame = async (result: DuckDBResult, columns: Readonly<Record<string, FeatureType>>, rows: number): Promise<Frame> => {
  const fillings = Object.values(columns).map((type) => (type === 'number' ? numberFilling(rows) : categoryFilling(rows)));
  let offset = 0;
  for (let chunk = await result.fetchChunk(); chunk && chunk.rowCount > 0; chunk = await result.fetchChunk()) {
    for (const [index, filling] of fillings.entries()) filling.take(chunk, index, offset);
    offset += chunk.rowCount;
  }
  return { rows, columns: Object.fromEntries(Object.keys(columns).map((name, index) => [name, fillings[index]!.column])) };
};

/** @param result of a query whose select list was made by {@link selectList} of the same columns */
export const frameOf = (result: DuckDBMaterializedResult, columns: Readonly<Record<string, FeatureType>>): Promise<Frame> =>
  fillFrame(result, columns, result.rowCount);
