/** Vectors of Airflow's timetables: which runs there are, when each starts and which time it stands for. */
import { cron, crons, every, firings, nextFiring, previousFiring, type TimeSchedule } from '../../core/dag/schedule.js';
import { eventTime, eventTimeMs } from '../../core/event-time.js';
import type { Adapter, TestCase, Verdict } from './adapter.js';

interface Run {
  readonly logicalDate: string;
  readonly start: string;
  readonly end: string;
  readonly runAfter: string;
}

interface Case extends TestCase {
  readonly timetable: 'cronDataInterval' | 'cronTrigger' | 'multipleCronTrigger' | 'deltaDataInterval' | 'deltaTrigger';
  readonly cron?: string;
  readonly crons?: readonly string[];
  readonly deltaSeconds?: number;
  readonly timezone?: string;
  /** of a trigger: how long the data interval before it is */
  readonly intervalSeconds?: number;
  readonly runImmediately?: boolean | { readonly seconds: number };
  readonly start: string | null;
  readonly end?: string;
  readonly catchup: boolean;
  readonly now?: string;
  readonly quirk?: string;
  readonly expected: { readonly runs: readonly Run[] };
}

/** How many runs a case lists, if no end date comes first. */
const LISTED = { catchup: 12, latest: 3 };

const plus = (time: string, ms: number): string => eventTime(eventTimeMs(time) + ms);
const later = (a: string, b: string): string => (eventTimeMs(a) > eventTimeMs(b) ? a : b);
const atOrAfter = (schedule: TimeSchedule, time: string): string => nextFiring(schedule, plus(time, -1))!;
const atOrBefore = (schedule: TimeSchedule, time: string): string => previousFiring(schedule, plus(time, 1));

const nowOf = ({ now, name }: Case): string => {
  if (now === undefined) throw new RangeError(`case '${name}' has no 'now'`);
  return now;
};

/** A delta counts from where it began: the start date, or without catch-up where the clock puts it. */
const deltaSchedule = (testCase: Case): TimeSchedule => {
  const { deltaSeconds, timetable, catchup, start } = testCase;
  const delta = `${deltaSeconds!} seconds` as const;
  if (catchup) return every(delta, { anchor: start ?? nowOf(testCase) });
  const now = nowOf(testCase);
  const clock = timetable === 'deltaTrigger' ? now : previousFiring(every(delta), atOrBefore(every(delta), now));
  return every(delta, { anchor: start === null ? clock : later(start, clock) });
};

const scheduleOf = (testCase: Case): TimeSchedule => {
  const { cron: expression, crons: expressions, timezone = 'UTC' } = testCase;
  if (expression !== undefined) return cron(expression, { timezone });
  return expressions === undefined ? deltaSchedule(testCase) : crons(expressions, { timezone });
};

/** Airflow's answer for a DAG without a start date: the last firing if it is no longer ago than it should be, else the next one. */
const firstWithoutStart = (schedule: TimeSchedule, now: string, runImmediately: Case['runImmediately']): string => {
  const [past, next] = [atOrBefore(schedule, now), atOrAfter(schedule, now)];
  if (runImmediately === true) return past;
  const tolerated =
    typeof runImmediately === 'object'
      ? runImmediately.seconds * 1_000
      : Math.max((eventTimeMs(next) - eventTimeMs(past)) / 10, 5 * 60_000);
  return eventTimeMs(now) - eventTimeMs(past) <= tolerated ? past : next;
};

/** The firing that starts the first run, or the data interval of the first run. */
const firstOf = (testCase: Case, schedule: TimeSchedule, isInterval: boolean): string => {
  const { start, catchup, runImmediately } = testCase;
  if (catchup) return start === null ? firstWithoutStart(schedule, nowOf(testCase), runImmediately) : atOrAfter(schedule, start);
  const now = nowOf(testCase);
  const last = atOrBefore(schedule, now);
  const latest = isInterval ? previousFiring(schedule, last) : last;
  return start === null ? latest : later(latest, atOrAfter(schedule, start));
};

const runsOf = (testCase: Case): Run[] => {
  const { timetable, catchup, end, intervalSeconds = 0 } = testCase;
  const schedule = scheduleOf(testCase);
  const isInterval = timetable.endsWith('DataInterval');
  const isDelta = timetable.startsWith('delta');
  const first = isDelta ? atOrAfter(schedule, (schedule as { anchor: string }).anchor) : firstOf(testCase, schedule, isInterval);
  const runs: Run[] = [];
  for (const time of firings(schedule, { from: first, ...(end === undefined ? {} : { to: end }) })) {
    const runAfter = isInterval ? nextFiring(schedule, time)! : time;
    const logicalDate = isInterval ? time : plus(time, -intervalSeconds * 1_000);
    runs.push({ logicalDate, start: logicalDate, end: runAfter, runAfter });
    if (runs.length === (catchup ? LISTED.catchup : LISTED.latest)) break;
  }
  return runs;
};

const text = (run: Run | undefined): string => (run ? `${run.logicalDate} from ${run.start} to ${run.end} at ${run.runAfter}` : 'none');

/** In one spelling. */
const inUtc = (run: Run): Run => ({
  logicalDate: plus(run.logicalDate, 0),
  start: plus(run.start, 0),
  end: plus(run.end, 0),
  runAfter: plus(run.runAfter, 0),
});

export const schedulesAdapter: Adapter = {
  accepts: (_fileName, cases) => cases.length > 0 && cases.every((testCase) => 'timetable' in testCase),
  check: (_fileName, testCase): Verdict => {
    const given = testCase as Case;
    const runs = runsOf(given);
    const expected = given.expected.runs.map(inUtc);
    const wrong = [...Array(Math.max(runs.length, expected.length)).keys()].find((i) => text(runs[i]) !== text(expected[i]));
    if (wrong === undefined) return { verdict: 'pass' };
    if (given.quirk !== undefined) return { verdict: 'skip', why: `we deviate: ${given.quirk}` };
    return { verdict: 'fail', why: `run ${wrong + 1} is ${text(runs[wrong])}, not ${text(expected[wrong])}` };
  },
};
