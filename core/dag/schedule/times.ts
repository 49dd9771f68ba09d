/** The firings of any schedule by the clock. */
import { assertNever } from '../../assert-never.js';
import { durationMs } from '../../duration.js';
import { eventTimeMs } from '../../event-time.js';
import type { EverySchedule, TimeSchedule } from '../schedule.js';
import { cronTimes, type Times } from './cron-times.js';

const least = (times: readonly (number | undefined)[]): number | undefined => {
  const known = times.filter((time) => time !== undefined);
  return known.length === 0 ? undefined : Math.min(...known);
};
const greatest = (times: readonly (number | undefined)[]): number | undefined => {
  const known = times.filter((time) => time !== undefined);
  return known.length === 0 ? undefined : Math.max(...known);
};

const everyTimes = ({ every, anchor }: EverySchedule): Times => {
  const interval = durationMs(every);
  const origin = anchor === undefined ? 0 : eventTimeMs(anchor);
  return {
    after: (instant) => origin + (Math.floor((instant - origin) / interval) + 1) * interval,
    before: (instant) => origin + (Math.ceil((instant - origin) / interval) - 1) * interval,
  };
};

/** @throws RangeError for a schedule that is none */
export const timesOf = (schedule: TimeSchedule): Times => {
  switch (schedule.kind) {
    case 'cron':
      return cronTimes(schedule.expression, schedule.timezone);
    case 'crons': {
      const all = schedule.expressions.map((expression) => cronTimes(expression, schedule.timezone));
      return {
        after: (instant) => least(all.map((times) => times.after(instant))),
        before: (instant) => greatest(all.map((times) => times.before(instant))),
      };
    }
    case 'every':
      return everyTimes(schedule);
    case 'at': {
      const all = schedule.times.map(eventTimeMs).sort((a, b) => a - b);
      return { after: (instant) => all.find((time) => time > instant), before: (instant) => all.findLast((time) => time < instant) };
    }
    default:
      return assertNever(schedule);
  }
};
