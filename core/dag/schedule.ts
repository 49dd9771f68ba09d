/** When a DAG runs by itself. */
import { durationMs, type Duration } from '../duration.js';
import { eventTime, eventTimeMs } from '../event-time.js';
import type { CronSchedule } from '../lifecycle/model-spec.js';
import { checkAssetSchedule, type AssetSchedule } from './asset.js';
import { checkCron, previousCron } from './cron.js';

export interface EverySchedule {
  readonly kind: 'every';
  readonly every: Duration;
  /** ISO 8601; one firing falls on it. Default: the epoch */
  readonly anchor?: string;
}
/** By the clock. */
export type TimeSchedule = CronSchedule | EverySchedule;
export type Schedule = TimeSchedule | AssetSchedule;

/** A firing each `interval`, aligned to `anchor`. */
export const every = (interval: Duration, options: { anchor?: string } = {}): EverySchedule => ({
  kind: 'every',
  every: interval,
  ...options,
});

/** @throws RangeError saying what is wrong with it */
export const checkSchedule = (schedule: Schedule): void => {
  if (schedule.kind === 'assets') {
    checkAssetSchedule(schedule);
    return schedule.or && checkSchedule(schedule.or);
  }
  if (schedule.kind === 'cron') return checkCron(schedule.expression, schedule.timezone);
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
  if (schedule.kind === 'cron') return eventTime(previousCron(schedule.expression, schedule.timezone, at) ?? at);
  const interval = durationMs(schedule.every);
  const anchor = schedule.anchor === undefined ? 0 : eventTimeMs(schedule.anchor);
  return eventTime(anchor + (Math.ceil((at - anchor) / interval) - 1) * interval);
};
