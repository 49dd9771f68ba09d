/** Which rows belong together because they fall at the same time of the day or the week. All in UTC. */
import { z } from 'zod';

export const Season = z.enum(['hour-of-day', 'weekday', 'hour-of-week']);
export type Season = z.infer<typeof Season>;

export const SLOTS: Readonly<Record<Season, number>> = { 'hour-of-day': 24, weekday: 7, 'hour-of-week': 168 };

/** As a person says it: rows of the same … */
export const SEASON_NAMES: Readonly<Record<Season, string>> = {
  'hour-of-day': 'hour of the day',
  weekday: 'day of the week',
  'hour-of-week': 'hour of the week',
};

const HOUR_MS = 3_600_000;
/** 1970-01-01 was a Thursday; weeks start on Monday. */
const THURSDAY_HOURS = 72;

const slotOfHour = (season: Season, hour: number): number => {
  const ofWeek = (((hour + THURSDAY_HOURS) % 168) + 168) % 168;
  switch (season) {
    case 'hour-of-day':
      return ofWeek % 24;
    case 'weekday':
      return Math.floor(ofWeek / 24);
    case 'hour-of-week':
      return ofWeek;
  }
};

/**
 * @param times event time of each row, in milliseconds since 1970
 * @returns the slot of each row, from 0: midnight, Monday; −1 for a row without a time
 */
export const slotsOf = (season: Season, times: ArrayLike<number>): Int16Array => {
  const slots = new Int16Array(times.length);
  for (let i = 0; i < times.length; i++) {
    const time = times[i]!;
    slots[i] = Number.isFinite(time) ? slotOfHour(season, Math.floor(time / HOUR_MS)) : -1;
  }
  return slots;
};
