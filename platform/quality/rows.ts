/** Rows of a file that can be measured. */
import type { Finding } from '../../core/drift/report.js';
import type { CategoryColumn, NumberColumn } from '../../core/frame.js';
import { RekindleError } from '../../core/errors.js';

/** Positions of the rows that all conditions let through. */
export const rowsWhere = (rows: number, conditions: readonly ((row: number) => boolean)[]): Uint32Array => {
  const kept = new Uint32Array(rows);
  let n = 0;
  for (let row = 0; row < rows; row++) if (conditions.every((holds) => holds(row))) kept[n++] = row;
  return kept.subarray(0, n);
};

export const hasNumber =
  ({ values }: NumberColumn) =>
  (row: number): boolean =>
    !Number.isNaN(values[row]!);

export const hasClass =
  ({ codes }: CategoryColumn) =>
  (row: number): boolean =>
    codes[row]! >= 0;

export const numbersAt = ({ values }: NumberColumn, rows: Uint32Array): Float64Array => {
  const taken = new Float64Array(rows.length);
  for (let i = 0; i < rows.length; i++) taken[i] = values[rows[i]!]!;
  return taken;
};

/** @throws DATA_EMPTY when nothing is left to measure */
export const leftOut = (file: string, all: number, measured: number, what: string): Finding[] => {
  if (measured === 0) throw new RekindleError('DATA_EMPTY', `${file}: no row has ${what}.`, { file });
  const left = all - measured;
  if (left === 0) return [];
  const text = `${left.toLocaleString('en-US')} ${left === 1 ? 'row was' : 'rows were'} left out: ${left === 1 ? 'it has' : 'they have'} not ${what}.`;
  return [{ code: 'rows_without_label_or_score', text, file }];
};

/** @throws USAGE for a weight below zero, or that is infinite */
export const checkWeights = (file: string, name: string, { values }: NumberColumn): void => {
  const bad = values.findIndex((weight) => weight < 0 || weight === Infinity);
  if (bad >= 0)
    throw new RekindleError('USAGE', `--weight: column '${name}' of ${file} has a weight of ${values[bad]!}.`, { column: name });
};
