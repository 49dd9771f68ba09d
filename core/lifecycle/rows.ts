/** From rows, as people and files write them, to a frame, as the serving runtime reads them. */
import type { CategoryColumn, Column, Frame, NumberColumn } from '../frame.js';
import type { Signature } from './signature.js';
import type { GoldenRows } from './version.js';

type Row = GoldenRows['rows'][number];
type Cell = Row[string] | undefined;

const numberColumn = (cells: readonly Cell[]): NumberColumn => ({
  type: 'number',
  values: Float64Array.from(cells, (cell) => (typeof cell === 'number' ? cell : NaN)),
});

/** Codes in order of first appearance. */
const categoryColumn = (cells: readonly Cell[]): CategoryColumn => {
  const codeOf = new Map<string, number>();
  const codes = Int32Array.from(cells, (cell) => {
    if (typeof cell !== 'string') return -1;
    const code = codeOf.get(cell) ?? codeOf.size;
    codeOf.set(cell, code);
    return code;
  });
  return { type: 'category', codes, categories: [...codeOf.keys()] };
};

/**
 * The features of `rows` as a frame. A cell that is absent, null or of the other type is missing: check rows from outside
 * before (the gateway does), golden rows are right by construction.
 */
export const frameOfRows = (features: Signature['features'], rows: readonly Row[]): Frame => {
  const columnOf = ({ name, type }: Signature['features'][number]): [string, Column] => {
    const cells = rows.map((row) => row[name]);
    return [name, type === 'number' ? numberColumn(cells) : categoryColumn(cells)];
  };
  return { rows: rows.length, columns: Object.fromEntries(features.map(columnOf)) };
};
