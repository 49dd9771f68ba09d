/** Partitions of time: the hour, day, week or month, UTC, that an event belongs to. */
import { eventTime, eventTimeMs } from '../event-time.js';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** the epoch was a Thursday; weeks begin on Monday */
const MONDAY_MS = 4 * DAY_MS;

const UNITS = ['hour', 'day', 'week', 'month'] as const;
export type PartitionUnit = (typeof UNITS)[number];

export const isPartitionUnit = (unit: unknown): unit is PartitionUnit => (UNITS as readonly unknown[]).includes(unit);

/** Is each `longer` made of whole `shorter`s? Months are not made of weeks. */
export const finer = (shorter: PartitionUnit, longer: PartitionUnit): shorter is Exclude<PartitionUnit, 'month'> =>
  UNITS.indexOf(shorter) < UNITS.indexOf(longer) && !(shorter === 'week' && longer === 'month');

const startMs = (at: number, unit: PartitionUnit): number => {
  switch (unit) {
    case 'hour':
      return Math.floor(at / HOUR_MS) * HOUR_MS;
    case 'day':
      return Math.floor(at / DAY_MS) * DAY_MS;
    case 'week':
      return Math.floor((at - MONDAY_MS) / (7 * DAY_MS)) * 7 * DAY_MS + MONDAY_MS;
    case 'month':
      return Date.parse(`${eventTime(at).slice(0, -17)}-01T00:00:00.000Z`);
  }
};

const LENGTH_MS = { hour: HOUR_MS, day: DAY_MS, week: 7 * DAY_MS } as const;

const endMs = (start: number, unit: PartitionUnit): number =>
  unit === 'month' ? startMs(start + 31 * DAY_MS, unit) : start + LENGTH_MS[unit]; // no month is longer than 31 days

/**
 * Beginning of the partition that a time falls into.
 *
 * @param time ISO 8601; without a unit it is a partition itself
 * @returns ISO 8601, UTC
 * @throws RangeError if it is no time
 */
export const partitionOf = (time: string, unit?: PartitionUnit): string =>
  eventTime(unit === undefined ? eventTimeMs(time) : startMs(eventTimeMs(time), unit));

/** @param partition its beginning @returns ISO 8601, the first moment after it */
export const partitionEnd = (partition: string, unit: PartitionUnit): string => eventTime(endMs(eventTimeMs(partition), unit));

/** How many of `every` a partition has: 24 hours a day, 28 to 31 days a month. */
export const partsIn = (partition: string, unit: PartitionUnit, every: Exclude<PartitionUnit, 'month'>): number => {
  const start = eventTimeMs(partition);
  return (endMs(start, unit) - start) / LENGTH_MS[every];
};
