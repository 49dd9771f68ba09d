/**
 * A schedule as Temporal has it, so that what fires is what core/dag/schedule says. Temporal's server reads calendars its own way
 * where a clock changes (seen in its source, 1.29): it drops a local time that is skipped, fires one that comes twice both times,
 * and where midnight itself is skipped takes that day for the weekday before. So the hours in question are cut out of the
 * calendars for the coming years, and what should fire in them is listed one by one. `sync` renews the list.
 */
import type { ScheduleSpec } from '@temporalio/client';
import { assertNever } from '../core/assert-never.js';
import { parseCron, type Cron } from '../core/dag/cron.js';
import type { TimeSchedule } from '../core/dag/schedule.js';
import { DAY_MS, localDay, timesOfDay } from '../core/dag/schedule/cron-times.js';
import { clockChanges, zoneOf, type ClockChange, type Zone } from '../core/dag/schedule/zone.js';
import { durationMs } from '../core/duration.js';
import { eventTimeMs } from '../core/event-time.js';
import { calendarsOf, cutOut, temporalCalendar, type Calendar, type Cut } from './calendar.js';

/** How far ahead changes of the clock are written into a schedule. */
const HORIZON_MS = 5 * 366 * DAY_MS;
const HOUR_MS = 3_600_000;

type Interval = NonNullable<ScheduleSpec['intervals']>[number];
type Compiled = Required<Pick<ScheduleSpec, 'calendars' | 'intervals'>>;

/**
 * Fires at one instant: an interval as long as the time since the epoch, so that the next firing is decades away. (The server never
 * fires the first time of an interval that begins in the future: an offset would not do.)
 */
const once = (instant: number): Interval => ({ every: instant });

/** Local hours from one local time to another, by their beginning read as UTC. */
const hoursFrom = (from: number, to: number): number[] => {
  const hours: number[] = [];
  for (let hour = Math.floor(from / HOUR_MS) * HOUR_MS; hour < to; hour += HOUR_MS) hours.push(hour);
  return hours;
};

const hourOf = (local: number): number => Math.floor((local % DAY_MS) / HOUR_MS);

/** The local hours around a change in which the server does not do what the expression means. */
const oddHours = (cron: Cron, { instant, before, after }: ClockChange): number[] => {
  const size = Math.abs(after - before);
  const first = instant + Math.min(before, after);
  const end = first + size;
  const named = (hours: number[]): number[] => (hours.some((hour) => cron.hours.includes(hourOf(hour))) ? hours : []);
  // set back: the server may repeat the hour before instead
  if (after < before) return named(hoursFrom(first - HOUR_MS, end));
  const midnight = Math.ceil(first / DAY_MS) * DAY_MS;
  if (midnight < end && cron.weekdays) return hoursFrom(Math.min(first, midnight), midnight + DAY_MS);
  // set forward: where each hour counts, a skipped one is the next one
  if (cron.everyHour && size % HOUR_MS === 0 && first % HOUR_MS === 0) return [];
  return named(hoursFrom(first, end)).length > 0 ? hoursFrom(first, end + size) : [];
};

const cutsOf = (hours: readonly number[]): Cut[] =>
  [...new Set(hours.map((hour) => Math.floor(hour / DAY_MS) * DAY_MS))].map((day) => {
    const date = new Date(day);
    const ofDay = hours.filter((hour) => hour >= day && hour < day + DAY_MS).map(hourOf);
    return { year: date.getUTCFullYear(), month: date.getUTCMonth() + 1, day: date.getUTCDate(), hours: ofDay };
  });

/** What fires in those hours. */
const firingsIn = (cron: Cron, zone: Zone, hours: readonly number[], { instant }: ClockChange): number[] => {
  const today = localDay(zone, instant);
  const odd = new Set(hours);
  return [-1, 0, 1]
    .flatMap((days) => timesOfDay(cron, zone, today + days * DAY_MS))
    .filter((time) => odd.has(Math.floor((time + zone(time)) / HOUR_MS) * HOUR_MS));
};

const cronSpec = (expression: string, timezone: string, now: number): Compiled => {
  const cron = parseCron(expression);
  const zone = zoneOf(timezone);
  const cuts: Cut[] = [];
  const extra: number[] = [];
  for (const change of clockChanges(zone, now - DAY_MS, now + HORIZON_MS)) {
    const hours = oddHours(cron, change);
    cuts.push(...cutsOf(hours));
    extra.push(...firingsIn(cron, zone, hours, change));
  }
  const calendars = calendarsOf(cron, expression).flatMap((calendar) => cutOut(calendar, cuts));
  return { calendars: calendars.map(temporalCalendar), intervals: [...new Set(extra)].map(once) };
};

/** Each time as a date of its own, in UTC. */
const listedTime = (time: string): Calendar => {
  const date = new Date(eventTimeMs(time));
  return {
    years: [date.getUTCFullYear()],
    months: [date.getUTCMonth() + 1],
    days: [date.getUTCDate()],
    hours: [date.getUTCHours()],
    minutes: [date.getUTCMinutes()],
    seconds: [date.getUTCSeconds()],
  };
};

/** The server's calendar has the years from 2000 to 2100. */
const isKnown = ({ years = [] }: Calendar): boolean => years.every((year) => year >= 2000 && year <= 2100);

/** @param now ms since the epoch: clock changes of the years after it are written down */
export const temporalSpec = (schedule: TimeSchedule, now: number): ScheduleSpec => {
  switch (schedule.kind) {
    case 'cron':
      return { ...cronSpec(schedule.expression, schedule.timezone, now), timezone: schedule.timezone };
    case 'crons': {
      const all = schedule.expressions.map((expression) => cronSpec(expression, schedule.timezone, now));
      return {
        calendars: all.flatMap(({ calendars }) => calendars),
        intervals: all.flatMap(({ intervals }) => intervals),
        timezone: schedule.timezone,
      };
    }
    case 'every': {
      const every = durationMs(schedule.every);
      const anchor = schedule.anchor === undefined ? 0 : eventTimeMs(schedule.anchor);
      // Temporal counts from the epoch; the offset moves the grid so that one firing falls on the anchor
      return { intervals: [{ every, offset: ((anchor % every) + every) % every }] };
    }
    case 'at':
      return { calendars: schedule.times.map(listedTime).filter(isKnown).map(temporalCalendar) };
    default:
      return assertNever(schedule);
  }
};
