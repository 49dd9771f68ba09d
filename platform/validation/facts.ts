/** What a file shows that its profile does not: keys, times, repeated rows, values of another type. */
import { eventTime } from '../../core/event-time.js';
import type { SuggestFacts } from '../../core/validation/suggest.js';
import type { FileTable } from '../tables/messy/file-table.js';
import { kindOf } from '../tables/messy/kinds.js';
import { rowsOf } from '../tables/queries.js';
import { columnsOf, seconds, type CheckColumn } from './cells.js';
import { duplicates } from './repeats.js';

/** Words that differ in as many rows as this are taken for names of the rows. */
const NAMES_FROM = 1000;
/** Were numbers drawn by chance, so many pairs would be alike: none is, so they name the rows. */
const EXPECTED_REPEATS = 10;

/** Could a column name the rows? All is there and nothing else; words have no white space, as names of rows have none. */
const isCandidate = ({ found }: CheckColumn, rows: number): boolean => found.stats.present === rows && rows > 1;

interface Seen {
  readonly distinct: number;
  readonly spaced: number;
  readonly whole: number;
  readonly span: number | null;
}

const identifies = ({ found }: CheckColumn, { distinct, spaced, whole, span }: Seen, rows: number): boolean => {
  if (distinct < rows) return false;
  const kind = kindOf(found);
  if (kind === 'category') return rows >= NAMES_FROM && spaced === 0;
  return whole === rows && span !== null && (rows * rows) / (2 * (span + 1)) >= EXPECTED_REPEATS;
};

const keysOf = async (table: FileTable, columns: readonly CheckColumn[]): Promise<string[]> => {
  const keys: string[] = [];
  for (const column of columns.filter((one) => isCandidate(one, table.rows))) {
    const { value } = column.loaded;
    const isTime = kindOf(column.found) === 'time';
    const at = isTime ? seconds(column) : `TRY_CAST(${value} AS DOUBLE)`;
    const [seen] = await rowsOf(
      table.source.connection,
      `SELECT (SELECT count(*) FROM (SELECT DISTINCT ${value} FROM ${table.source.loaded.from})) AS "distinct",
         count(*) FILTER (regexp_matches(CAST(${value} AS VARCHAR), '\\s')) AS spaced,
         count(*) FILTER (${at} = trunc(${at})) AS whole, max(${at}) - min(${at}) AS span
       FROM ${table.source.loaded.from}`,
    );
    if (identifies(column, seen as unknown as Seen, table.rows)) keys.push(column.name);
  }
  return keys;
};

const timesOf = async (table: FileTable, columns: readonly CheckColumn[]): Promise<{ column: string; from: string; to: string }[]> => {
  const times: { column: string; from: string; to: string }[] = [];
  for (const column of columns.filter(({ found }) => kindOf(found) === 'time')) {
    const at = seconds(column);
    const [ends] = await rowsOf(table.source.connection, `SELECT min(${at}) AS low, max(${at}) AS high FROM ${table.source.loaded.from}`);
    const { low, high } = ends as { low: number; high: number };
    times.push({ column: column.name, from: eventTime(1000 * low), to: eventTime(1000 * high) });
  }
  return times;
};

const otherTypesOf = (columns: readonly CheckColumn[]): Record<string, number> =>
  Object.fromEntries(
    columns.flatMap(({ name, found }) => {
      const kind = kindOf(found);
      const { present, numbers, times } = found.stats;
      const others = kind === 'number' ? present - numbers : kind === 'time' ? present - (times?.count ?? present) : 0;
      return others === 0 ? [] : [[name, others]];
    }),
  );

export const factsOf = async (table: FileTable): Promise<Pick<SuggestFacts, 'unique' | 'times' | 'duplicates' | 'otherTypes'>> => {
  const columns = columnsOf(table);
  const all = [...columns.values()];
  const unique = (await keysOf(table, all)).map((name) => [name]);
  // rows that a key tells apart are no duplicates
  const repeated = unique.length > 0 || table.rows === 0 ? undefined : await duplicates(table, [], columns);
  return {
    unique,
    times: await timesOf(table, all),
    otherTypes: otherTypesOf(all),
    ...(repeated !== undefined && 'failing' in repeated ? { duplicates: repeated.failing } : {}),
  };
};
