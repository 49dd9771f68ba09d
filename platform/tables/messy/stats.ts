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

/** What is counted of a cell that is read as `v`, was written `r` where that is different, and is the number `d`. */
const countsOf = (v: string, r: string, d: string, count: (where: string) => string): Readonly<Record<string, string>> => ({
  present: count(`${v} IS NOT NULL`),
  padded: count(`${r} IS NOT NULL AND ${v} IS NOT NULL`),
  words: count(`${r} IS NOT NULL AND ${v} IS NULL AND ${isWord(r)}`),
  numbers: count(`${d} IS NOT NULL`),
  infinite: count(`isinf(${d})`),
  long: count(`abs(${d}) >= ${EXACT_UP_TO} AND NOT isinf(${d}) AND regexp_full_match(${v}, '[+-]?[0-9]+')`),
  zeros: count(`${v} >= '00' AND ${v} < '0:' AND ${d} IS NOT NULL`),
});

const cells = (where: string): string => `count(*) FILTER (${where})`;

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
    (i) => countsOf(`v${i}`, `r${i}`, `d${i}`, cells),
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

/** The same of columns whose different cells were counted. @param from a row per different cell of each: `col`, `v`, `r` and `n` */
export const dictionaryStats = async (connection: DuckDBConnection, from: string): Promise<Map<number, ColumnStats & Changed>> => {
  const rows = (where: string): string => `coalesce(sum(n) FILTER (${where}), 0)`;
  const select = (counts: Readonly<Record<string, string>>, cell: string): Promise<Record<string, unknown>[]> => {
    const aggregates = Object.entries(counts).map(([name, sql]) => `${sql} AS ${name}`);
    return rowsOf(connection, `SELECT col, ${aggregates.join(', ')} FROM (SELECT col, v, r, n, ${cell} FROM ${from}) GROUP BY col`);
  };
  const first = (await select(countsOf('v', 'r', 'd', rows), `${asNumber('v')} AS d`)) as Record<string, number>[];
  const haveWords = first.some(({ numbers, present }) => numbers! < present!);
  const times = haveWords
    ? ((await select(
        { iso: rows('iso IS NOT NULL'), day: rows('day IS NOT NULL'), month: rows('month IS NOT NULL') },
        `${asTime('v', 'iso')} AS iso, ${asTime('v', 'day_first')} AS day, ${asTime('v', 'month_first')} AS month`,
      )) as Record<string, number>[])
    : [];
  const timesIn = new Map(times.map((count) => [count['col']!, timesOf(count)]));
  return new Map(
    first.map(({ col, ...count }) => {
      const words = count['numbers']! < count['present']!;
      return [col!, { ...(count as unknown as ColumnStats & Changed), times: words ? (timesIn.get(col!) ?? null) : null }];
    }),
  );
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
