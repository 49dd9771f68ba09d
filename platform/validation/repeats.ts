/** Rows that repeat an earlier one, in some columns or in all. */
import type { Measured } from '../../core/validation/judge.js';
import type { FileTable } from '../tables/messy/file-table.js';
import { rowsOf } from '../tables/queries.js';
import type { CheckColumn } from './cells.js';

/** Of a long row the first cells say enough. */
const MOST_SHOWN = 6;
const MOST_EXAMPLES = 5;

/** @param where SQL: rows that are looked at */
const repeats = async ({ source, rows }: FileTable, columns: readonly CheckColumn[], where: string): Promise<Measured> => {
  if (rows === 0) return { nothing: 'there is no row.' };
  const { connection, loaded } = source;
  const keys = columns.map((column, i) => `${column.loaded.value} AS k${i}`).join(', ');
  const [counted] = await rowsOf(
    connection,
    `SELECT coalesce(sum(n - 1), 0) AS failing, coalesce(sum(n), 0) AS looked FROM (
       SELECT count(*) AS n FROM (SELECT ${keys} FROM ${loaded.from} WHERE ${where}) GROUP BY ${columns.map((_, i) => `k${i}`).join(', ')})`,
  );
  const { failing, looked } = counted as { failing: number; looked: number };
  if (looked === 0) return { nothing: `no row has a value of ${columns.map(({ name }) => `'${name}'`).join(' and ')}.` };
  if (failing === 0) return { failing, examples: [] };
  const shown = columns.slice(0, MOST_SHOWN).map(({ shown: cell }) => `coalesce(${cell}, '')`);
  const rest = columns.length > MOST_SHOWN ? ` || ', …'` : '';
  const same = columns.map((_, i) => `k${i} IS NOT DISTINCT FROM f${i}`).join(' AND ');
  const found = await rowsOf(
    connection,
    `WITH rows AS (SELECT __row, concat_ws(', ', ${shown.join(', ')})${rest} AS value, ${keys} FROM ${loaded.numbered} WHERE ${where}),
       firsts AS (SELECT min(__row) AS first, ${columns.map((_, i) => `k${i} AS f${i}`).join(', ')} FROM rows
         GROUP BY ${columns.map((_, i) => `k${i}`).join(', ')} HAVING count(*) > 1 ORDER BY first LIMIT ${MOST_EXAMPLES})
     SELECT __row + 1 AS row, value FROM rows JOIN firsts ON ${same} WHERE __row > first ORDER BY __row LIMIT ${MOST_EXAMPLES}`,
  );
  return { failing, examples: found.map(({ row, value }) => ({ row: row as number, value: value as string, line: null })) };
};

/** As SQL has it: a row where one of the columns is missing is like no other. */
export const unique = (table: FileTable, columns: readonly CheckColumn[]): Promise<Measured> =>
  repeats(table, columns, columns.map(({ present }) => present).join(' AND '));

export const duplicates = (table: FileTable, except: readonly string[], columns: ReadonlyMap<string, CheckColumn>): Promise<Measured> => {
  const compared = [...columns.values()].filter(({ name }) => !except.includes(name));
  return compared.length === 0 ? Promise.resolve({ nothing: 'it leaves no column to compare.' }) : repeats(table, compared, 'true');
};
