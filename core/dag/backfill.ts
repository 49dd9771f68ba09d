/**
 * Backfills: runs of a DAG for the firings in a range, some at a time. Whoever names a range means it: the start and end date of the DAG
 * are for the schedule.
 */
import { eventTime, eventTimeMs } from '../event-time.js';
import { firings, type TimeSchedule } from './schedule.js';
import { timesOf } from './schedule/times.js';

/** Which end of the range comes first. */
export type BackfillOrder = 'asc' | 'desc';
/** Dates that have a run already: left alone, run again if the last run failed, or run again unless one is under way. */
export type Reprocess = 'none' | 'failed' | 'all';

export interface BackfillRange {
  /** ISO 8601; both ends belong to it */
  readonly from: string;
  readonly to: string;
}

/** Firings at most: what is more is a mistake in the range. */
export const MOST_FIRINGS = 1_000_000;

/** @returns undefined if there are more than {@link MOST_FIRINGS} */
export const countFirings = (schedule: TimeSchedule, range: BackfillRange): number | undefined => {
  const all = firings(schedule, range);
  for (let count = 0; ; count++) {
    if (all.next().done) return count;
    if (count === MOST_FIRINGS) return undefined;
  }
};

/** A firing and the time since the one before it. */
export interface DatedInterval {
  readonly logicalDate: string;
  readonly dataInterval: { readonly start: string; readonly end: string };
}

/**
 * The next firings of a backfill.
 *
 * @param after the last one that was taken; absent at the beginning
 * @param limit how many at most
 * @returns ISO 8601, in the order of the backfill
 */
export const nextDates = (
  schedule: TimeSchedule,
  { from, to }: BackfillRange,
  { order, after, limit }: { readonly order: BackfillOrder; readonly after?: string | undefined; readonly limit: number },
): DatedInterval[] => {
  const times = timesOf(schedule);
  const [first, last] = [eventTimeMs(from), eventTimeMs(to)];
  const forward = order === 'asc';
  const dates: DatedInterval[] = [];
  let time = after === undefined ? (forward ? first - 1 : last + 1) : eventTimeMs(after);
  while (dates.length < limit) {
    const next = forward ? times.after(time) : times.before(time);
    if (next === undefined || next < first || next > last) break;
    const logicalDate = eventTime(next);
    dates.push({ logicalDate, dataInterval: { start: eventTime(times.before(next) ?? next), end: logicalDate } });
    time = next;
  }
  return dates;
};
