/** When a DAG runs by itself. */
import { assertNever } from '../assert-never.js';
import { durationMs, type Duration } from '../duration.js';
import { eventTime, eventTimeMs } from '../event-time.js';
import { checkAssetSchedule, type AssetSchedule } from './asset.js';
import { checkCron } from './schedule/cron-times.js';
import { timesOf } from './schedule/times.js';

export interface CronSchedule {
  readonly kind: 'cron';
  /** five fields, or `@hourly @daily @weekly @monthly @quarterly @yearly` */
  readonly expression: string;
  /** IANA name */
  readonly timezone: string;
}
/** Fires when any of the expressions does; where several do, once. */
export interface CronsSchedule {
  readonly kind: 'crons';
  readonly expressions: readonly string[];
  readonly timezone: string;
}
export interface EverySchedule {
  readonly kind: 'every';
  readonly every: Duration;
  /** ISO 8601; one firing falls on it. Default: the epoch, in a DAG its start date */
  readonly anchor?: string;
}
/** Fires at these times and never again; one time is a one-off. */
export interface AtSchedule {
  readonly kind: 'at';
  /** ISO 8601, ascending */
  readonly times: readonly string[];
}
/** Those that a clock can tell. */
export type TimeSchedule = CronSchedule | CronsSchedule | EverySchedule | AtSchedule;
export type Schedule = TimeSchedule | AssetSchedule;

/** What of a schedule a clock can tell. */
export const byClock = (schedule: Schedule | undefined): TimeSchedule | undefined => (schedule?.kind === 'assets' ? schedule.or : schedule);

/** What happens to a firing while the run of the one before goes on. */
export type Overlap = 'allow_all' | 'skip' | 'buffer_one' | 'buffer_all' | 'cancel_other' | 'terminate_other';

interface ZoneOptions {
  /** IANA name; default UTC */
  timezone?: string;
}

export const cron = (expression: string, { timezone = 'UTC' }: ZoneOptions = {}): CronSchedule => ({ kind: 'cron', expression, timezone });

/** Several expressions in one time zone. */
export const crons = (expressions: readonly string[], { timezone = 'UTC' }: ZoneOptions = {}): CronsSchedule => ({
  kind: 'crons',
  expressions,
  timezone,
});

/** A firing each `interval`, aligned to `anchor`. */
export const every = (interval: Duration, options: { anchor?: string } = {}): EverySchedule => ({
  kind: 'every',
  every: interval,
  ...options,
});

/** Once at each of these times (ISO 8601; without a zone they are UTC). */
export const at = (times: readonly string[]): AtSchedule => ({
  kind: 'at',
  times: [...new Set(times.map(eventTimeMs))].sort((a, b) => a - b).map(eventTime),
});

/** An interval that says no anchor of its own is counted from the start date, where there is one. */
export const anchored = <S extends Schedule>(schedule: S, startDate: string | undefined): S => {
  if (startDate === undefined) return schedule;
  if (schedule.kind === 'every') return schedule.anchor === undefined ? { ...schedule, anchor: startDate } : schedule;
  return schedule.kind === 'assets' && schedule.or ? { ...schedule, or: anchored(schedule.or, startDate) } : schedule;
};

/** First and last day of a schedule; a DAG's spec is one. */
export interface Span {
  /** ISO 8601; no firing before */
  readonly startDate?: string | undefined;
  /** ISO 8601; no firing after */
  readonly endDate?: string | undefined;
}

const startOf = ({ startDate }: Span): number => (startDate === undefined ? -Infinity : eventTimeMs(startDate));
const endOf = ({ endDate }: Span): number => (endDate === undefined ? Infinity : eventTimeMs(endDate));

/** Temporal's own grain. */
const checkSeconds = (what: string, ms: number): void => {
  if (ms % 1_000 !== 0) throw new RangeError(`${what} is no whole number of seconds`);
};

const checkEvery = ({ every: interval, anchor }: EverySchedule): void => {
  const ms = durationMs(interval);
  if (ms < 1_000) throw new RangeError(`'${interval}' is shorter than a second`);
  checkSeconds(`'${interval}'`, ms);
  if (anchor !== undefined) checkSeconds(`'${anchor}'`, eventTimeMs(anchor));
};

const checkTimes = (schedule: TimeSchedule): void => {
  switch (schedule.kind) {
    case 'cron':
      return checkCron(schedule.expression, schedule.timezone);
    case 'crons':
      if (schedule.expressions.length === 0) throw new RangeError('it never fires: it has no cron expression');
      return schedule.expressions.forEach((expression) => checkCron(expression, schedule.timezone));
    case 'every':
      return checkEvery(schedule);
    case 'at':
      if (schedule.times.length === 0) throw new RangeError('it never fires: it has no times');
      return schedule.times.forEach((time) => checkSeconds(`'${time}'`, eventTimeMs(time)));
    default:
      return assertNever(schedule);
  }
};

/** @throws RangeError saying what is wrong with it, or that it never fires */
export const checkSchedule = (schedule: Schedule, span: Span = {}): void => {
  if (schedule.kind === 'assets') checkAssetSchedule(schedule);
  const [start, end] = [startOf(span), endOf(span)];
  if (end < start) throw new RangeError(`its end date ${span.endDate} is before its start date ${span.startDate}`);
  const clock = byClock(schedule);
  if (!clock) return;
  checkTimes(clock);
  const times = timesOf(clock);
  const first = start === -Infinity ? undefined : times.after(start - 1);
  const last = end === Infinity ? undefined : times.before(end + 1);
  const never = start === -Infinity ? end !== Infinity && last === undefined : first === undefined || first > end;
  if (never) throw new RangeError(`it never fires between ${span.startDate ?? 'ever'} and ${span.endDate ?? 'ever'}`);
};

/**
 * The firing after an instant. Of a schedule by assets, that of its clock.
 *
 * @param instant ISO 8601
 * @returns ISO 8601, UTC; undefined if it never fires again
 */
export const nextFiring = (schedule: Schedule, instant: string, span: Span = {}): string | undefined => {
  const clock = byClock(schedule);
  const next = clock && timesOf(clock).after(Math.max(eventTimeMs(instant), startOf(span) - 1));
  return next === undefined || next > endOf(span) ? undefined : eventTime(next);
};

/**
 * The firing before `firedAt`: start of the data interval that ends there. It may lie before the start date: the first run has an interval too.
 *
 * @param firedAt ISO 8601
 * @returns ISO 8601, UTC; `firedAt` itself if there is no earlier one
 */
export const previousFiring = (schedule: Schedule, firedAt: string): string => {
  const instant = eventTimeMs(firedAt);
  const clock = byClock(schedule);
  return eventTime((clock && timesOf(clock).before(instant)) ?? instant);
};

/**
 * The firings in a range, one at a time; both ends belong to it.
 *
 * @param range ISO 8601; without `to` there may be no end
 * @returns ISO 8601, UTC, ascending
 */
export function* firings(schedule: Schedule, range: { readonly from: string; readonly to?: string }, span: Span = {}): Generator<string> {
  const clock = byClock(schedule);
  if (!clock) return;
  const times = timesOf(clock);
  const end = Math.min(range.to === undefined ? Infinity : eventTimeMs(range.to), endOf(span));
  const from = Math.max(eventTimeMs(range.from), startOf(span));
  for (let time = times.after(from - 1); time !== undefined && time <= end; time = times.after(time)) yield eventTime(time);
}
