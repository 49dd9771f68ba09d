/** Tables by DuckDB: CSV, NDJSON and Parquet in, Parquet and typed arrays out. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RekindleError } from '../../core/errors.js';
import type { Source } from '../../core/lifecycle/model-spec.js';
import type { ObjectStore } from '../../core/ports.js';
import { localFile } from '../sources/local.js';
import { validateParquet } from '../validation/validate-parquet.js';
import { checkColumns, requireColumns, typed } from './columns.js';
import { openDatabase } from './database.js';
import { transformFailed, unreadable } from './failures.js';
import { frameOf, selectList } from './frames.js';
import { copyTo, describe, rowsOf } from './queries.js';
import { extractWindow, lineOf, newestEvent, type OpenSource } from './source-table.js';
import { bare, identifier, list, literal, timestamp, utc } from './sql.js';
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

export const openTables = ({ project, objects, bucket, memoryMb = 1024 }: TablesOptions): Tables => {
  const database = openDatabase({ memoryMb });

  /** Finds the file of a source, opens a connection, and says of every failure which source it was. */
  const withSource = async <T>(source: Source, signal: AbortSignal | undefined, work: (open: OpenSource) => Promise<T>): Promise<T> => {
    const scratch = await mkdtemp(join(tmpdir(), 'rekindle-source-'));
    try {
      const file = await localFile(source, { project, objects, bucket, scratch, signal });
      return await database.use((connection) => work({ source, file, connection }), signal);
    } catch (error) {
      throw signal?.aborted ? error : unreadable(source.uri, error);
    } finally {
      await rm(scratch, { recursive: true, force: true });
    }
  };

  return {
    newestEvent: (source, time, { signal } = {}) => withSource(source, signal, (open) => newestEvent(open, time)),

    extract: (source, options) => withSource(source, options.signal, (open) => extractWindow(open, options)),

    lineOf: (source, column, value) => withSource(source, undefined, (open) => lineOf(open, column, value)),

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

    validate: (path, suite, options) => validateParquet(path, suite, { ...options, memoryMb }),

    query: (sql, parameters = {}, { signal } = {}) => database.use((connection) => rowsOf(connection, sql, parameters), signal),

    close: () => database.close(),
  };
};
