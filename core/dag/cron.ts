/** Cron expressions: five fields, lists, ranges, steps, names, and the `@daily` family. */

const PRESETS: Readonly<Record<string, string>> = {
  '@hourly': '0 * * * *',
  '@daily': '0 0 * * *',
  '@weekly': '0 0 * * 0',
  '@monthly': '0 0 1 * *',
  '@quarterly': '0 0 1 */3 *',
  '@yearly': '0 0 1 1 *',
};
const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const WEEKDAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];
/** Far enough for 29 February over a century that is no leap year. */
const DAYS_BACK = 366 * 9;
const DAY_MS = 86_400_000;

interface Field {
  readonly name: string;
  readonly min: number;
  readonly max: number;
  readonly names?: readonly string[];
}
const FIELDS: readonly [Field, Field, Field, Field, Field] = [
  { name: 'minute', min: 0, max: 59 },
  { name: 'hour', min: 0, max: 23 },
  { name: 'day of month', min: 1, max: 31 },
  { name: 'month', min: 1, max: 12, names: MONTHS },
  { name: 'day of week', min: 0, max: 7, names: WEEKDAYS },
];

export interface Cron {
  /** ascending */
  readonly minutes: readonly number[];
  readonly hours: readonly number[];
  readonly everyHour: boolean;
  /** @param day UTC midnight of a calendar day */
  matches(day: Date): boolean;
}

const numberIn = (field: Field, text: string): number => {
  const named = field.names?.indexOf(text.toLowerCase()) ?? -1;
  const value = named >= 0 ? named + (field.min === 1 ? 1 : 0) : /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (value >= field.min && value <= field.max) return value;
  throw new RangeError(`'${text}' is no ${field.name} (${field.min} to ${field.max})`);
};

const valuesOf = (field: Field, text: string): Set<number> => {
  const values = new Set<number>();
  for (const item of text.split(',')) {
    const [range = '', step, ...rest] = item.split('/');
    if (rest.length > 0 || (step !== undefined && !/^[1-9]\d*$/.test(step))) throw new RangeError(`'${item}' is no ${field.name}`);
    const [from = '', to] = range.split('-');
    const wide = range === '*' || range === '?';
    const first = wide ? field.min : numberIn(field, from);
    const last = wide ? field.max : to !== undefined ? numberIn(field, to) : step === undefined ? first : field.max;
    if (last < first) throw new RangeError(`'${item}' ends before it starts`);
    for (let value = first; value <= last; value += Number(step ?? 1)) values.add(value);
  }
  return values;
};

/** @throws RangeError naming the wrong field */
export const parseCron = (expression: string): Cron => {
  const parts = (PRESETS[expression] ?? expression).trim().split(/\s+/);
  if (parts.length !== 5)
    throw new RangeError(`'${expression}' has ${parts.length} fields; cron has 5: minute, hour, day of month, month, day of week`);
  const [minutes, hours, monthDays, months, weekdays] = FIELDS.map((field, i) => valuesOf(field, parts[i]!)) as [
    Set<number>,
    Set<number>,
    Set<number>,
    Set<number>,
    Set<number>,
  ];
  if (weekdays.has(7)) weekdays.add(0);
  const [, , monthDay = '', , weekday = ''] = parts;
  // Two restricted day fields are an or, else an and; `*/9` restricts, as Airflow reads it.
  const restricts = (field: string): boolean => field !== '*' && field !== '?';
  const either = restricts(monthDay) && restricts(weekday);
  const ascending = (values: Set<number>): number[] => [...values].sort((a, b) => a - b);
  return {
    minutes: ascending(minutes),
    hours: ascending(hours),
    everyHour: hours.size === 24,
    matches: (day) => {
      if (!months.has(day.getUTCMonth() + 1)) return false;
      const byMonth = monthDays.has(day.getUTCDate());
      const byWeek = weekdays.has(day.getUTCDay());
      return either ? byMonth || byWeek : byMonth && byWeek;
    },
  };
};

/** @returns how far a zone's clock is ahead of UTC at an instant, in ms @throws RangeError for an unknown zone */
const offsetsOf = (timezone: string): ((instant: number) => number) => {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: timezone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  return (instant) => {
    const part = Object.fromEntries(format.formatToParts(instant).map(({ type, value }) => [type, Number(value)]));
    const local = Date.UTC(part['year']!, part['month']! - 1, part['day'], part['hour'], part['minute'], part['second']);
    return local - Math.floor(instant / 1_000) * 1_000;
  };
};

/**
 * Instants at which a zone's clock shows a local time. One that the clock jumps over counts as if it had not jumped yet;
 * one that comes twice is meant the second time, unless the expression covers every hour.
 */
const instantsOf = (local: number, offsetAt: (instant: number) => number, both: boolean): number[] => {
  const before = local - offsetAt(local - DAY_MS);
  const after = local - offsetAt(local + DAY_MS);
  if (before === after) return [before];
  const shown = [before, after].filter((instant) => instant + offsetAt(instant) === local);
  if (shown.length === 0) return [before];
  return both ? shown : [Math.max(...shown)];
};

/**
 * The last firing before an instant, as Airflow reads cron in a zone with daylight saving.
 *
 * @returns ms since the epoch; undefined if there was none in nine years
 */
export const previousCron = (expression: string, timezone: string, before: number): number | undefined => {
  const cron = parseCron(expression);
  const offsetAt = offsetsOf(timezone);
  const today = Math.floor((before + offsetAt(before)) / DAY_MS) * DAY_MS;
  for (let back = 0; back <= DAYS_BACK; back++) {
    const day = today - back * DAY_MS;
    if (!cron.matches(new Date(day))) continue;
    const changes = offsetAt(day - DAY_MS) !== offsetAt(day + 2 * DAY_MS);
    const offset = offsetAt(day);
    const instants = cron.hours.flatMap((hour) =>
      cron.minutes.flatMap((minute) => {
        const local = day + hour * 3_600_000 + minute * 60_000;
        return changes ? instantsOf(local, offsetAt, cron.everyHour) : [local - offset];
      }),
    );
    const earlier = instants.filter((instant) => instant < before);
    if (earlier.length > 0) return Math.max(...earlier);
  }
  return undefined;
};

/** @throws RangeError naming the wrong field or zone */
export const checkCron = (expression: string, timezone: string): void => {
  parseCron(expression);
  offsetsOf(timezone);
};
