/** Cells of text as SQL: what is missing, what is a number, what is a time. */
import { literal } from '../sql.js';
import type { TimeOrder } from './kinds.js';

/** How people and programs write that there is nothing; upper case or lower. pandas reads the same words so. */
const MISSING_WORDS = ['null', 'na', 'n/a', 'nan', '-nan', 'none', '<na>', '#n/a', '#na', '\\n', 'nil', 'nat'];

const LONGEST_WORD = Math.max(...MISSING_WORDS.map(({ length }) => length));

/** White space that is trimmed: with the non-breaking space, which spreadsheets write. */
const SPACES = ["' '", 'chr(9)', 'chr(10)', 'chr(13)', 'chr(160)'];
const SPACE = SPACES.join(' || ');

/** Looking at the ends of a cell takes a fifth of the time that trimming it does. `'!'` is the first character behind the space. */
const trimmed = (cell: string): string =>
  `CASE WHEN ${cell} < '!' OR prefix(${cell}, chr(160)) OR ${SPACES.map((space) => `suffix(${cell}, ${space})`).join(' OR ')} THEN trim(${cell}, ${SPACE}) ELSE ${cell} END`;

/**
 * Most short cells are numbers, and no word begins with a digit. The words stand in a list, not behind IN: that becomes a join for each
 * column, and a file of 200 columns does not fit into memory any more.
 */
const unlessMissing = (text: string): string =>
  `CASE WHEN strlen(${text}) > ${LONGEST_WORD} OR (${text} >= '0' AND ${text} < ':') THEN ${text}
        WHEN ${text} = '' OR list_contains([${MISSING_WORDS.map(literal).join(', ')}], lower(${text})) THEN NULL ELSE ${text} END`;

/** Of the i-th text column: the cell trimmed, NULL when it is empty or says that it is missing. */
export const cleaned = (i: number): string => `__v${i}`;
/** Of the i-th text column: the cell as it is written, NULL where that is no different. */
export const asWritten = (i: number): string => `__r${i}`;

/**
 * A table with two more columns for each of its text columns, {@link cleaned} and {@link asWritten}. In steps, so that DuckDB does not
 * trim a cell once for each mention of it.
 *
 * @param texts the columns, as SQL
 */
export const withCleaned = (from: string, texts: readonly string[]): string => {
  if (texts.length === 0) return from;
  const each = (of: (column: string, i: number) => string): string => texts.map(of).join(', ');
  const trim = `(SELECT *, ${each((column, i) => `${trimmed(column)} AS __t${i}`)} FROM ${from})`;
  const clean = `(SELECT *, ${each((_, i) => `${unlessMissing(`__t${i}`)} AS ${cleaned(i)}`)} FROM ${trim})`;
  // what was trimmed is shorter
  const differs = (column: string, i: number): string => `${cleaned(i)} IS NULL OR strlen(${column}) <> strlen(${cleaned(i)})`;
  return `(SELECT *, ${each((column, i) => `CASE WHEN ${differs(column, i)} THEN ${column} END AS ${asWritten(i)}`)} FROM ${clean})`;
};

/** Of a cell that counts as missing: is anything written in it? */
export const isWord = (written: string): string => `trim(${written}, ${SPACE}) <> ''`;

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
