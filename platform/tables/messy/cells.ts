/** Cells of text as SQL: what is missing, what is a number, what is a time. */
import { literal } from '../sql.js';
import type { TimeOrder } from './kinds.js';

/** How people and programs write that there is nothing; upper case or lower. pandas reads the same words so. */
const MISSING_WORDS = ['null', 'na', 'n/a', 'nan', '-nan', 'none', '<na>', '#n/a', '#na', '\\n', 'nil', 'nat'];

const LONGEST_WORD = Math.max(...MISSING_WORDS.map(({ length }) => length));

/** White space that is trimmed: with the non-breaking space, which spreadsheets write. */
const SPACE = `' ' || chr(9) || chr(10) || chr(13) || chr(160)`;

export const trimmed = (column: string): string => `trim(${column}, ${SPACE})`;

/** The cell trimmed; NULL when it is empty or says that it is missing. */
export const cleaned = (column: string): string => {
  const text = trimmed(column);
  return `(CASE WHEN length(${text}) <= ${LONGEST_WORD} AND (${text} = '' OR lower(${text}) IN (${MISSING_WORDS.map(literal).join(', ')})) THEN NULL ELSE ${text} END)`;
};

/** A word as DOUBLE, NULL where it is none. DuckDB takes '1_000' for a number; nobody else does. */
export const asNumber = (value: string): string => `(CASE WHEN contains(${value}, '_') THEN NULL ELSE TRY_CAST(${value} AS DOUBLE) END)`;

const CLOCKS = ['', ' %H:%M', ' %H:%M:%S', ' %H:%M:%S.%f'];
const formats = (...dates: string[]): string => `[${dates.flatMap((date) => CLOCKS.map((clock) => literal(date + clock))).join(', ')}]`;
const DAY_FIRST = formats('%d/%m/%Y', '%d.%m.%Y', '%d-%m-%Y');
const MONTH_FIRST = formats('%m/%d/%Y', '%m.%d.%Y', '%m-%d-%Y');

/** Trying the formats takes long; words that do not begin like a date are spared it. */
const ISO_LIKE = '^[0-9]{4,5}-[0-9]{1,2}-[0-9]';
const DATE_LIKE = '^[0-9]{1,2}[-/.][0-9]{1,2}[-/.][0-9]{4}';

/** A word as TIMESTAMP in UTC, NULL where it is no time written in that order. */
export const asTime = (value: string, order: TimeOrder): string => {
  const when = (like: string, sql: string): string => `(CASE WHEN regexp_matches(${value}, ${literal(like)}) THEN ${sql} END)`;
  switch (order) {
    case 'iso':
      return when(ISO_LIKE, `TRY_CAST(${value} AS TIMESTAMPTZ) AT TIME ZONE 'UTC'`);
    case 'month_first':
      return when(DATE_LIKE, `try_strptime(${value}, ${MONTH_FIRST})`);
    default:
      return when(DATE_LIKE, `try_strptime(${value}, ${DAY_FIRST})`);
  }
};
