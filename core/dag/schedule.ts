/** When a DAG runs by itself. */
import { durationMs, type Duration } from '../duration.js';
import { eventTime, eventTimeMs } from '../event-time.js';
import { checkAssetSchedule, type AssetSchedule } from './asset.js';
import { checkCron, previousCron } from './cron.js';

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
  /** ISO 8601; one firing falls on it. Default: the epoch */
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
export const byClock = (schedule: Schedule | undefined): TimeSchedule | undefined =>
  schedule?.kind === 'assets' ? schedule.or : schedule;

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

/** @throws RangeError saying what is wrong with it */
export const checkSchedule = (schedule: Schedule): void => {
  if (schedule.kind === 'assets') {
    checkAssetSchedule(schedule);
    return schedule.or && checkSchedule(schedule.or);
  }
  if (schedule.kind === 'cron') return checkCron(schedule.expression, schedule.timezone);
  if (schedule.kind === 'crons') return schedule.expressions.forEach((expression) => checkCron(expression, schedule.timezone));
  if (schedule.kind === 'at') return schedule.times.forEach((time) => void eventTimeMs(time));
  if (durationMs(schedule.every) < 1_000) throw new RangeError(`'${schedule.every}' is shorter than a second`);
  if (schedule.anchor !== undefined) eventTimeMs(schedule.anchor);
};

/**
 * The firing before `firedAt`: start of the data interval that ends there.
 *
 * @param firedAt ISO 8601
 * @returns ISO 8601, UTC; `firedAt` itself if a cron expression has no earlier one
 */
export const previousFiring = (schedule: Schedule, firedAt: string): string => {
  const at = eventTimeMs(firedAt);
  if (schedule.kind === 'assets') return schedule.or ? previousFiring(schedule.or, firedAt) : eventTime(at);
  if (schedule.kind === 'crons' || schedule.kind === 'at') return eventTime(at);
  if (schedule.kind === 'cron') return eventTime(previousCron(schedule.expression, schedule.timezone, at) ?? at);
  const interval = durationMs(schedule.every);
  const anchor = schedule.anchor === undefined ? 0 : eventTimeMs(schedule.anchor);
  return eventTime(anchor + (Math.ceil((at - anchor) / interval) - 1) * interval);
};
