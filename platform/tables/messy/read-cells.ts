/** Cells as typed arrays. DuckDB makes codes of categories, so that no cell becomes a string here: only each different one does. */
import type { DuckDBConnection, DuckDBDataChunk } from '@duckdb/node-api';
import type { Column, Frame } from '../../../core/frame.js';

export interface CellsToRead {
  readonly name: string;
  readonly as: 'number' | 'category';
  /** SQL: DOUBLE for a number, text for a category */
  readonly sql: string;
  /** of a category: what stands behind FROM for its different cells, each a `cell` of type text with its `category`, when that is known */
  readonly dictionary?: string;
}

interface Filling {
  /** SQL without NULL */
  readonly sql: string;
  take(chunk: DuckDBDataChunk, index: number, offset: number): void;
  finish(): Promise<Column> | Column;
}

/** A vector of fixed width is a typed array already; where it came from a cell that is NULL, its element is no value. */
const itemsOf = <T>(chunk: DuckDBDataChunk, index: number): T => (chunk.getColumnVector(index) as unknown as { readonly items: T }).items;

const numberFilling = (sql: string, rows: number): Filling => {
  const values = new Float64Array(rows);
  return {
    sql: `coalesce(${sql}, 'NaN'::DOUBLE)`,
    take: (chunk, index, offset) => values.set(itemsOf<Float64Array>(chunk, index), offset),
    finish: () => ({ type: 'number', values }),
  };
};

/** Places of `cells` in a list of categories without repetitions; null when they are the same list. */
const codesOf = (cells: readonly (string | null)[]): { categories: string[]; codes: Int32Array | null } => {
  const known = new Map<string, number>();
  let isSame = true;
  const codes = Int32Array.from(cells, (category, i) => {
    if (category === null) {
      isSame = false;
      return -1;
    }
    const code = known.get(category) ?? known.size;
    if (code === known.size) known.set(category, code);
    isSame &&= code === i;
    return code;
  });
  return { categories: [...known.keys()], codes: isSame ? null : codes };
};

/** Names of types are one list for all tables of a connection. */
let types = 0;

const categoryFilling = async (connection: DuckDBConnection, from: string, cells: CellsToRead, rows: number): Promise<Filling> => {
  const name = `codes_${types++}`;
  const { sql, dictionary } = cells;
  const table = `${name}_cells`;
  if (dictionary === undefined)
    await connection.run(
      `CREATE TEMP TABLE ${table} AS SELECT DISTINCT ${sql} AS cell, cell AS category FROM ${from} WHERE ${sql} IS NOT NULL`,
    );
  const entries = dictionary ?? table;
  const inOrder = `FROM ${entries} WHERE cell IS NOT NULL ORDER BY cell`;
  const found = (await (await connection.run(`SELECT category ${inOrder}`)).getColumns())[0] ?? [];
  const { categories, codes } = codesOf(found as (string | null)[]);
  if (found.length > 0) await connection.run(`CREATE TYPE ${name} AS ENUM (SELECT cell ${inOrder})`);
  if (dictionary === undefined) await connection.run(`DROP TABLE ${table}`);
  const all = new Int32Array(rows);
  return {
    sql: found.length === 0 ? '-1' : `coalesce(CAST(enum_code(CAST(${sql} AS ${name})) AS INTEGER), -1)`,
    take: (chunk, index, offset) => all.set(itemsOf<Int32Array>(chunk, index), offset),
    async finish() {
      if (found.length > 0) await connection.run(`DROP TYPE ${name}`);
      if (codes) for (let row = 0; row < rows; row++) if (all[row]! >= 0) all[row] = codes[all[row]!]!;
      return { type: 'category', codes: all, categories };
    },
  };
};

/** @param rows that `from` has */
export const readCells = async (
  connection: DuckDBConnection,
  from: string,
  rows: number,
  columns: readonly CellsToRead[],
): Promise<Frame> => {
  if (columns.length === 0) return { rows, columns: {} };
  const fillings: Filling[] = [];
  for (const cells of columns)
    fillings.push(cells.as === 'number' ? numberFilling(cells.sql, rows) : await categoryFilling(connection, from, cells, rows));
  const result = await connection.stream(`SELECT ${fillings.map(({ sql }) => sql).join(', ')} FROM ${from}`);
  let offset = 0;
  for (let chunk = await result.fetchChunk(); chunk && chunk.rowCount > 0; chunk = await result.fetchChunk()) {
    for (const [index, filling] of fillings.entries()) filling.take(chunk, index, offset);
    offset += chunk.rowCount;
  }
  const read: Record<string, Column> = {};
  for (const [i, { name }] of columns.entries()) read[name] = await fillings[i]!.finish();
  return { rows, columns: read };
};
