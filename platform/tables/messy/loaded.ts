/** A file that DuckDB can select from, whatever was wrong with it. */
import type { DuckDBConnection } from '@duckdb/node-api';
import type { Finding } from '../../../core/drift/report.js';
import { asWritten, cleaned, withCleaned } from './cells.js';

export interface LoadedColumn {
  readonly name: string;
  /** the cell, of text the cleaned one: SQL over {@link Loaded.from} */
  readonly value: string;
  /** of text: the cell as it is written where that is different, else NULL; null for other types */
  readonly written: string | null;
  /** DuckDB type; null for text that says nothing of its type */
  readonly type: string | null;
  /** of text whose different cells were counted: what was found of them, which is less than all its cells */
  readonly dictionary?: Dictionary;
  /** cells that are there, when the file says so */
  readonly present?: number;
}

/** The different cells of a column. */
export interface Dictionary {
  /** what stands behind FROM for those of all columns, and which this column is there */
  readonly all: string;
  readonly index: number;
  /** the cell as it is in the file: SQL over {@link Loaded.from} */
  readonly cell: string;
  /** what stands behind FROM for a row per different cell: `cell`, what the column calls its `value` and `written`, and `n`, how many rows */
  readonly from: string;
}

export interface Loaded {
  readonly rows: number;
  /** what stands behind FROM */
  readonly from: string;
  /** the same, with a column `__row` that counts the rows from 0 */
  readonly numbered: string;
  readonly columns: readonly LoadedColumn[];
  readonly findings: readonly Finding[];
  /** lines (from 1) of rows (from 0); undefined where the file has none */
  linesOf(rows: readonly number[]): Promise<(number | undefined)[]>;
}

export interface LoadOptions {
  readonly connection: DuckDBConnection;
  /** a folder of its own for copies */
  readonly scratch: string;
  /** name of the table that it may create */
  readonly table: string;
  /** share of the work on this file that is done, 0 to 1 */
  readonly onProgress: (share: number) => void;
}

export const counted = (count: number, one: string, many = `${one}s`): string =>
  `${count.toLocaleString('en-US')} ${count === 1 ? one : many}`;

/** Fills `table` with the cleaned cells of `from`, whose columns are c0, c1 and so on. */
export const createCleaned = async (connection: DuckDBConnection, table: string, from: string, columns: number): Promise<void> => {
  const texts = Array.from({ length: columns }, (_, i) => `c${i}`);
  const kept = texts.map((_, i) => `${cleaned(i)}, ${asWritten(i)}`).join(', ');
  await connection.run(`CREATE OR REPLACE TABLE ${table} AS SELECT ${kept} FROM ${withCleaned(from, texts)}`);
};

export const textColumns = (names: readonly string[]): LoadedColumn[] =>
  names.map((name, i) => ({ name, value: cleaned(i), written: asWritten(i), type: null }));
