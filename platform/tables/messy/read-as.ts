/** Cells of a column as what it is read as, in SQL. */
import { utc } from '../sql.js';
import { asNumber, asTime } from './cells.js';
import type { Kind, ReadAs, TimeOrder } from './kinds.js';
import type { LoadedColumn } from './loaded.js';

const WHOLE = /^U?(?:TINYINT|SMALLINT|INTEGER|BIGINT|HUGEINT)$/;
const REAL = /^(?:FLOAT|DOUBLE|DECIMAL\(.*\))$/;

/** Whole numbers that a double may not hold exactly. */
export const isWide = ({ type }: LoadedColumn): boolean => type !== null && /BIGINT|HUGEINT|DECIMAL/.test(type);

export const isText = ({ type }: LoadedColumn): boolean => type === null || type === 'VARCHAR';

/** What the type of a column says that it is; null for text that says nothing. */
export const declaredKind = ({ type }: LoadedColumn): Kind | null => {
  if (type === null) return null;
  if (WHOLE.test(type) || REAL.test(type)) return 'number';
  return type.startsWith('TIMESTAMP') || type === 'DATE' ? 'time' : 'category';
};

/** A time is read as seconds since 1970. */
export const cellsAs = (column: LoadedColumn, as: ReadAs, order: TimeOrder): string => {
  const { value, type } = column;
  if (isText(column)) {
    return as === 'category' ? value : as === 'number' ? asNumber(value) : `epoch(${asTime(value, order)})`;
  }
  if (as === 'time') return `epoch(${utc(value, type!)})`;
  if (as === 'number') return `TRY_CAST(${value} AS DOUBLE)`;
  if (!REAL.test(type!)) return `CAST(${value} AS VARCHAR)`;
  // a whole number is written without a point, as in a text file
  return `(CASE WHEN ${value} = trunc(${value}) AND abs(${value}) < 1e15 THEN CAST(CAST(${value} AS BIGINT) AS VARCHAR) ELSE CAST(${value} AS VARCHAR) END)`;
};
