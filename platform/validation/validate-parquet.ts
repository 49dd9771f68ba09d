/** A suite over a Parquet file that we wrote ourselves: its cells are what they are. */
import { realpath } from 'node:fs/promises';
import type { DuckDBConnection } from '@duckdb/node-api';
import type { ValidationReport } from '../../core/validation/report.js';
import type { CheckSuite } from '../../core/validation/suite.js';
import { openDatabase } from '../tables/database.js';
import { fileTable } from '../tables/messy/file-table.js';
import type { Loaded } from '../tables/messy/loaded.js';
import { describe, rowsOf } from '../tables/queries.js';
import { identifier, literal } from '../tables/sql.js';
import type { ValidateOptions } from '../tables/tables.js';
import { runSuite } from './run-suite.js';

/** Names that checks use → names in the file: those of `columns`, and all others of the file that are not taken. */
const namesIn = (found: readonly string[], columns: Readonly<Record<string, string>>): Map<string, string> => {
  const meant = Object.entries(columns).filter(([, inFile]) => found.includes(inFile));
  const used = new Set(meant.map(([, inFile]) => inFile));
  const others = found.filter((name) => !used.has(name) && !Object.hasOwn(columns, name));
  return new Map([...meant, ...others.map((name) => [name, name] as const)]);
};

/** Unlike a file that somebody brings, nothing is trimmed, and a word such as `NA` is a category. */
const loadAsIs = async (connection: DuckDBConnection, path: string, { columns, where }: ValidateOptions): Promise<Loaded> => {
  const file = `read_parquet(${literal(path)})`;
  const found = await describe(connection, file);
  const from = where === undefined ? file : `(SELECT * FROM ${file} WHERE ${where})`;
  const [size] = await rowsOf(connection, `SELECT count(*) AS rows FROM ${from}`);
  const names = namesIn(
    found.map(({ name }) => name),
    columns,
  );
  return {
    rows: size!['rows'] as number,
    from,
    numbered: `(SELECT *, row_number() OVER () - 1 AS __row FROM ${from})`,
    columns: [...names].map(([name, inFile]) => {
      const { type } = found.find((column) => column.name === inFile)!;
      return { name, type, value: identifier(inFile), written: type === 'VARCHAR' ? 'CAST(NULL AS VARCHAR)' : null };
    }),
    findings: [],
    linesOf: (rows) => Promise.resolve(rows.map(() => undefined)),
  };
};

/** See `Tables.validate`. */
export const validateParquet = async (
  path: string,
  suite: CheckSuite,
  options: ValidateOptions & { readonly memoryMb: number },
): Promise<ValidationReport> => {
  const { asOf, memoryMb, signal } = options;
  const database = openDatabase({ memoryMb });
  try {
    return await database.use(async (connection) => {
      const loaded = await loadAsIs(connection, path, options);
      const aside = loaded.columns.map(({ name }) => name).filter((name) => !Object.hasOwn(options.columns, name));
      const table = await fileTable(connection, path, loaded);
      return runSuite(table, suite, { asOf, signal, aside, files: [path, await realpath(path)] });
    }, signal);
  } finally {
    database.close();
  }
};
