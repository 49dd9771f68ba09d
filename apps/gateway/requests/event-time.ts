/** Event times as senders say them. */
import { invalid, shown } from './invalid.js';

const ISO = /^\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?<zone>Z|[+-]\d{2}:?\d{2})?)?$/;

/** @returns ms since the epoch; a time without a zone is UTC @throws REQUEST_INVALID */
export const readEventTime = (value: unknown, row?: number): number => {
  const match = typeof value === 'string' ? ISO.exec(value) : null;
  if (match) {
    const text = (value as string).replace(' ', 'T');
    const time = Date.parse(text.includes('T') && match.groups!['zone'] === undefined ? `${text}Z` : text);
    if (!Number.isNaN(time)) return time;
  }
  const place = row === undefined ? { column: 'event_time' } : { row, column: 'event_time' };
  throw invalid(`${shown(value)} is no ISO 8601 time, such as 1997-05-06T00:30:00Z`, place);
};

/** One time for all rows, or one each. @param arrival what counts when the sender says nothing, ms since the epoch */
export const readEventTimes = (value: unknown, rows: number, arrival: number): number | number[] => {
  if (value === undefined || value === null) return arrival;
  if (!Array.isArray(value)) return readEventTime(value);
  if (value.length === rows) return value.map((time, row) => readEventTime(time, row));
  throw invalid(`${value.length} times are given for ${rows} rows`, { row: Math.min(value.length, rows), column: 'event_time' });
};
