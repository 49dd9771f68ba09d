import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import fc from 'fast-check';
import type { ScheduleInput } from '../../../core/dag/asset.js';
import { asset, dag, onAssets } from '../../../core/dag/index.js';
import { at, checkSchedule, cron, crons, every, firings, nextFiring, previousFiring, type Span } from '../../../core/dag/schedule.js';
import type { Schedule } from '../../../core/dag/schedule.js';
import type { TestCase } from '../../../scripts/conformance/adapter.js';
import { schedulesAdapter } from '../../../scripts/conformance/schedules.js';

/** Computed by Airflow 3.3.2: the next runs of its timetables. */
const cases = JSON.parse(readFileSync(new URL('../../reference/airflow/schedules.json', import.meta.url), 'utf8')) as TestCase[];

const between = (schedule: Schedule, from: string, to: string, span?: Span): string[] =>
  [...firings(schedule, { from, to }, span)].map((time) => time.replace(':00.000Z', 'Z'));

describe("Airflow's timetables", () => {
  it('have the runs that ours have, but for the accident that the vectors mark', async () => {
    expect(cases).to.have.length.greaterThan(200);
    expect(schedulesAdapter.accepts('schedules.json', cases)).to.equal(true);
    for (const testCase of cases) {
      const { verdict, why } = await schedulesAdapter.check('schedules.json', testCase);
      expect(verdict, `${testCase.name}: ${why}`).to.equal('quirk' in testCase ? 'skip' : 'pass');
    }
  });

  it('are told apart when one is wrong', async () => {
    const right = cases.find(({ name }) => name === 'end-cronTrigger-@daily-UTC')!;
    const { runs } = right['expected'] as { runs: object[] };
    const fewer = { ...right, expected: { runs: runs.slice(1) } };
    expect((await schedulesAdapter.check('schedules.json', fewer)).verdict).to.equal('fail');
    expect((await schedulesAdapter.check('schedules.json', { ...right, catchup: false, now: '2025-01-01T00:00:00Z' })).verdict).to.equal(
      'fail',
    );
  });

  it('go backwards over every change of the clock as they went forwards', () => {
    let pairs = 0;
    for (const testCase of cases) {
      const {
        cron: expression,
        timezone,
        expected,
      } = testCase as unknown as {
        cron?: string;
        timezone: string;
        expected: { runs: { runAfter: string }[] };
      };
      if (expression === undefined || 'quirk' in testCase) continue;
      expected.runs.slice(1).forEach(({ runAfter }, i) => {
        const before = new Date(expected.runs[i]!.runAfter).toISOString();
        expect(previousFiring(cron(expression, { timezone }), runAfter), `${testCase.name} before ${runAfter}`).to.equal(before);
        pairs++;
      });
    }
    expect(pairs).to.be.greaterThan(1_500);
  });
});

