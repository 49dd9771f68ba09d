/** When a DAG runs, in words. */
import { conditionText } from '../../core/dag/asset.js';
import { firings, type Schedule } from '../../core/dag/schedule.js';
import type { DagSpec } from '../../core/dag/spec.js';

const MACROS: Readonly<Record<string, string>> = {
  '@hourly': '0 * * * *',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@weekly': '0 0 * * 0',
  '@monthly': '0 0 1 * *',
  '@quarterly': '0 0 1 */3 *',
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
};
const DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'];
const SHORT = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];
const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const MONTH_NAMES = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
];

const list = (words: readonly string[]): string =>
  words.length < 2 ? (words[0] ?? '') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;

/** One name or number of a field. @returns undefined if it is none */
const index = (text: string, names: readonly string[], first: number): number | undefined => {
  const named = names.indexOf(text.toLowerCase());
  if (named !== -1) return named + first;
  return /^\d+$/.test(text) ? Number(text) : undefined;
};

/** Names of a list or range of a field. @returns undefined for what has steps */
const named = (field: string, short: readonly string[], first: number, long: (n: number) => string | undefined): string | undefined => {
  const words = field.split(',').map((part) => {
    const [from, to, ...rest] = part.split('-').map((text) => index(text, short, first));
    const [begin, end] = [from === undefined ? undefined : long(from), to === undefined ? undefined : long(to)];
    if (rest.length > 0 || begin === undefined || (part.includes('-') && end === undefined)) return undefined;
    return end === undefined ? begin : `${begin} to ${end}`;
  });
  return words.some((word) => word === undefined) ? undefined : list(words as string[]);
};

const two = (n: string): string => n.padStart(2, '0');
const numbers = (field: string): string[] | undefined => (/^\d+(,\d+)*$/.test(field) ? field.split(',') : undefined);

/** A step that the whole can be divided by: any other is cut short at the end of the hour or the day. */
const stepOf = (field: string, whole: number): number | undefined => {
  const step = Number(/^(?:\*|0)\/(\d+)$/.exec(field)?.[1] ?? NaN);
  return step > 0 && whole % step === 0 ? step : undefined;
};

/** When on such a day. */
const timeText = (minute: string, hour: string): string | undefined => {
  const [everyMinutes, everyHours] = [stepOf(minute, 60), stepOf(hour, 24)];
  const [minutes, hours] = [numbers(minute), numbers(hour)];
  if (minute === '*' && hour === '*') return 'every minute';
  if (everyMinutes !== undefined && hour === '*') return `every ${everyMinutes} minutes`;
  if (minutes && hour === '*') return minute === '0' ? 'every hour' : `at minute ${list(minutes)} of every hour`;
  if (minutes && everyHours !== undefined) return `at minute ${list(minutes)} of every ${everyHours} hours`;
  if (minutes && hours && minutes.length * hours.length <= 6)
    return `at ${list(hours.flatMap((h) => minutes.map((m) => `${two(h)}:${two(m)}`)))}`;
  return undefined;
};

/** @returns the expression itself where words would be longer than it */
const cronText = (expression: string): string => {
  const fields = (MACROS[expression] ?? expression).trim().split(/\s+/);
  const [minute, hour, day, month, weekday] = fields.map((field) => field.replace('?', '*'));
  if (fields.length !== 5) return expression;
  const time = timeText(minute!, hour!);
  const months = month === '*' ? '' : named(month!, MONTHS, 1, (n) => MONTH_NAMES[n - 1]);
  const weekdays = weekday === '*' ? '' : named(weekday!, SHORT, 0, (n) => DAYS[n]);
  const days = day === '*' ? '' : numbers(day!) && `day ${list(numbers(day!)!)}`;
  if (time === undefined || months === undefined || weekdays === undefined || days === undefined) return expression;
  // both restricted: cron fires on either
  const on = [days === '' ? '' : `${days} of ${months === '' ? 'the month' : months}`, weekdays].filter((part) => part !== '');
  const inMonths = months === '' || days !== '' ? '' : ` in ${months}`;
  if (on.length > 0) return `${time} on ${on.join(' or on ')}${inMonths}`;
  return time.startsWith('at ') && !time.includes('every') ? `${time} every day${inMonths}` : `${time}${inMonths}`;
};

export const scheduleText = (schedule: Schedule | undefined): string => {
  if (!schedule) return '-';
  const zone = (timezone: string): string => (timezone === 'UTC' ? ' (UTC)' : ` (${timezone})`);
  switch (schedule.kind) {
    case 'assets':
      return `when there is news of ${conditionText(schedule.when)}${schedule.or ? `, or ${scheduleText(schedule.or)}` : ''}`;
    case 'at':
      return schedule.times.length === 1
        ? `once, at ${schedule.times[0]}`
        : `at ${schedule.times.length} times, first ${schedule.times[0]}`;
    case 'crons':
      return `${schedule.expressions.map(cronText).join(', and ')}${zone(schedule.timezone)}`;
    case 'cron':
      return `${cronText(schedule.expression)}${zone(schedule.timezone)}`;
    case 'every':
      return `every ${schedule.every}${schedule.anchor === undefined ? '' : `, counted from ${schedule.anchor}`}`;
  }
};

/** @returns ISO 8601 */
export const nextFirings = (spec: DagSpec, from: string, count: number): string[] => {
  const next: string[] = [];
  if (spec.schedule) for (const time of firings(spec.schedule, { from }, spec)) if (next.push(time) >= count) break;
  return next;
};
