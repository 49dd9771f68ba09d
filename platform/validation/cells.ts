/** Cells of a table as the checks look at them, in SQL. */
import type { Bound, CheckOf } from '../../core/validation/check.js';
import { isTime } from '../../core/validation/check.js';
import { eventTimeMs } from '../../core/event-time.js';
import type { FileColumn, FileTable } from '../tables/messy/file-table.js';
import { kindOf } from '../tables/messy/kinds.js';
import type { LoadedColumn } from '../tables/messy/loaded.js';
import { cellsAs, isText } from '../tables/messy/read-as.js';
import { asTime } from '../tables/messy/cells.js';
import { identifier, literal, utc } from '../tables/sql.js';

export interface CheckColumn {
  readonly name: string;
  readonly found: FileColumn;
  readonly loaded: LoadedColumn;
  /** SQL: is something there? Of floating-point numbers NaN is nothing */
  readonly present: string;
  /** SQL: the cell as it is written, NULL where nothing is */
  readonly shown: string;
}

/** By name. */
export const columnsOf = ({ columns, source }: FileTable): ReadonlyMap<string, CheckColumn> =>
  new Map(
    source.loaded.columns.map((loaded) => {
      const { name, value, written, type } = loaded;
      const present = type === 'FLOAT' || type === 'DOUBLE' ? `(${value} IS NOT NULL AND NOT isnan(${value}))` : `${value} IS NOT NULL`;
      const shown = written === null ? `CAST(${value} AS VARCHAR)` : `coalesce(${written}, CAST(${value} AS VARCHAR))`;
      return [name, { name, found: columns.get(name)!, loaded, present, shown }] as const;
    }),
  );

const double = (value: number): string => `CAST(${literal(String(value))} AS DOUBLE)`;

/** From here on a double skips whole numbers. */
const EXACT_UP_TO = 2 ** 53;
const WHOLE_TYPE = /^U?(?:TINYINT|SMALLINT|INTEGER|BIGINT|HUGEINT)$/;

const isWhole = (bound: Bound): boolean => (typeof bound === 'string' ? /^[+-]?\d+$/.test(bound) : Number.isInteger(bound));

/** The cell as a whole number of up to 38 digits, NULL where it is none. */
const whole = ({ loaded }: CheckColumn): string => {
  const { value, type } = loaded;
  if (isText(loaded)) return `(CASE WHEN regexp_full_match(${value}, '[+-]?[0-9]{1,38}') THEN TRY_CAST(${value} AS HUGEINT) END)`;
  return WHOLE_TYPE.test(type!) ? `TRY_CAST(${value} AS HUGEINT)` : 'CAST(NULL AS HUGEINT)';
};

/** A time as seconds since 1970, NULL where the cell is none. */
export const seconds = ({ found, loaded }: CheckColumn): string => cellsAs(loaded, 'time', found.stats.times?.order ?? 'iso');

const beyond = (column: CheckColumn, bound: Bound | undefined, than: '<' | '>', isOfTimes: boolean): string[] => {
  if (bound === undefined) return [];
  if (isOfTimes) return [`${seconds(column)} ${than} ${double(eventTimeMs(bound as string) / 1000)}`];
  const rough = `${cellsAs(column.loaded, 'number', 'iso')} ${than} ${double(Number(bound))}`;
  const needsDigits =
    isWhole(bound) && Math.abs(Number(bound)) < 1e38 && (column.found.stats.long > 0 || Math.abs(Number(bound)) >= EXACT_UP_TO);
  if (!needsDigits) return [rough];
  return [`coalesce(${whole(column)} ${than} CAST(${literal(BigInt(bound).toString())} AS HUGEINT), ${rough})`];
};

/** Does the cell lie outside of the range, or is it nothing that could lie inside? */
export const outside = (column: CheckColumn, { min, max }: CheckOf<'range'>): string => {
  const isOfTimes = isTime(min ?? max);
  const either = [...beyond(column, min, '<', isOfTimes), ...beyond(column, max, '>', isOfTimes)].join(' OR ');
  return `${column.present} AND coalesce(${either}, true)`;
};

/** Is the cell none of the categories? Found by a hash, however many there are. */
export const unknown = (column: CheckColumn, { categories }: CheckOf<'categories'>): string => {
  const known = [...new Set(categories)].map(literal).join(', ');
  return `${column.present} AND TRY_CAST(${cellsAs(column.loaded, 'category', 'iso')} AS ENUM(${known})) IS NULL`;
};

/** Is the cell there, and of another type than `type`? */
export const otherThan = (column: CheckColumn, type: 'number' | 'time'): string =>
  `${column.present} AND ${type === 'number' ? cellsAs(column.loaded, 'number', 'iso') : seconds(column)} IS NULL`;

/** The column in the table that custom SQL sees: numbers as numbers, times as times in UTC, everything else as words. */
export const asData = ({ name, found, loaded }: CheckColumn): string => {
  const { value, type } = loaded;
  const typed = (): string => {
    if (!isText(loaded)) return type!.startsWith('TIMESTAMP') ? utc(value, type!) : value;
    const kind = kindOf(found);
    if (kind === 'number') return cellsAs(loaded, 'number', 'iso');
    return kind === 'time' ? asTime(value, found.stats.times?.order ?? 'iso') : value;
  };
  return `${typed()} AS ${identifier(name)}`;
};
