/** Checks of which each row passes or fails by itself: all are counted in one scan. */
import type { CheckOf } from '../../core/validation/check.js';
import type { Example } from '../../core/validation/report.js';
import type { Measured } from '../../core/validation/judge.js';
import { eventTime, eventTimeMs } from '../../core/event-time.js';
import { durationMs } from '../../core/duration.js';
import { gist } from '../tables/failures.js';
import type { FileTable } from '../tables/messy/file-table.js';
import { rowsOf } from '../tables/queries.js';
import { outside, seconds, unknown, type CheckColumn } from './cells.js';

export type CellCheck = CheckOf<'range' | 'not_null' | 'categories' | 'freshness'>;

/** A check of a column, with the numbers that it asks of the table. */
export interface Counting {
  readonly check: CellCheck;
  readonly column: CheckColumn;
  /** SQL: does the row fail? */
  readonly fails: string;
  /** SQL aggregates */
  readonly aggregates: readonly string[];
}

const failing = (fails: string): string => `count(*) FILTER (${fails})`;

/** @param asOf ISO 8601 */
export const countingOf = (check: CellCheck, column: CheckColumn, asOf: string): Counting => {
  const of = (fails: string): Counting => ({ check, column, fails, aggregates: [failing(fails)] });
  switch (check.check) {
    case 'range':
      return of(outside(column, check));
    case 'not_null':
      return of(`NOT (${column.present})`);
    case 'categories':
      return of(unknown(column, check));
    case 'freshness': {
      const at = seconds(column);
      const now = eventTimeMs(asOf) / 1000;
      return {
        check,
        column,
        fails: 'false',
        // one time far ahead must not hide that everything else is old
        aggregates: [`count(${at})`, `count(*) FILTER (${at} > ${now})`, `max(${at}) FILTER (${at} <= ${now})`],
      };
    }
  }
};

/** DuckDB plans a few hundred aggregates quickly, thousands slowly. */
const AGGREGATES_AT_ONCE = 128;

type Counts = readonly (number | null)[];

/** Values of the aggregates of each check, or why DuckDB could not count it: one bad check costs the others nothing. */
export const countAll = async (
  { source }: FileTable,
  countings: readonly Counting[],
  signal?: AbortSignal,
): Promise<(Counts | { problem: string })[]> => {
  const count = async (some: readonly Counting[]): Promise<(Counts | { problem: string })[]> => {
    if (some.length === 0) return [];
    const all = some.flatMap(({ aggregates }) => aggregates);
    try {
      const [row] = await rowsOf(
        source.connection,
        `SELECT ${all.map((sql, i) => `${sql} AS a${i}`).join(', ')} FROM ${source.loaded.from}`,
      );
      let next = 0;
      return some.map(({ aggregates }) => aggregates.map(() => row![`a${next++}`] as number | null));
    } catch (error) {
      signal?.throwIfAborted();
      if (some.length === 1) return [{ problem: gist(String((error as Error).message)) }];
      const half = Math.ceil(some.length / 2);
      return [...(await count(some.slice(0, half))), ...(await count(some.slice(half)))];
    }
  };
  const counted: (Counts | { problem: string })[] = [];
  for (let i = 0; i < countings.length; i += AGGREGATES_AT_ONCE) counted.push(...(await count(countings.slice(i, i + AGGREGATES_AT_ONCE))));
  return counted;
};

const MOST_EXAMPLES = 5;

/** The first rows that fail, lines not yet known. */
export const examplesOf = async ({ source }: FileTable, { shown }: Pick<CheckColumn, 'shown'>, fails: string): Promise<Example[]> => {
  const found = await rowsOf(
    source.connection,
    `SELECT __row + 1 AS row, ${shown} AS value FROM ${source.loaded.numbered} WHERE ${fails} ORDER BY __row LIMIT ${MOST_EXAMPLES}`,
  );
  return found.map(({ row, value }) => ({ row: row as number, value: value as string | null, line: null }));
};

const ageText = (ms: number): string => {
  const [unit, length] = (
    [
      ['day', 86_400_000],
      ['hour', 3_600_000],
      ['minute', 60_000],
    ] as const
  ).find(([, one]) => ms >= 2 * one) ?? ['second', 1000];
  const age = Math.floor(ms / length);
  return `${age.toLocaleString('en-US')} ${unit}${age === 1 ? '' : 's'}`;
};

const freshness = (check: CheckOf<'freshness'>, [times, later, newest]: Counts, asOf: string): Measured => {
  const { column, maxAge } = check;
  if (times === 0) return { problem: `no value of '${column}' is a time.` };
  const ahead =
    later === 0 ? '' : ` ${later!.toLocaleString('en-US')} of ${times!.toLocaleString('en-US')} times are after it and count for nothing.`;
  if (newest === null) return { problem: `every time of '${column}' is after ${asOf}, as of which its age is asked; say --as-of.` };
  const age = eventTimeMs(asOf) - 1000 * newest!;
  const isOld = age > durationMs(maxAge);
  const text = `The newest '${column}' is ${eventTime(1000 * newest!)}: ${ageText(age)} before ${asOf}, and ${maxAge} may be.${ahead}`;
  return { failing: isOld ? 1 : 0, examples: [], text };
};

export const measure = async (table: FileTable, { check, column, fails }: Counting, counts: Counts, asOf: string): Promise<Measured> => {
  if (table.rows === 0) return { nothing: 'there is no row.' };
  if (check.check === 'freshness') return freshness(check, counts, asOf);
  if (check.check !== 'not_null' && column.found.stats.present === 0) return { nothing: `every value of '${check.column}' is missing.` };
  const count = counts[0]!;
  return { failing: count, examples: count === 0 ? [] : await examplesOf(table, column, fails) };
};
