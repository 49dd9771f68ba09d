/** Tables by DuckDB: CSV, NDJSON and Parquet in, Parquet and typed arrays out. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import { RekindleError } from '../../core/errors.js';
import type { Source } from '../../core/lifecycle/model-spec.js';
import type { ObjectStore } from '../../core/ports.js';
import { localFile, type LocalFile } from '../sources/local.js';
import { checkColumns, requireColumns, typed } from './columns.js';
import { openDatabase } from './database.js';
import { transformFailed, unreadable } from './failures.js';
import { frameOf, selectList } from './frames.js';
import { copyTo, describe, rowsOf } from './queries.js';
import { keepText, placed, ROW, scan, TIME } from './scan.js';
import { identifier, list, literal, timestamp, utc } from './sql.js';
import type { Tables } from './tables.js';

export interface TablesOptions {
  /** folder that relative paths of sources start from */
  readonly project: string;
  /** for sources `store:<key>` and, with `bucket`, `s3://<bucket>/<key>` */
  readonly objects?: ObjectStore;
  readonly bucket?: string;
  /** bound of DuckDB's memory; default 1024 */
  readonly memoryMb?: number;
}

const ISO_TIME = /^\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}|$)/;

/** Without the semicolon (and comments behind it), so that the SELECT can stand inside another statement. */
const bare = (sql: string): string => sql.replace(/;(?:\s|--[^\n]*|\/\*[\s\S]*?\*\/)*$/, '');

