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

/** @param day UTC midnight of a calendar day */
type DayRule = (day: Date) => boolean;

/** One day field. */
interface Days {
  /** it names every day there is */
  readonly all: boolean;
  /** ascending; `undefined` if some item is no plain number: `L`, `5#2` */
  readonly numbers: readonly number[] | undefined;
  readonly has: DayRule;
}

export interface Cron {
  /** ascending, as all lists here */
  readonly minutes: readonly number[];
  readonly hours: readonly number[];
  readonly months: readonly number[];
  readonly monthDays: Days;
  readonly weekdays: Days;
  /** its times repeat when the clock is set back, instead of waiting for the second time */
  readonly everyHour: boolean;
  /** if both day fields restrict, one of them is enough */
  readonly eitherDay: boolean;
  readonly matches: DayRule;
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

/** Days after this one in its month. */
const daysLeft = (day: Date): number => new Date(Date.UTC(day.getUTCFullYear(), day.getUTCMonth() + 1, 0)).getUTCDate() - day.getUTCDate();

/** `L`: last day of the month; `L5`: last Friday; `5#2`: second Friday. */
const specialDay = (field: Field, item: string): DayRule | undefined => {
  if (field === MONTH_DAY) return /^l$/i.test(item) ? (day) => daysLeft(day) === 0 : undefined;
  const last = /^l(.+)$/i.exec(item);
  const nth = /^(.+)#([1-5])$/.exec(item);
  const name = last?.[1] ?? nth?.[1];
  if (name === undefined) return undefined;
  const weekday = numberIn(field, name);
  const week = nth ? (day: Date) => Math.ceil(day.getUTCDate() / 7) === Number(nth[2]) : (day: Date) => daysLeft(day) < 7;
  return (day) => day.getUTCDay() === weekday && week(day);
};

const daysOf = (field: Field, text: string, numberOf: (day: Date) => number): Days => {
  const items = text.split(',');
  const special = items.map((item) => specialDay(field, item));
  const numbers = ascending(items.flatMap((item, i) => (special[i] ? [] : rangeOf(field, item))));
  const rules = special.filter((rule) => rule !== undefined);
  const set = new Set(numbers);
  return {
    all: numbers.length === field.max - field.min + 1,
    numbers: rules.length === 0 ? numbers : undefined,
    has: (day) => set.has(numberOf(day)) || rules.some((rule) => rule(day)),
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
  const months = numbersOf(MONTH, month);
  const inMonth = new Set(months);
  const monthDays = daysOf(MONTH_DAY, monthDay, (day) => day.getUTCDate());
  const weekdays = daysOf(WEEKDAY, weekday, (day) => day.getUTCDay());
  const eitherDay = !monthDays.all && !weekdays.all;
  return {
    minutes: numbersOf(MINUTE, minute),
    hours,
    months,
    monthDays,
    weekdays,
    everyHour: hours.length === 24,
    eitherDay,
    matches: (day) =>
      inMonth.has(day.getUTCMonth() + 1) && (eitherDay ? monthDays.has(day) || weekdays.has(day) : monthDays.has(day) && weekdays.has(day)),
  };
};
