/**
 * Instants at which a cron expression fires in a zone, as Airflow has them where the clock changes:
 *
 * - A local time that the clock jumps over counts as if it had not jumped yet: 02:30 is the instant that shows 03:30. Of several
 *   the first fires, and what is between it and the time that it shows does not.
 * - A local time that comes twice is meant the second time.
 * - An expression that names every hour counts elapsed time: no time is lost, and one that comes twice fires twice.
 */
import { namesDay, parseCron, type Cron } from '../cron.js';
import { zoneOf, type Zone } from './zone.js';

export const DAY_MS = 86_400_000;
/** 29 February over a century that is no leap year. */
const LONGEST_WAIT_DAYS = 366 * 9;
/** Whoever asks for one firing asks for the next one too. */
const KNOWN_DAYS = 8;
/** After so many years the weekdays fall on the same dates again. */
const CALENDAR_CYCLE_YEARS = 28;

/** When a schedule fires, in ms since the epoch. */
export interface Times {
  /** undefined: never again */
  after(instant: number): number | undefined;
  before(instant: number): number | undefined;
}

/** Does the zone's clock change within a day of this local day? @param day its midnight, read as UTC */
export const changesAround = (zone: Zone, day: number): boolean => zone(day - DAY_MS) !== zone(day + 2 * DAY_MS);

const localTimes = (cron: Cron, day: number): number[] =>
  cron.hours.flatMap((hour) => cron.minutes.map((minute) => day + hour * 3_600_000 + minute * 60_000));

const changedTimes = (cron: Cron, zone: Zone, day: number): number[] => {
  const instants = new Set<number>();
  let skippedTo = -Infinity;
  for (const local of localTimes(cron, day)) {
    if (local <= skippedTo) continue;
    const asBefore = local - zone(local - DAY_MS);
    const asAfter = local - zone(local + DAY_MS);
    const shown = [asBefore, asAfter].filter((instant) => instant + zone(instant) === local);
    if (shown.length > 0) {
      for (const instant of cron.everyHour ? shown : [Math.max(...shown)]) instants.add(instant);
    } else {
      instants.add(asBefore);
      if (!cron.everyHour) skippedTo = asBefore + zone(asBefore);
    }
  }
  return [...instants].sort((a, b) => a - b);
};

/** Firings of one local day, ascending. @param day its midnight, read as UTC */
export const timesOfDay = (cron: Cron, zone: Zone, day: number): number[] => {
  if (!namesDay(cron, day)) return [];
  if (changesAround(zone, day)) return changedTimes(cron, zone, day);
  const offset = zone(day);
  return localTimes(cron, day).map((local) => local - offset);
};

export const localDay = (zone: Zone, instant: number): number => Math.floor((instant + zone(instant)) / DAY_MS) * DAY_MS;

/** @throws RangeError naming the wrong field or zone */
export const cronTimes = (expression: string, timezone: string): Times => {
  const cron = parseCron(expression);
  const zone = zoneOf(timezone);
  const known = new Map<number, number[]>();
  const timesOf = (day: number): number[] => {
    const times = known.get(day) ?? timesOfDay(cron, zone, day);
    if (known.size >= KNOWN_DAYS) known.clear();
    known.set(day, times);
    return times;
  };
  // one day more on the other side: a skipped time may fall on the day after its own
  return {
    after: (instant) => {
      const today = localDay(zone, instant);
      for (let ahead = -1; ahead <= LONGEST_WAIT_DAYS; ahead++) {
        const found = timesOf(today + ahead * DAY_MS).find((time) => time > instant);
        if (found !== undefined) return found;
      }
      return undefined;
    },
    before: (instant) => {
      const today = localDay(zone, instant);
      for (let back = 0; back <= LONGEST_WAIT_DAYS; back++) {
        const found = timesOf(today - back * DAY_MS).findLast((time) => time < instant);
        if (found !== undefined) return found;
      }
      return undefined;
    },
  };
};

/** @throws RangeError naming the wrong field or zone, or saying that it never fires */
export const checkCron = (expression: string, timezone: string): void => {
  const cron = parseCron(expression);
  zoneOf(timezone);
  const end = Date.UTC(2000 + CALENDAR_CYCLE_YEARS, 0, 1);
  for (let day = Date.UTC(2000, 0, 1); day < end; day += DAY_MS) if (namesDay(cron, day)) return;
  throw new RangeError(`'${expression}' never fires: no month that it names has such a day`);
};
