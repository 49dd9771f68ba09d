import type { DuckDBConnection } from '@duckdb/node-api';
import { RekindleError } from '../../../core/errors.js';
import { describe, rowsOf } from '../queries.js';
import { identifier, literal } from '../sql.js';
import type { FoundFile } from './bytes.js';
import { asWritten, cleaned, withCleaned } from './cells.js';
import { cleanNames } from './header.js';
import type { Loaded, LoadOptions } from './loaded.js';

/** DuckDB plans a few groupings at once quickly. */
const GROUPED_AT_ONCE = 16;

/**
 * Words in Parquet repeat, as a rule: what they look like is asked of each different one, not of each cell.
 *
 * @param texts columns, as SQL
 * @returns the name of a table: per different cell of the i-th column `col` i, the `cell`, `v` and `r`, which are {@link cleaned} and
 *   {@link asWritten} of it, and `n`, its rows
 */
const countCells = async (connection: DuckDBConnection, file: string, table: string, texts: readonly string[]): Promise<string> => {
  const name = `${table}_cells`;
  await connection.run(`CREATE OR REPLACE TABLE ${name} (col INTEGER, cell VARCHAR, v VARCHAR, r VARCHAR, n BIGINT)`);
  for (let from = 0; from < texts.length; from += GROUPED_AT_ONCE) {
    const counts = texts
      .slice(from, from + GROUPED_AT_ONCE)
      .map((text, i) => `SELECT ${from + i} AS col, ${text} AS c0, count(*) AS n FROM ${file} GROUP BY 2`);
    const all = withCleaned(`(${counts.join(' UNION ALL ')})`, ['c0']);
    await connection.run(`INSERT INTO ${name} SELECT col, c0, ${cleaned(0)}, ${asWritten(0)}, n FROM ${all}`);
  }
  return name;
};

/** Cells that are there, by column, as the file itself says; columns of which it does not say it are left out. */
const storedCounts = async (connection: DuckDBConnection, path: string, rows: number): Promise<Map<string, number>> => {
  const found = await rowsOf(
    connection,
    `SELECT path_in_schema AS name, sum(stats_null_count) AS missing FROM parquet_metadata(${literal(path)})
     GROUP BY path_in_schema HAVING count(stats_null_count) = count(*) AND sum(num_values) = ${rows}`,
  );
  return new Map(found.map(({ name, missing }) => [name as string, rows - (missing as number)]));
};

/** @throws FILE_UNREADABLE */
export const loadParquet = async ({ name, path }: FoundFile, { connection, table }: LoadOptions): Promise<Loaded> => {
  const file = `read_parquet(${literal(path)})`;
  const found = await describe(connection, file).catch((error: unknown) => {
    throw new RekindleError(
      'FILE_UNREADABLE',
      `${name}: this Parquet file cannot be read; it may be cut off.`,
      { file: name },
      { cause: error },
    );
  });
  const [size] = await rowsOf(connection, `SELECT count(*) AS rows FROM ${file}`);
  const rows = size!['rows'] as number;
  const { names, findings } = cleanNames(
    found.map((column) => column.name),
    { file: name },
  );
  const texts = found.filter(({ type }) => type === 'VARCHAR').map((column) => identifier(column.name));
  const cells = await countCells(connection, file, table, texts);
  const present = await storedCounts(connection, path, rows);
  const from = withCleaned(file, texts);
  return {
    rows,
    from,
    numbered: `(SELECT *, row_number() OVER () - 1 AS __row FROM ${from})`,
    columns: found.map(({ name: given, type }, i) => {
      const text = type === 'VARCHAR' ? texts.indexOf(identifier(given)) : -1;
      const stored = present.get(given);
      if (text < 0)
        return { name: names[i]!, type, value: identifier(given), written: null, ...(stored === undefined ? {} : { present: stored }) };
      const [value, written] = [cleaned(text), asWritten(text)];
      return {
        name: names[i]!,
        type,
        value,
        written,
        dictionary: {
          all: cells,
          index: text,
          cell: texts[text]!,
          from: `(SELECT cell, v AS ${value}, r AS ${written}, n FROM ${cells} WHERE col = ${text})`,
        },
      };
    }),
    findings,
    linesOf: (wanted) => Promise.resolve(wanted.map(() => undefined)),
  };
};
