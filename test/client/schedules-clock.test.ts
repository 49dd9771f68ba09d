/** What a real server makes of our schedules, beside what the schedule function says: above all where clocks change. */
import { Client, Connection } from '@temporalio/client';
import { msToTs } from '@temporalio/common/lib/time.js';
import { expect } from 'chai';
import fc from 'fast-check';
import { randomUUID } from 'node:crypto';
import { temporalSpec } from '../../client/schedule-spec.js';
import { at, cron, crons, every, firings, type TimeSchedule } from '../../core/dag/schedule.js';
import { clockChanges, zoneOf } from '../../core/dag/schedule/zone.js';
import { temporalAddress } from '../support/fixtures.js';

const DAY_MS = 86_400_000;
const NOW = Date.UTC(2026, 0, 1);
/** The server lists a thousand times at most. */
const LISTED = 1_000;

const iso = (ms: number): string => new Date(ms).toISOString();

describe('What a Temporal schedule fires', function () {
  this.timeout(120_000);
  let client: Client;
  before(async function () {
    client = new Client({ connection: await Connection.connect({ address: await temporalAddress(this) }) });
  });
  after(() => client?.connection.close());

  /** Times that the server finds in each of some ranges of ms. */
  const onServer = async (schedule: TimeSchedule, ranges: readonly (readonly [number, number])[]): Promise<string[][]> => {
    const scheduleId = `clock-${randomUUID()}`;
    const handle = await client.schedule.create({
      scheduleId,
      spec: temporalSpec(schedule, NOW),
      action: { type: 'startWorkflow', workflowType: 'none', workflowId: scheduleId, taskQueue: 'nobody', args: [] },
      state: { paused: true },
    });
    try {
      return await Promise.all(
        ranges.map(async ([from, to]) => {
          const { startTime } = await client.workflowService.listScheduleMatchingTimes({
            namespace: 'default',
            scheduleId,
            startTime: msToTs(from - 1_000), // the server looks for times after this one
            endTime: msToTs(to),
          });
          return (startTime ?? []).map(({ seconds }) => iso(Number(seconds) * 1_000));
        }),
      );
    } finally {
      await handle.delete();
    }
  };

  const expectSame = async (schedule: TimeSchedule, ranges: readonly (readonly [number, number])[]): Promise<number> => {
    const found = await onServer(schedule, ranges);
    let fired = 0;
    ranges.forEach(([from, to], i) => {
      const ours = [...firings(schedule, { from: iso(from), to: iso(to) })].slice(0, LISTED);
      expect(found[i], `${JSON.stringify(schedule)} from ${iso(from)} to ${iso(to)}`).to.deep.equal(ours);
      fired += ours.length;
    });
    return fired;
  };

  /** Days around each change of a zone's clock within the years that a schedule is compiled for. */
  const changesOf = (timezone: string): (readonly [number, number])[] =>
    clockChanges(zoneOf(timezone), NOW, NOW + 2 * 365 * DAY_MS).map(({ instant }) => [instant - 1.2 * DAY_MS, instant + 1.2 * DAY_MS]);

  const EXPRESSIONS = [
    ...['@hourly', '@daily', '30 2 * * *', '0 2 * * *', '0 3 * * *', '10,50 2 * * *', '*/10 1-3 * * *', '15 1-4 * * *', '0 */2 * * *'],
    ...[
      '*/30 * * * *',
      '42 * * * *',
      '30 1 * * *',
      '0 0 * * *',
      '30 23 * * *',
      '5 0 * * 0',
      '0 9 * * 6',
      '0 9 * * 0',
      '0 9 * * 5',
      '*/20 0 * * 5',
    ],
    ...['0 2 L * *', '30 1 * * L0', '30 2 * * 0#2', '0 2 13 * 0', '0 0 29 2 *', '1 2 * 3,10,11 1-5'],
  ];

  for (const timezone of [
    ...['Europe/Warsaw', 'America/New_York', 'Australia/Lord_Howe'],
    ...['America/Santiago', 'Africa/Cairo', 'America/Nuuk'], // where midnight is skipped or comes twice
  ])
    it(`is what the function says around every change of the clock in ${timezone}`, async () => {
      const ranges = changesOf(timezone);
      expect(ranges).to.have.length.greaterThan(3);
      const fired = await Promise.all(EXPRESSIONS.map((expression) => expectSame(cron(expression, { timezone }), ranges)));
      expect(fired.reduce((sum, times) => sum + times)).to.be.greaterThan(500);
    });

  it('is what the function says for any expression in any zone', async () => {
    const list = (min: number, max: number) =>
      fc
        .option(fc.uniqueArray(fc.integer({ min, max }), { minLength: 1, maxLength: 4 }), { nil: undefined, freq: 2 })
        .map((values) => values?.join(',') ?? '*');
    const weekday = fc.oneof(list(0, 6), fc.constantFrom('L5', '1#2', 'sat-mon', '0#5,3'));
    const monthDay = fc.oneof(list(1, 28), fc.constantFrom('L', '31', 'L,15'));
    const expressions = fc.tuple(list(0, 59), list(0, 6), monthDay, list(1, 12), weekday).map((fields) => fields.join(' '));
    const zones = fc.constantFrom('UTC', 'Europe/Warsaw', 'America/New_York', 'Australia/Lord_Howe', 'America/Santiago', 'Asia/Kathmandu');
    await fc.assert(
      fc.asyncProperty(expressions, zones, fc.integer({ min: 0, max: 4 * 365 }), async (expression, timezone, day) => {
        const from = NOW + day * DAY_MS;
        await expectSame(cron(expression, { timezone }), [[from, from + 20 * DAY_MS], ...changesOf(timezone).slice(0, 2)]);
      }),
      { numRuns: 15 },
    );
  });

  it('is what the function says for several expressions, intervals and listed times', async () => {
    const range = [[Date.UTC(2026, 2, 1), Date.UTC(2026, 3, 30)]] as const;
    expect(await expectSame(crons(['30 2 * * *', '0 2-4 * * 0'], { timezone: 'Europe/Warsaw' }), range)).to.be.greaterThan(60);
    expect(await expectSame(every('7 hours', { anchor: '2026-03-03T10:11:12Z' }), range)).to.be.greaterThan(100);
    expect(await expectSame(every('1 week', { anchor: '1969-12-31T22:10:00Z' }), range)).to.be.greaterThan(6);
    expect(await expectSame(at(['2026-03-29T01:30:00Z', '2026-04-01T12:13:14Z', '1998-01-01', '2200-01-01']), range)).to.equal(2);
  });
});