export const openTables = ({ project, objects, bucket, memoryMb = 1024 }: TablesOptions): Tables => {
  const database = openDatabase({ memoryMb });

  /** Finds the file of a source, opens a connection, and says of every failure which source it was. */
  const withSource = async <T>(
    source: Source,
    signal: AbortSignal | undefined,
    work: (file: LocalFile, connection: DuckDBConnection) => Promise<T>,
  ): Promise<T> => {
    const scratch = await mkdtemp(join(tmpdir(), 'rekindle-source-'));
    try {
      const file = await localFile(source, { project, objects, bucket, scratch, signal });
      return await database.use((connection) => work(file, connection), signal);
    } catch (error) {
      throw signal?.aborted ? error : unreadable(source.uri, error);
    } finally {
      await rm(scratch, { recursive: true, force: true });
    }
  };

  /** The source as a table with row number and event time. @throws if the time column is not there */
  const openSource = async (source: Source, file: LocalFile, connection: DuckDBConnection, time: string, text: readonly string[]) => {
    const found = await describe(connection, scan(source.kind, file));
    requireColumns(found, [time], `Source '${source.uri}'`);
    const columns = keepText(found, source.kind === 'parquet' ? [] : [time, ...text]);
    const timeColumn = columns.find(({ name }) => name === time)!;
    return placed(scan(source.kind, file, columns), timeColumn);
  };

  /** @returns newest event time and how many rows have none @throws if there is no row, no time, or something that is no time */
  const timesOf = async (source: Source, connection: DuckDBConnection, table: string, time: string) => {
    const column = identifier(time);
    const [row] = await rowsOf(
      connection,
      `SELECT count(*) AS rows, count(${column}) AS filled, count(${TIME}) AS parsed, strftime(max(${TIME}), '%Y-%m-%dT%H:%M:%S.%gZ') AS newest,
         min(CASE WHEN ${column} IS NOT NULL AND ${TIME} IS NULL THEN ${ROW} END) AS bad FROM ${table}`,
    );
    const { rows, filled, newest, bad } = row as { rows: number; filled: number; newest: string; bad: number | null };
    const place = `Source '${source.uri}'`;
    if (rows === 0) throw new RekindleError('DATA_EMPTY', `${place} has no rows.`, { source: source.uri });
    if (filled === 0)
      throw new RekindleError('COLUMN_EMPTY', `${place}: the time column '${time}' has no value.`, { source: source.uri, column: time });
    if (bad !== null) {
      const [first] = await rowsOf(connection, `SELECT CAST(${column} AS VARCHAR) AS value FROM ${table} WHERE ${ROW} = ${bad}`);
      const line = lineOfRow(source, bad);
      const value = first!['value'] as string;
      throw new RekindleError(
        'COLUMN_TYPE_INVALID',
        `${place}, ${line.text}, column '${time}': '${value}' is not a time; write it as ISO 8601.`,
        {
          source: source.uri,
          column: time,
          value,
          line: line.number,
        },
      );
    }
    return { newest, withoutTime: rows - filled };
  };

  return {
    newestEvent: (source, time, { signal } = {}) =>
      withSource(source, signal, async (file, connection) => {
        const table = await openSource(source, file, connection, time, []);
        return (await timesOf(source, connection, table, time)).newest;
      }),

    extract: (source, { time, from, to, path, text = [], signal }) =>
      withSource(source, signal, async (file, connection) => {
        const table = await openSource(source, file, connection, time, text);
        const { newest, withoutTime } = await timesOf(source, connection, table, time);
        const info = await copyTo(
          connection,
          `SELECT * EXCLUDE (${ROW}, ${TIME}) REPLACE (${TIME} AS ${identifier(time)}) FROM ${table}
           WHERE ${TIME} >= ${timestamp(from)} AND ${TIME} < ${timestamp(to)} ORDER BY ${TIME}, ${ROW}`,
          path,
        );
        if (info.rows === 0)
          throw new RekindleError(
            'DATA_EMPTY',
            `Source '${source.uri}' has no row with '${time}' from ${from} until ${to}; its newest is of ${newest}.`,
            { source: source.uri, column: time, from, to, newest },
          );
        return { ...info, withoutTime };
      }),

    lineOf: (source, column, value) =>
      withSource(source, undefined, async (file, connection) => {
        const found = await describe(connection, scan(source.kind, file));
        if (!found.some(({ name }) => name === column)) return undefined;
        const text = scan(source.kind, file, keepText(found, source.kind === 'parquet' ? [] : [column]));
        const [row] = await rowsOf(
          connection,
          `SELECT min(n) AS row FROM (SELECT row_number() OVER () AS n, CAST(${identifier(column)} AS VARCHAR) AS v FROM ${text}) WHERE v = $value`,
          { value },
        );
        const first = row!['row'] as number | null;
        return first === null ? undefined : lineOfRow(source, first).number;
      }),

    async transform(sql, { from, to, variables, signal }) {
      return database.use(async (connection) => {
        await connection.run(`CREATE TEMP VIEW raw AS SELECT * FROM read_parquet(${literal(from)})`);
        for (const [name, value] of Object.entries(variables))
          await connection.run(`SET VARIABLE ${identifier(name)} = ${ISO_TIME.test(value) ? timestamp(value) : literal(value)}`);
        try {
          const { count } = await connection.extractStatements(sql);
          if (count !== 1)
            throw new RekindleError('TRANSFORM_FAILED', `The SQL of the transform must be one SELECT; it has ${count} statements.`);
          // Prepared alone first: the line in DuckDB's message is then the line in the file.
          (await connection.prepare(sql)).destroySync();
          return await copyTo(connection, bare(sql), to);
        } catch (error) {
          throw transformFailed(error);
        }
      }, signal);
    },

    check: (path, { time, columns, table, signal }) =>
      database.use((connection) => checkColumns(connection, path, { time, columns, table }), signal),

    classes: (path, { time, target, before }) =>
      database.use(async (connection) => {
        const table = `read_parquet(${literal(path)})`;
        const at = utc(identifier(time), (await describe(connection, table)).find(({ name }) => name === time)!.type);
        const rows = await rowsOf(
          connection,
          `SELECT CAST(${identifier(target)} AS VARCHAR) AS name, count(*) AS rows FROM ${table}
           WHERE ${identifier(target)} IS NOT NULL AND ${at} < ${timestamp(before)} GROUP BY ALL ORDER BY name`,
        );
        return rows as { name: string; rows: number }[];
      }),

    snapshot: ({ from, to, time, columns, since, until, required, signal }) =>
      database.use(async (connection) => {
        const table = `read_parquet(${literal(from)})`;
        const found = await describe(connection, table);
        requireColumns(found, [time, ...Object.keys(columns)], 'The table');
        const at = utc(identifier(time), found.find(({ name }) => name === time)!.type);
        const values = Object.entries(columns).map(([name, type]) => `${typed(found, name, type)} AS ${identifier(name)}`);
        return copyTo(
          connection,
          `SELECT ${values.join(', ')}, ${at} AS ${identifier(time)} FROM ${table}
           WHERE ${at} >= ${timestamp(since)} AND ${at} < ${timestamp(until)} AND ${identifier(required)} IS NOT NULL
           ORDER BY ${[time, ...Object.keys(columns)].map(identifier).join(', ')}`,
          to,
        );
      }, signal),

    read: (paths, columns, { where, orderBy, signal } = {}) =>
      database.use(async (connection) => {
        const table = `read_parquet(${list(paths)}, union_by_name = true)`;
        requireColumns(await describe(connection, table), Object.keys(columns), paths.join(', '));
        const sql = `SELECT ${selectList(columns)} FROM ${table}${where ? ` WHERE ${where}` : ''}${orderBy ? ` ORDER BY ${orderBy}` : ''}`;
        return frameOf(await connection.run(sql), columns);
      }, signal),

    query: (sql, parameters = {}, { signal } = {}) => database.use((connection) => rowsOf(connection, sql, parameters), signal),

    close: () => database.close(),
  };
};

/** The header of a CSV is its first line. */
const lineOfRow = (source: Source, row: number): { number: number; text: string } => {
  const number = source.kind === 'csv' ? row + 1 : row;
  return { number, text: `${source.kind === 'parquet' ? 'row' : 'line'} ${number}` };
};
