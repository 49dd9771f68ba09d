/** A source as a table with event times: found, typed, and every row placed in time. */
import type { DuckDBConnection } from '@duckdb/node-api';
import { RekindleError } from '../../core/errors.js';
import type { Source } from '../../core/lifecycle/model-spec.js';
import { firstLine, type LocalFile } from '../sources/local.js';
import { requireColumns } from './columns.js';
import { isSniffing } from './failures.js';
import { copyTo, describe, rowsOf } from './queries.js';
import { keepText, scan, strictCsv, type TypedColumn } from './scan.js';
import { identifier, timestamp, utc } from './sql.js';
import type { ExtractOptions, TableInfo } from './tables.js';

/** Names that a user's column cannot sensibly have. */
const ROW = '__rekindle_row';
const TIME = '__rekindle_time';

/** A source whose file lies on this machine. */
export interface OpenSource {
  readonly source: Source;
  readonly file: LocalFile;
  readonly connection: DuckDBConnection;
}

const sourcePlace = ({ uri }: Source): string => `Source '${uri}'`;

/** The header of a CSV is its first line. */
const lineOfRow = ({ kind }: Source, row: number): { number: number; text: string } => {
  const number = kind === 'csv' ? row + 1 : row;
  return { number, text: `${kind === 'parquet' ? 'row' : 'line'} ${number}` };
};

/**
 * When no dialect fits all lines, DuckDB says so at length, or takes each line for one column. Then the header decides.
 * @throws what DuckDB says of the first line that differs from the header
 */
const readByHeader = async ({ file, connection }: OpenSource, header: string): Promise<void> => {
  const delimiter = [',', ';', '\t', '|'].find((candidate) => header.includes(candidate));
  if (delimiter === undefined) return;
  const columns = header.split(delimiter).map((name) => ({ name, type: 'VARCHAR' }));
  await rowsOf(connection, `SELECT count(*) FROM ${strictCsv(file, delimiter, columns)}`);
};

/** Names and types of the columns. */
const columnsOf = async (open: OpenSource): Promise<TypedColumn[]> => {
  const { source, file, connection } = open;
  try {
    const columns = await describe(connection, scan(source.kind, file));
    // Every other byte of UTF-16 is zero; DuckDB takes that for text.
    if (columns.some(({ name }) => name.includes('\0')))
      throw new RekindleError('SOURCE_UNREADABLE', `${sourcePlace(source)}: the text is not UTF-8.`, { source: source.uri });
    if (source.kind === 'csv' && columns.length === 1) await readByHeader(open, columns[0]!.name);
    return columns;
  } catch (error) {
    if (isSniffing(error)) await readByHeader(open, await firstLine(file));
    throw error;
  }
};

/** The rows with their number in the file (1 for the first) and their event time in UTC, NULL where there is none. */
const placed = async (open: OpenSource, time: string, text: readonly string[]): Promise<string> => {
  const { source, file } = open;
  const found = await columnsOf(open);
  requireColumns(found, [time], sourcePlace(source));
  const columns = keepText(found, source.kind === 'parquet' ? [] : [time, ...text]);
  const at = utc(identifier(time), columns.find(({ name }) => name === time)!.type);
  return `(SELECT *, row_number() OVER () AS ${ROW}, ${at} AS ${TIME} FROM ${scan(source.kind, file, columns)})`;
};

/** @throws COLUMN_TYPE_INVALID for the first row of `table` that has a time we cannot read */
const refuseBadTimes = async ({ source, connection }: OpenSource, table: string, time: string): Promise<void> => {
  const [bad] = await rowsOf(
    connection,
    `SELECT ${ROW} AS row, CAST(${identifier(time)} AS VARCHAR) AS value FROM ${table}
     WHERE ${TIME} IS NULL AND ${identifier(time)} IS NOT NULL ORDER BY ${ROW} LIMIT 1`,
  );
  if (!bad) return;
  const { row, value } = bad as { row: number; value: string };
  const line = lineOfRow(source, row);
  throw new RekindleError(
    'COLUMN_TYPE_INVALID',
    `${sourcePlace(source)}, ${line.text}, column '${time}': '${value}' is not a time; write it as ISO 8601.`,
    { source: source.uri, column: time, value, line: line.number },
  );
};

/** @throws DATA_EMPTY COLUMN_EMPTY if the whole source has no event */
const newestOf = async ({ source, connection }: OpenSource, table: string, time: string): Promise<string> => {
  const [row] = await rowsOf(
    connection,
    `SELECT count(*) AS rows, strftime(max(${TIME}), '%Y-%m-%dT%H:%M:%S.%gZ') AS newest FROM ${table}`,
  );
  const { rows, newest } = row as { rows: number; newest: string | null };
  const place = sourcePlace(source);
  if (rows === 0) throw new RekindleError('DATA_EMPTY', `${place} has no rows.`, { source: source.uri });
  if (newest === null)
    throw new RekindleError('COLUMN_EMPTY', `${place}: the time column '${time}' has no value.`, { source: source.uri, column: time });
  return newest;
};

export const newestEvent = async (open: OpenSource, time: string): Promise<string> => {
  const table = await placed(open, time, []);
  await refuseBadTimes(open, table, time);
  return newestOf(open, table, time);
};

/** Reads the file twice: once for its types, once for its rows. */
export const extractWindow = async (
  open: OpenSource,
  { time, from, to, path, text = [] }: ExtractOptions,
): Promise<TableInfo & { withoutTime: number }> => {
  const { source, connection } = open;
  const table = await placed(open, time, text);
  // Rows of the window and rows without a readable time: what is left to judge fits in memory or spills.
  await connection.run(
    `CREATE TEMP TABLE picked AS SELECT * FROM ${table}
     WHERE ${TIME} IS NULL OR (${TIME} >= ${timestamp(from)} AND ${TIME} < ${timestamp(to)})`,
  );
  await refuseBadTimes(open, 'picked', time);
  const [counted] = await rowsOf(connection, `SELECT count(*) - count(${TIME}) AS without_time FROM picked`);
  const info = await copyTo(
    connection,
    `SELECT * EXCLUDE (${ROW}, ${TIME}) REPLACE (${TIME} AS ${identifier(time)}) FROM picked
     WHERE ${TIME} IS NOT NULL ORDER BY ${TIME}, ${ROW}`,
    path,
  );
  if (info.rows > 0) return { ...info, withoutTime: counted!['without_time'] as number };
  const newest = await newestOf(open, table, time);
  throw new RekindleError(
    'DATA_EMPTY',
    `${sourcePlace(source)} has no row with '${time}' from ${from} until ${to}; its newest is of ${newest}.`,
    { source: source.uri, column: time, from, to, newest },
  );
};

/** @returns line (row of a Parquet file) of the first row where `column` reads `value`; undefined if there is none */
export const lineOf = async (open: OpenSource, column: string, value: string): Promise<number | undefined> => {
  const { source, file, connection } = open;
  const found = await columnsOf(open);
  if (!found.some(({ name }) => name === column)) return undefined;
  const table = scan(source.kind, file, keepText(found, source.kind === 'parquet' ? [] : [column]));
  const [row] = await rowsOf(
    connection,
    `SELECT min(n) AS row FROM (SELECT row_number() OVER () AS n, CAST(${identifier(column)} AS VARCHAR) AS v FROM ${table}) WHERE v = $value`,
    { value },
  );
  const first = row!['row'] as number | null;
  return first === null ? undefined : lineOfRow(source, first).number;
};
