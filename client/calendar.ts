/** Temporal calendars as sets of numbers that dates can be taken out of. All fields must fit, in the time zone of the schedule. */
import { DAYS_OF_WEEK, MONTHS, type CalendarSpec } from '@temporalio/client';
import type { Cron, MonthDays, Weekdays } from '../core/dag/cron.js';

/** A field that is left out fits always. Lists are ascending. */
export interface Calendar {
  readonly years?: readonly number[];
  readonly months?: readonly number[];
  readonly days?: readonly number[];
  readonly weekdays?: readonly number[];
  readonly hours?: readonly number[];
  readonly minutes: readonly number[];
  readonly seconds?: readonly number[];
  readonly comment?: string;
}

/** Hours of a date. */
export interface Cut {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly hours: readonly number[];
}

const from = (first: number, last: number): number[] => Array.from({ length: last - first + 1 }, (_, i) => first + i);

/** All that the server knows. */
const YEARS = from(2000, 2100);
const ALL_MONTHS = from(1, 12);
const DAYS = from(1, 31);
const HOURS = from(0, 23);
const LEAP_YEARS = YEARS.filter((year) => (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0);

const without = (numbers: readonly number[], taken: ReadonlySet<number>): number[] => numbers.filter((number) => !taken.has(number));

/** Calendars of the last `count` days of each month: a calendar cannot count from the end. */
const lastDays = (count: number): Pick<Calendar, 'years' | 'months' | 'days'>[] => [
  { months: [1, 3, 5, 7, 8, 10, 12], days: from(32 - count, 31) },
  { months: [4, 6, 9, 11], days: from(31 - count, 30) },
  { months: [2], days: from(30 - count, 29), years: LEAP_YEARS },
  { months: [2], days: from(29 - count, 28), years: without(YEARS, new Set(LEAP_YEARS)) },
];

type DayFields = Pick<Calendar, 'years' | 'months' | 'days' | 'weekdays'>;

const monthDayFields = ({ numbers, last }: MonthDays): DayFields[] => [
  ...(numbers.length > 0 ? [{ days: numbers }] : []),
  ...(last ? lastDays(1) : []),
];

const weekdayFields = ({ numbers, lastOfMonth, nthOfMonth }: Weekdays): DayFields[] => [
  ...(numbers.length > 0 ? [{ weekdays: numbers }] : []),
  ...nthOfMonth.map(({ weekday, nth }) => ({ weekdays: [weekday], days: from(7 * nth - 6, Math.min(7 * nth, 31)) })),
  ...(lastOfMonth.length > 0 ? lastDays(7).map((days) => ({ ...days, weekdays: lastOfMonth })) : []),
];

/** Several where cron says *or* and a calendar can only say *and*: day of month or day of week. */
export const calendarsOf = ({ minutes, hours, months, monthDays, weekdays, everyHour }: Cron, comment: string): Calendar[] => {
  const days = [...(monthDays ? monthDayFields(monthDays) : []), ...(weekdays ? weekdayFields(weekdays) : [])];
  const all = new Set(months);
  return (days.length > 0 ? days : [{}]).flatMap((fields) => {
    const inMonths = fields.months ? fields.months.filter((month) => all.has(month)) : months;
    if (inMonths.length === 0) return [];
    const time = { minutes, ...(everyHour ? {} : { hours }), comment };
    return { ...fields, ...(inMonths.length === ALL_MONTHS.length ? {} : { months: inMonths }), ...time };
  });
};

const unique = (numbers: readonly number[]): number[] => [...new Set(numbers)];

/** The same calendar without some hours of some dates. */
export const cutOut = (calendar: Calendar, cuts: readonly Cut[]): Calendar[] => {
  const { years = YEARS, months = ALL_MONTHS, days = DAYS, hours = HOURS } = calendar;
  const hit = cuts.filter(
    (cut) =>
      years.includes(cut.year) && months.includes(cut.month) && days.includes(cut.day) && cut.hours.some((hour) => hours.includes(hour)),
  );
  if (hit.length === 0) return [calendar];
  const parts: Calendar[] = [{ ...calendar, years: without(years, new Set(hit.map(({ year }) => year))) }];
  for (const year of unique(hit.map((cut) => cut.year))) {
    const inYear = hit.filter((cut) => cut.year === year);
    parts.push({ ...calendar, years: [year], months: without(months, new Set(inYear.map(({ month }) => month))) });
    for (const month of unique(inYear.map((cut) => cut.month))) {
      const inMonth = inYear.filter((cut) => cut.month === month);
      const date = { ...calendar, years: [year], months: [month] };
      parts.push({ ...date, days: without(days, new Set(inMonth.map(({ day }) => day))) });
      for (const cut of inMonth) parts.push({ ...date, days: [cut.day], hours: without(hours, new Set(cut.hours)) });
    }
  }
  return parts.filter((part) => [part.years, part.months, part.days, part.hours].every((list) => list?.length !== 0));
};

/** `[0, 15, 30, 45]` is one range, `[1, 2, 3, 9]` are two. */
const rangesOf = (numbers: readonly number[]): { start: number; end: number; step: number }[] => {
  const ranges: { start: number; end: number; step: number }[] = [];
  for (const number of numbers) {
    const range = ranges.at(-1);
    if (range && (range.start === range.end || number === range.end + range.step)) {
      range.step = range.start === range.end ? number - range.start : range.step;
      range.end = number;
    } else ranges.push({ start: number, end: number, step: 1 });
  }
  return ranges;
};

/** As Temporal's client takes it. */
export const temporalCalendar = ({ years, months, days, weekdays, hours, minutes, seconds, comment }: Calendar): CalendarSpec => ({
  ...(years ? { year: rangesOf(years) } : {}),
  month: months ? months.map((month) => MONTHS[month - 1]!) : '*',
  dayOfMonth: days ? rangesOf(days) : '*',
  dayOfWeek: weekdays ? weekdays.map((weekday) => DAYS_OF_WEEK[weekday]!) : '*',
  hour: hours ? rangesOf(hours) : '*',
  minute: rangesOf(minutes),
  second: seconds ? rangesOf(seconds) : 0,
  ...(comment === undefined ? {} : { comment }),
});
