/** Cron expressions as croniter reads them: five fields, lists, ranges, steps, names, `L`, `#`, and the `@daily` family. */

const PRESETS: Readonly<Record<string, string>> = {
  '@hourly': '0 * * * *',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@weekly': '0 0 * * 0',
  '@monthly': '0 0 1 * *',
  '@quarterly': '0 0 1 */3 *',
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
};
const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const WEEKDAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];

interface Field {
  readonly name: string;
  readonly min: number;
  readonly max: number;
  readonly names?: readonly string[];
}
const MINUTE: Field = { name: 'minute', min: 0, max: 59 };
const HOUR: Field = { name: 'hour', min: 0, max: 23 };
const MONTH_DAY: Field = { name: 'day of month', min: 1, max: 31 };
const MONTH: Field = { name: 'month', min: 1, max: 12, names: MONTHS };
const WEEKDAY: Field = { name: 'day of week', min: 0, max: 6, names: WEEKDAYS };

export interface MonthDays {
  /** ascending, as all lists here */
  readonly numbers: readonly number[];
  /** `L`: the last one of each month */
  readonly last: boolean;
}

export interface Weekdays {
  /** 0 is Sunday */
  readonly numbers: readonly number[];
  /** `L5`: the last Friday of each month */
  readonly lastOfMonth: readonly number[];
  /** `5#2`: the second Friday of each month */
  readonly nthOfMonth: readonly { readonly weekday: number; readonly nth: number }[];
}

export interface Cron {
  readonly minutes: readonly number[];
  readonly hours: readonly number[];
  readonly months: readonly number[];
  /** undefined: every day */
  readonly monthDays: MonthDays | undefined;
  /** undefined: every day. If both day fields restrict, one of them is enough */
  readonly weekdays: Weekdays | undefined;
  /** its times repeat when the clock is set back, instead of waiting for the second time */
  readonly everyHour: boolean;
}

const numberIn = (field: Field, text: string): number => {
  const named = field.names?.indexOf(text.toLowerCase()) ?? -1;
  const value = named >= 0 ? named + field.min : /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (field === WEEKDAY && value === 7) return 0;
  if (value >= field.min && value <= field.max) return value;
  throw new RangeError(`'${text}' is no ${field.name} (${field.min} to ${field.max})`);
};

/** `22-2` goes on past the end of the field, as `fri-mon` does. */
const rangeOf = (field: Field, item: string): number[] => {
  const [range = '', step, ...rest] = item.split('/');
  const [from = '', to, ...more] = range.split('-');
  if (rest.length > 0 || more.length > 0 || (step !== undefined && !/^[1-9]\d*$/.test(step)))
    throw new RangeError(`'${item}' is no ${field.name}`);
  const wide = range === '*' || range === '?';
  const size = field.max - field.min + 1;
  const first = wide ? field.min : numberIn(field, from);
  // Sunday as 7 ends a week, as 0 it begins one
  const end = field === WEEKDAY && to === '7' ? 7 : to !== undefined ? numberIn(field, to) : undefined;
  const last = wide ? field.max : (end ?? (step === undefined ? first : field.max));
  const length = last >= first ? last - first : last - first + size;
  const values: number[] = [];
  for (let i = 0; i <= length; i += Number(step ?? 1)) values.push(field.min + ((first - field.min + i) % size));
  return values;
};

const ascending = (values: Iterable<number>): number[] => [...new Set(values)].sort((a, b) => a - b);

const numbersOf = (field: Field, text: string): number[] => ascending(text.split(',').flatMap((item) => rangeOf(field, item)));

/** `last`, `nth` and the like in a day field; undefined for a plain item. */
interface Special {
  readonly weekday?: number;
  readonly nth?: number;
}

const specialOf = (field: Field, item: string): Special | undefined => {
  if (field === MONTH_DAY) return /^l$/i.test(item) ? {} : undefined;
  const [, last] = /^l(.+)$/i.exec(item) ?? [];
  if (last !== undefined) return { weekday: numberIn(field, last) };
  const [, name, nth] = /^(.+)#([1-5])$/.exec(item) ?? [];
  return name === undefined ? undefined : { weekday: numberIn(field, name), nth: Number(nth) };
};

const dayField = (field: Field, text: string): { readonly all: boolean; readonly numbers: number[]; readonly special: Special[] } => {
  const items = text.split(',').map((item) => ({ item, special: specialOf(field, item) }));
  const numbers = ascending(items.flatMap(({ item, special }) => (special ? [] : rangeOf(field, item))));
  return { all: numbers.length === field.max - field.min + 1, numbers, special: items.flatMap(({ special }) => special ?? []) };
};

const monthDaysOf = (text: string): MonthDays | undefined => {
  const { all, numbers, special } = dayField(MONTH_DAY, text);
  return all ? undefined : { numbers, last: special.length > 0 };
};

const weekdaysOf = (text: string): Weekdays | undefined => {
  const { all, numbers, special } = dayField(WEEKDAY, text);
  if (all) return undefined;
  return {
    numbers,
    lastOfMonth: special.flatMap(({ weekday, nth }) => (weekday === undefined || nth !== undefined ? [] : weekday)),
    nthOfMonth: special.flatMap(({ weekday, nth }) => (weekday === undefined || nth === undefined ? [] : { weekday, nth })),
  };
};

/** @throws RangeError naming the wrong field */
export const parseCron = (expression: string): Cron => {
  if (expression === '@once') throw new RangeError("'@once' is no cron expression; write at(['2026-01-31T06:00:00Z'])");
  const fields = (PRESETS[expression] ?? expression).trim().split(/\s+/);
  if (fields.length !== 5)
    throw new RangeError(`'${expression}' has ${fields.length} fields; cron has 5: minute, hour, day of month, month, day of week`);
  const [minute, hour, monthDay, month, weekday] = fields as [string, string, string, string, string];
  const hours = numbersOf(HOUR, hour);
  return {
    minutes: numbersOf(MINUTE, minute),
    hours,
    months: numbersOf(MONTH, month),
    monthDays: monthDaysOf(monthDay),
    weekdays: weekdaysOf(weekday),
    everyHour: hours.length === 24,
  };
};

const hasMonthDay = ({ numbers, last }: MonthDays, date: number, daysLeft: number): boolean =>
  numbers.includes(date) || (last && daysLeft === 0);

const hasWeekday = ({ numbers, lastOfMonth, nthOfMonth }: Weekdays, weekday: number, date: number, daysLeft: number): boolean =>
  numbers.includes(weekday) ||
  (daysLeft < 7 && lastOfMonth.includes(weekday)) ||
  nthOfMonth.some((day) => day.weekday === weekday && day.nth === Math.ceil(date / 7));

/** @param day midnight of a calendar day, read as UTC, in ms since the epoch */
export const namesDay = ({ months, monthDays, weekdays }: Cron, day: number): boolean => {
  const time = new Date(day);
  const [year, month, date] = [time.getUTCFullYear(), time.getUTCMonth(), time.getUTCDate()];
  if (!months.includes(month + 1)) return false;
  const daysLeft = new Date(Date.UTC(year, month + 1, 0)).getUTCDate() - date;
  const byMonth = monthDays && hasMonthDay(monthDays, date, daysLeft);
  const byWeek = weekdays && hasWeekday(weekdays, time.getUTCDay(), date, daysLeft);
  return byMonth === undefined || byWeek === undefined ? (byMonth ?? byWeek ?? true) : byMonth || byWeek;
};