describe('Cron', () => {
  it('finds 29 February over a century that is no leap year, and its end', () => {
    const leap = cron('0 0 29 2 *');
    expect(previousFiring(leap, '2104-02-29T00:00:00Z')).to.equal('2096-02-29T00:00:00.000Z');
    expect(nextFiring(leap, '2096-02-29T00:00:00Z')).to.equal('2104-02-29T00:00:00.000Z');
  });

  it('understands names, steps, Sunday as 7 and ranges over the end of the week or the day', () => {
    expect(previousFiring(cron('30 6-18/6 * jan-mar mon'), '2026-01-12T06:30:00Z')).to.equal('2026-01-05T18:30:00.000Z');
    expect(previousFiring(cron('0 0 * * 7'), '2026-01-05T00:00:00Z')).to.equal('2026-01-04T00:00:00.000Z');
    expect(between(cron('0 0 * * sat-mon'), '2026-01-01', '2026-01-10')).to.deep.equal(
      ['03', '04', '05', '10'].map((day) => `2026-01-${day}T00:00Z`),
    );
    expect(between(cron('0 0 * * 5-7'), '2026-01-01', '2026-01-08')).to.deep.equal(
      ['02', '03', '04'].map((day) => `2026-01-${day}T00:00Z`),
    );
    expect(between(cron('0 22-4/3 * * *'), '2026-01-01', '2026-01-01T23:59:00Z')).to.deep.equal(
      ['01', '04', '22'].map((hour) => `2026-01-01T${hour}:00Z`),
    );
  });

  it('knows the last day of a month, the last Friday and the second Monday', () => {
    expect(between(cron('0 0 L * *'), '2028-01-01', '2028-04-01')).to.deep.equal([
      '2028-01-31T00:00Z',
      '2028-02-29T00:00Z',
      '2028-03-31T00:00Z',
    ]);
    expect(between(cron('0 0 * * L5'), '2026-01-01', '2026-03-01')).to.deep.equal(['2026-01-30T00:00Z', '2026-02-27T00:00Z']);
    expect(between(cron('0 0 * * mon#2,5#1'), '2026-01-01', '2026-02-01')).to.deep.equal(['2026-01-02T00:00Z', '2026-01-12T00:00Z']);
  });

  it('asks for the day of month or the day of week if both are restricted; a list of all days restricts nothing', () => {
    expect(between(cron('0 0 13 * 5'), '2026-01-01', '2026-01-20')).to.deep.equal(
      ['02', '09', '13', '16'].map((day) => `2026-01-${day}T00:00Z`),
    );
    expect(between(cron('0 0 1-31 * 5'), '2026-01-01', '2026-01-15')).to.deep.equal(['2026-01-02T00:00Z', '2026-01-09T00:00Z']);
  });

  it('runs a skipped time as if the clock had not changed, the first of several once', () => {
    const zone = { timezone: 'Europe/Warsaw' }; // 31 March 2024: 02:00 becomes 03:00 at 01:00Z
    const thatDay = (expression: string): string[] => between(cron(expression, zone), '2024-03-31T00:30:00Z', '2024-03-31T03:00:00Z');
    expect(thatDay('30 2 * * *')).to.deep.equal(['2024-03-31T01:30Z']);
    expect(thatDay('10,50 2 * * *')).to.deep.equal(['2024-03-31T01:10Z']);
    expect(thatDay('0,30 2-3 * * *')).to.deep.equal(['2024-03-31T01:00Z', '2024-03-31T01:30Z']);
    expect(thatDay('0,30 * * * *')).to.deep.equal(
      ['00:30', '01:00', '01:30', '02:00', '02:30', '03:00'].map((time) => `2024-03-31T${time}Z`),
    );
  });

  it('runs a doubled time once, the second time, but every hour in both', () => {
    const zone = { timezone: 'Europe/Warsaw' }; // 27 October 2024: 03:00 becomes 02:00 at 01:00Z
    const thatDay = (expression: string): string[] => between(cron(expression, zone), '2024-10-26T23:00:00Z', '2024-10-27T02:00:00Z');
    expect(thatDay('30 2 * * *')).to.deep.equal(['2024-10-27T01:30Z']);
    expect(thatDay('0 1-3 * * *')).to.deep.equal(['2024-10-26T23:00Z', '2024-10-27T01:00Z', '2024-10-27T02:00Z']);
    expect(thatDay('30 * * * *')).to.deep.equal(['2024-10-26T23:30Z', '2024-10-27T00:30Z', '2024-10-27T01:30Z']);
  });

  const JULY = Date.UTC(2026, 6, 1); // none of the zones changes its clock in these days
  const DAYS = 3;
  const WEEKDAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
  const calendars = new Map<string, { at: string; fields: number[] }[]>();

  /** Each minute of some days with what a cron expression asks of it, from the runtime's own calendar. */
  const calendarOf = (timezone: string): { at: string; fields: number[] }[] => {
    const format = new Intl.DateTimeFormat('en-GB', {
      timeZone: timezone,
      hourCycle: 'h23',
      weekday: 'short',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
    });
    const minutes = Array.from({ length: DAYS * 1_440 }, (_, minute) => {
      const time = JULY + minute * 60_000;
      const part = Object.fromEntries(format.formatToParts(time).map(({ type, value }) => [type, value]));
      const numbers = [part['minute'], part['hour'], part['day'], part['month']].map(Number);
      const fields = [...numbers, WEEKDAYS.indexOf(part['weekday']!)];
      return { at: new Date(time).toISOString().replace(':00.000Z', 'Z'), fields };
    });
    calendars.set(timezone, minutes);
    return minutes;
  };
  const minuteByMinute = (expression: string, timezone: string): string[] => {
    const lists = expression.split(' ').map((field) => (field === '*' ? undefined : field.split(',').map(Number)));
    return (calendars.get(timezone) ?? calendarOf(timezone))
      .filter(({ fields }) => {
        const fits = (i: number): boolean => lists[i]?.includes(fields[i]!) ?? true;
        const day = lists[2] && lists[4] ? fits(2) || fits(4) : fits(2) && fits(4);
        return fits(0) && fits(1) && fits(3) && day;
      })
      .map(({ at: time }) => time);
  };
  const list = (min: number, max: number) =>
    fc
      .option(fc.uniqueArray(fc.integer({ min, max }), { minLength: 1, maxLength: 4 }), { nil: undefined, freq: 2 })
      .map((values) => values?.join(',') ?? '*');
  const expressions = fc.tuple(list(0, 59), list(0, 23), list(1, 31), list(1, 12), list(0, 6)).map((fields) => fields.join(' '));
  const zones = fc.constantFrom('UTC', 'Europe/Warsaw', 'America/New_York', 'Australia/Lord_Howe', 'Asia/Kathmandu', 'America/Santiago');

  it('fires where each minute of a calendar fits, while no clock changes', () => {
    let fired = 0;
    fc.assert(
      fc.property(list(0, 59), list(0, 23), list(1, 4), list(0, 6), zones, (minute, hour, monthDay, weekday, timezone) => {
        const expression = `${minute} ${hour} ${monthDay} * ${weekday}`;
        const to = new Date(JULY + DAYS * 86_400_000 - 60_000).toISOString();
        const times = between(cron(expression, { timezone }), new Date(JULY).toISOString(), to);
        expect(times).to.deep.equal(minuteByMinute(expression, timezone));
        fired += times.length;
      }),
      { numRuns: 200 },
    );
    expect(fired).to.be.greaterThan(1_000);
  });

  it('goes forwards and backwards over the same times, whatever the clocks do', () => {
    const start = Date.UTC(2024, 0, 1);
    fc.assert(
      fc.property(expressions, zones, fc.integer({ min: 0, max: 366 * 1_440 }), (expression, timezone, minute) => {
        const schedule = cron(expression, { timezone });
        try {
          checkSchedule(schedule);
        } catch {
          return;
        }
        let time = nextFiring(schedule, new Date(start + minute * 60_000).toISOString())!;
        for (let i = 0; i < 20; i++) {
          const next = nextFiring(schedule, time)!;
          expect(Date.parse(next)).to.be.greaterThan(Date.parse(time));
          expect(previousFiring(schedule, next)).to.equal(time);
          time = next;
        }
      }),
      { numRuns: 200 },
    );
  });

  for (const [expression, problem] of [
    ['* * * *', /has 4 fields/],
    ['60 * * * *', /'60' is no minute/],
    ['* * * foo *', /'foo' is no month/],
    ['* * 0 * *', /'0' is no day of month/],
    ['* * * * 8', /'8' is no day of week/],
    ['1-2-3 * * * *', /is no minute/],
    ['*/0 * * * *', /is no minute/],
    ['* * * * mon#6', /'mon#6' is no day of week/],
    ['@once', /write at\(/],
    ['0 0 31 2 *', /never fires/],
    ['0 0 31 4,6,9,11 *', /never fires/],
  ] as const)
    it(`refuses '${expression}'`, () => expect(() => checkSchedule(cron(expression))).to.throw(RangeError, problem));

  it('refuses a zone that is not on this planet', () => {
    expect(() => checkSchedule(cron('@daily', { timezone: 'Mars/Olympus' }))).to.throw(RangeError, /Mars/);
  });
});

describe('Other schedules', () => {
  it('fire when any of several expressions does, once where two agree', () => {
    const schedule = crons(['0 6 * * *', '0 6,18 * * 1-5'], { timezone: 'Europe/Warsaw' });
    expect(between(schedule, '2026-01-02', '2026-01-05T23:00:00Z')).to.deep.equal(
      ['02T05', '02T17', '03T05', '04T05', '05T05', '05T17'].map((time) => `2026-01-${time}:00Z`),
    );
    expect(previousFiring(schedule, '2026-01-05T05:00:00Z')).to.equal('2026-01-04T05:00:00.000Z');
  });

  it('fire each interval on the grid of their anchor', () => {
    const weekly = every('1 week', { anchor: '1997-04-22' });
    expect(previousFiring(weekly, '1997-04-29T00:00:00Z')).to.equal('1997-04-22T00:00:00.000Z');
    expect(previousFiring(weekly, '1997-05-01T12:00:00Z')).to.equal('1997-04-29T00:00:00.000Z');
    expect(previousFiring(weekly, '1997-04-22T00:00:00Z')).to.equal('1997-04-15T00:00:00.000Z');
    expect(nextFiring(weekly, '1997-04-22T00:00:00Z')).to.equal('1997-04-29T00:00:00.000Z');
    expect(nextFiring(weekly, '1997-04-21T23:59:59Z')).to.equal('1997-04-22T00:00:00.000Z');
    expect(previousFiring(every('1 day'), '2026-01-02T00:00:00Z')).to.equal('2026-01-01T00:00:00.000Z');
  });

  it('count an interval of a DAG from its start date unless it has an anchor of its own', () => {
    const scheduleOf = (schedule: ScheduleInput, startDate?: string) =>
      dag({ id: 'd', schedule, ...(startDate === undefined ? {} : { startDate }) }, () => 1).spec.schedule!;
    const start = '2026-01-06T06:30:00+01:00';
    expect(nextFiring(scheduleOf(every('1 week'), start), '2026-01-01', { startDate: start })).to.equal('2026-01-06T05:30:00.000Z');
    expect(previousFiring(scheduleOf(every('1 week'), start), '2026-01-20T05:30:00Z')).to.equal('2026-01-13T05:30:00.000Z');
    const own = every('1 week', { anchor: '1997-04-22' });
    expect(scheduleOf(own, start)).to.deep.equal(own);
    expect(scheduleOf(every('1 week'))).to.deep.equal(every('1 week'));
    const both = scheduleOf(onAssets(asset('sales'), { or: every('1 day') }), start);
    expect(nextFiring(both, '2026-02-01')).to.equal('2026-02-01T05:30:00.000Z');
    expect(() => scheduleOf(every('1 week'), '2026-01-06T06:30:00.5Z')).to.throw(/schedule: '2026-01-06T06:30:00.5Z' is no whole number/);
  });

  it('fire at listed times and never again', () => {
    const listed = at(['2026-03-01T12:00:00+02:00', '2026-01-01', '2026-01-01T00:00:00Z']);
    expect(listed.times).to.deep.equal(['2026-01-01T00:00:00.000Z', '2026-03-01T10:00:00.000Z']);
    expect(nextFiring(listed, '2025-06-01')).to.equal('2026-01-01T00:00:00.000Z');
    expect(previousFiring(listed, '2026-03-01T10:00:00Z')).to.equal('2026-01-01T00:00:00.000Z');
    expect(nextFiring(listed, '2026-03-01T10:00:00Z')).to.equal(undefined);
    expect(previousFiring(listed, '2026-01-01')).to.equal('2026-01-01T00:00:00.000Z');
  });

  it('fire neither before their start date nor after their end date', () => {
    const span = { startDate: '2026-01-03', endDate: '2026-01-05' };
    expect(between(every('1 day'), '2026-01-01', '2026-02-01', span)).to.deep.equal(
      ['03', '04', '05'].map((day) => `2026-01-${day}T00:00Z`),
    );
    expect(nextFiring(every('1 day'), '2025-01-01', span)).to.equal('2026-01-03T00:00:00.000Z');
    expect(nextFiring(every('1 day'), '2026-01-05', span)).to.equal(undefined);
  });

  for (const [name, schedule, span, problem] of [
    ['no expressions', crons([]), {}, /never fires/],
    ['one bad expression of two', crons(['@daily', '61 * * * *']), {}, /'61' is no minute/],
    ['no times', at([]), {}, /never fires/],
    ['times before the start date', at(['2025-01-01']), { startDate: '2026-01-01' }, /never fires between 2026-01-01/],
    ['times after the end date', at(['2027-01-01']), { endDate: '2026-01-01' }, /never fires/],
    ['a cron that misses the span', cron('0 0 29 2 *'), { startDate: '2025-01-01', endDate: '2027-01-01' }, /never fires/],
    ['an end before the start', every('1 day'), { startDate: '2026-01-02', endDate: '2026-01-01' }, /before its start date/],
    ['less than a second', every('10 ms'), {}, /shorter than a second/],
    ['parts of a second', every('1.5 seconds'), {}, /whole number of seconds/],
    ['an anchor within a second', every('1 day', { anchor: '2026-01-01T00:00:00.5Z' }), {}, /whole number of seconds/],
    ['an anchor that is no time', every('1 day', { anchor: 'yesterday' }), {}, /is not a time/],
  ] as const)
    it(`are refused with ${name}`, () => expect(() => checkSchedule(schedule, span)).to.throw(RangeError, problem));

  it('are welcome where they fire at least once', () => {
    checkSchedule(at(['2026-01-01']), { startDate: '2026-01-01', endDate: '2026-01-01' });
    checkSchedule(cron('0 0 29 2 *'), { startDate: '2028-01-01', endDate: '2028-12-31' });
    checkSchedule(every('1 second'));
  });
});
