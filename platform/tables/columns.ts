/** Are the columns there, filled, and of the declared type? */
import type { DuckDBConnection } from '@duckdb/node-api';
import { RekindleError } from '../../core/errors.js';
import type { FeatureType } from '../../core/lifecycle/signature.js';
import { describe, rowsOf } from './queries.js';
import type { TypedColumn } from './scan.js';
import { identifier, literal, utc } from './sql.js';
import type { CheckOptions } from './tables.js';

const NUMERIC = /^(?:U?(?:TINYINT|SMALLINT|INTEGER|BIGINT|HUGEINT)|FLOAT|DOUBLE|DECIMAL\(.*\)|BOOLEAN)$/;

const typeOf = (found: readonly TypedColumn[], name: string): string => found.find((column) => column.name === name)!.type;

/** @throws COLUMN_NOT_FOUND naming every column that is missing */
export const requireColumns = (found: readonly TypedColumn[], wanted: readonly string[], place: string): void => {
  const missing = wanted.filter((name) => !found.some((column) => column.name === name));
  if (missing.length === 0) return;
  const names = missing.map((name) => `'${name}'`).join(', ');
  throw new RekindleError('COLUMN_NOT_FOUND', `${place} has no column ${names}; it has: ${found.map(({ name }) => name).join(', ')}.`, {
    columns: missing,
    column: missing[0]!,
    found: found.map(({ name }) => name),
  });
};

/** A column of any type as what a feature is: DOUBLE (NULL where it is no number) or VARCHAR. */
export const typed = (found: readonly TypedColumn[], name: string, type: FeatureType): string => {
  const column = identifier(name);
  if (type === 'category') return `CAST(${column} AS VARCHAR)`;
  return NUMERIC.test(typeOf(found, name)) ? `CAST(${column} AS DOUBLE)` : `TRY_CAST(CAST(${column} AS VARCHAR) AS DOUBLE)`;
};

interface Counted {
  readonly column: string;
  readonly wanted: 'number' | 'category' | 'time';
  /** the column as the wanted type, NULL where it does not fit */
  readonly fitting: string;
}

/** One pass over the file counts what is filled and what fits; only a bad column is looked at again. */
export const checkColumns = async (
  connection: DuckDBConnection,
  path: string,
  { time, columns, table }: Pick<CheckOptions, 'time' | 'columns' | 'table'>,
): Promise<void> => {
  const from = `read_parquet(${literal(path)})`;
  const found = await describe(connection, from);
  requireColumns(found, [time, ...Object.keys(columns)], table);
  const at = utc(identifier(time), typeOf(found, time));
  const wanted: Counted[] = [
    { column: time, wanted: 'time', fitting: at },
    ...Object.entries(columns).map(([column, type]) => ({ column, wanted: type, fitting: typed(found, column, type) })),
  ];
  const counts = wanted.flatMap(({ column, wanted: type, fitting }, index) => [
    `count(${identifier(column)}) AS filled_${index}`,
    `count(${fitting}) AS fitting_${index}`,
    `count(${type === 'number' ? `nullif(${fitting}, 'NaN'::DOUBLE)` : fitting}) AS known_${index}`,
  ]);
  const [counted] = (await rowsOf(connection, `SELECT ${counts.join(', ')} FROM ${from}`)) as Record<string, number>[];

  for (const [index, { column, wanted: type, fitting }] of wanted.entries()) {
    const [filled, fits, known] = ['filled', 'fitting', 'known'].map((what) => counted![`${what}_${index}`]!) as [number, number, number];
    if (filled > fits) {
      const [bad] = await rowsOf(
        connection,
        `SELECT CAST(${identifier(column)} AS VARCHAR) AS value, strftime(${at}, '%Y-%m-%dT%H:%M:%SZ') AS time FROM ${from}
         WHERE ${identifier(column)} IS NOT NULL AND ${fitting} IS NULL LIMIT 1`,
      );
      const { value, time: when } = bad as { value: string; time: string | null };
      throw new RekindleError(
        'COLUMN_TYPE_INVALID',
        `${table}, column '${column}': '${value}'${when ? ` in the row of ${when}` : ''} is not a ${type} (${filled - fits} of ${filled} values are not).`,
        { column, value, time: when, wanted: type, bad: filled - fits },
      );
    }
    if (known === 0) throw new RekindleError('COLUMN_EMPTY', `${table}: column '${column}' has no value.`, { column });
  }
};
