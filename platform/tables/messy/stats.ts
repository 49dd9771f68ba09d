/** One pass over a table counts what its columns hold; only what is no number is looked at again. */
import type { DuckDBConnection } from '@duckdb/node-api';
import { rowsOf } from '../queries.js';
import { asNumber, asTime, isWord } from './cells.js';
import type { ColumnStats, TimeOrder } from './kinds.js';

/** Beyond this doubles skip whole numbers. */
const EXACT_UP_TO = '9007199254740992';

/** Cells that were changed while they were read. */
export interface Changed {
  readonly padded: number;
  /** words that mean "missing" */
  readonly words: number;
}

/** DuckDB plans a few hundred aggregates quickly, thousands slowly. */
const COLUMNS_AT_ONCE = 64;

const batches = <T>(all: readonly T[], size: number): T[][] =>
  Array.from({ length: Math.ceil(all.length / size) }, (_, i) => all.slice(i * size, (i + 1) * size));

const counted = async <C>(
  connection: DuckDBConnection,
  from: string,
  columns: readonly C[],
  inner: (column: C, index: number) => string[],
  outer: (index: number) => Readonly<Record<string, string>>,
): Promise<Record<string, number>[]> => {
  const all: Record<string, number>[] = [];
  for (const batch of batches(columns, COLUMNS_AT_ONCE)) {
    const aggregates = batch.flatMap((_, i) => Object.entries(outer(i)).map(([name, sql]) => `${sql} AS ${name}_${i}`));
    const [row] = await rowsOf(connection, `SELECT ${aggregates.join(', ')} FROM (SELECT ${batch.flatMap(inner).join(', ')} FROM ${from})`);
    all.push(...batch.map((_, i) => Object.fromEntries(Object.keys(outer(i)).map((name) => [name, row![`${name}_${i}`] as number]))));
  }
  return all;
};

const timesOf = (count: Record<string, number>): ColumnStats['times'] => {
  const { iso, day, month } = count as { iso: number; day: number; month: number };
  if (iso >= Math.max(day, month)) return { count: iso, order: 'iso' };
  const order: TimeOrder = day === month ? 'unclear' : day > month ? 'day_first' : 'month_first';
  return { count: Math.max(day, month), order };
};

export const textStats = async (
  connection: DuckDBConnection,
  from: string,
  columns: readonly { readonly value: string; readonly written: string }[],
): Promise<(ColumnStats & Changed)[]> => {
  const first = await counted(
    connection,
    from,
    columns,
    ({ value, written }, i) => [`${value} AS v${i}`, `${written} AS r${i}`, `${asNumber(value)} AS d${i}`],
    (i) => ({
      present: `count(v${i})`,
      padded: `count(*) FILTER (r${i} IS NOT NULL AND v${i} IS NOT NULL)`,
      words: `count(*) FILTER (r${i} IS NOT NULL AND v${i} IS NULL AND ${isWord(`r${i}`)})`,
      numbers: `count(d${i})`,
      infinite: `count(*) FILTER (isinf(d${i}))`,
      long: `count(*) FILTER (abs(d${i}) >= ${EXACT_UP_TO} AND NOT isinf(d${i}) AND regexp_full_match(v${i}, '[+-]?[0-9]+'))`,
      zeros: `count(*) FILTER (v${i} >= '00' AND v${i} < '0:' AND d${i} IS NOT NULL)`,
    }),
  );
  const words = columns.filter((_, i) => first[i]!['numbers']! < first[i]!['present']!);
  const times = await counted(
    connection,
    from,
    words,
    ({ value }, i) => [
      `${asTime(value, 'iso')} AS iso${i}`,
      `${asTime(value, 'day_first')} AS day${i}`,
      `${asTime(value, 'month_first')} AS month${i}`,
    ],
    (i) => ({ iso: `count(iso${i})`, day: `count(day${i})`, month: `count(month${i})` }),
  );
  return first.map((count, i) => {
    const index = words.indexOf(columns[i]!);
    return { ...(count as unknown as ColumnStats & Changed), times: index < 0 ? null : timesOf(times[index]!) };
  });
};

/** @param columns of 64-bit and wider whole numbers, as SQL: how many values of each a double does not hold exactly */
export const longCounts = async (connection: DuckDBConnection, from: string, columns: readonly string[]): Promise<number[]> =>
  (
    await counted(
      connection,
      from,
      columns,
      (column, i) => [`${column} AS v${i}`],
      (i) => ({ long: `count(*) FILTER (v${i} >= ${EXACT_UP_TO} OR v${i} <= -${EXACT_UP_TO})` }),
    )
  ).map(({ long }) => long!);

/** @param columns of any type, as SQL: how many values of each are there */
export const presentCounts = async (connection: DuckDBConnection, from: string, columns: readonly string[]): Promise<number[]> =>
  (
    await counted(
      connection,
      from,
      columns,
      (column, i) => [`${column} AS v${i}`],
      (i) => ({ present: `count(v${i})` }),
    )
  ).map(({ present }) => present!);
