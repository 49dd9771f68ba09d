/** The three things we ask a connection: rows, columns, and to write a Parquet file. */
import type { DuckDBConnection, DuckDBValue } from '@duckdb/node-api';
import type { TypedColumn } from './scan.js';
import { literal } from './sql.js';
import type { TableInfo } from './tables.js';

/** Counts and the like are far below 2^53; times read as DuckDB writes them. */
const plain = (value: DuckDBValue): unknown => {
  if (typeof value === 'bigint') return Number(value);
  return typeof value === 'object' && value !== null ? value.toString() : value;
};

/** Rows as plain objects: for small results. */
export const rowsOf = async (
  connection: DuckDBConnection,
  sql: string,
  parameters: Record<string, string | number> = {},
): Promise<Record<string, unknown>[]> => {
  const result = await connection.run(sql, parameters);
  const rows = await result.getRowObjects();
  return rows.map((row) => Object.fromEntries(Object.entries(row).map(([name, value]) => [name, plain(value)])));
};

/** Names and types of what can stand behind FROM. */
export const describe = async (connection: DuckDBConnection, table: string): Promise<TypedColumn[]> => {
  const rows = await rowsOf(connection, `DESCRIBE SELECT * FROM ${table}`);
  return rows.map((row) => ({ name: row['column_name'] as string, type: row['column_type'] as string }));
};

/** Writes the rows of a SELECT; the settings are fixed, so that the same rows give the same bytes. */
export const copyTo = async (connection: DuckDBConnection, select: string, path: string): Promise<TableInfo> => {
  const [written] = await rowsOf(
    connection,
    `COPY (${select}\n) TO ${literal(path)} (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 122880)`,
  );
  return { rows: written!['Count'] as number, columns: await describe(connection, `read_parquet(${literal(path)})`) };
};
