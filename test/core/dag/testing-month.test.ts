import { expect } from 'chai';
import { z } from 'zod';
import { asset, cron, dag, every, onAssets, task } from '../../../core/dag/index.js';
import { CallbackEvent } from '../../../core/dag/callbacks.js';
import { aMonthOf, assertRuns, type Month } from '../../../core/dag/testing.js';
import type { TaskContext } from '../../../core/ports.js';
import { refusalOf } from './support.js';

const work = (id: string, more: object = {}) => task({ id, run: () => id, ...more });
const dates = (month: Month, dagId?: string): string[] =>
  (dagId === undefined ? month.runs : month.of(dagId)).map(({ run }) => run.logicalDate.slice(0, 16));
const states = ({ runs }: Month): string[] => runs.map(({ state }) => state);
const MARCH = '2026-03-01T00:00:00Z';

describe('a month of a DAG', () => {
  it('has a run for each firing, with its dates, its interval and its params', async () => {
    const look = task({ id: 'look', input: z.object({ n: z.number() }), run: ({ n }, { run }) => [n, run.id, run.kind, run.dataInterval] });
    const nightly = dag(
      { id: 'nightly', params: z.object({ n: z.number() }), schedule: cron('0 3 * * *', { timezone: 'Europe/Warsaw' }) },
      (d, { params }) => d.run(look, { n: params.n }),
    );
    const month = await aMonthOf(nightly, {
      from: MARCH,
      params: ({ logicalDate }: { logicalDate: string }) => ({ n: Number(logicalDate.slice(8, 10)) }),
    });
    assertRuns(month, { success: 31 });
    // 03:00 in Warsaw is 02:00 UTC, from the 29th on 01:00
    expect(dates(month).slice(0, 2)).to.deep.equal(['2026-03-01T02:00', '2026-03-02T02:00']);
    expect(dates(month).slice(-4)).to.deep.equal(['2026-03-28T02:00', '2026-03-29T01:00', '2026-03-30T01:00', '2026-03-31T01:00']);
    expect(month.runs[28]!.output).to.deep.equal([
      29,
      'nightly-2026-03-29T01:00:00Z',
      'scheduled',
      { start: '2026-03-28T02:00:00.000Z', end: '2026-03-29T01:00:00.000Z' },
    ]);
  });

  it('ends where it is told to, the end left out', async () => {
    const hourly = dag({ id: 'hourly', schedule: cron('@hourly'), startDate: '2026-03-01T05:00:00Z' }, (d) => d.run(work('w')));
    expect((await aMonthOf(hourly, { from: MARCH, days: 1 })).runs).to.have.length(19);
    expect(dates(await aMonthOf(hourly, { from: MARCH, to: '2026-03-01T07:00:00Z' }))).to.deep.equal([
      '2026-03-01T05:00',
      '2026-03-01T06:00',
    ]);
  });

  it('chooses outcomes by firing, and keeps what nodes keep from run to run', async () => {
    const count = task({
      id: 'count',
      run: (_, { state }: TaskContext) => state.update<number>((n = 0) => n + 1),
    });
    const daily = dag({ id: 'daily', schedule: cron('@daily') }, (d) => d.run(count));
    const month = await aMonthOf(daily, {
      from: MARCH,
      days: 5,
      outcomes: ({ logicalDate }) => (logicalDate.startsWith('2026-03-03') ? { count: 'fail' } : {}),
    });
    expect(states(month)).to.deep.equal(['success', 'success', 'failed', 'success', 'success']);
    expect(month.runs.at(-1)!.output).to.equal(4);
    expect(month.kept).to.deep.equal({ count: 4 });
  });

  it('makes tasks wait for the run before, and for ever once one has failed', async () => {
    const chained = dag({ id: 'chained', schedule: cron('@daily') }, (d) => {
      const load = d.run(work('load'), {}, { dependsOnPast: true });
      d.run(work('report'), {}, { after: [load] });
    });
    // a day and a half each: without the wait the second would begin at midnight
    const slow = await aMonthOf(chained, { from: MARCH, days: 3, outcomes: { load: ['fail', { takes: '30 minutes' }] } });
    assertRuns(slow, { failed: 1, running: 2 });
    const long = dag({ id: 'long', schedule: cron('@daily') }, (d) =>
      d.run(work('load', { timeout: '3 days' }), {}, { dependsOnPast: true }),
    );
    const month = await aMonthOf(long, { from: MARCH, days: 3, outcomes: { load: { takes: '36 hours' } } });
    const begins = month.runs.map(({ timeline }) => timeline.find(({ event }) => event === 'start')!.at.slice(0, 16));
    expect(begins).to.deep.equal(['2026-03-01T00:00', '2026-03-02T12:00', '2026-03-04T00:00']);
  });

  it('waits for its turn where only so many runs may be active', async () => {
    const one = dag({ id: 'one', schedule: cron('@daily'), maxActiveRuns: 1 }, (d) => d.run(work('w', { timeout: '3 days' })));
    const month = await aMonthOf(one, { from: MARCH, days: 3, outcomes: { w: { takes: '36 hours' } } });
    const begins = month.runs.map(({ timeline }) => timeline[0]!.at.slice(0, 16));
    expect(begins).to.deep.equal(['2026-03-01T00:00', '2026-03-02T12:00', '2026-03-04T00:00']);
  });

  const overlapping = (overlap: 'skip' | 'buffer_one' | 'buffer_all' | 'cancel_other') =>
    aMonthOf(
      dag({ id: 'over', schedule: cron('@daily'), overlap }, (d) => d.run(work('w', { timeout: '9 days' }))),
      { from: MARCH, days: 5, outcomes: { w: { takes: '60 hours' } } },
    );
  it('leaves out firings while a run goes on', async () => {
    const month = await overlapping('skip');
    expect(dates(month)).to.deep.equal(['2026-03-01T00:00', '2026-03-04T00:00']);
    expect(month.missed.map(({ logicalDate }) => logicalDate.slice(0, 10))).to.deep.equal(['2026-03-02', '2026-03-03', '2026-03-05']);
  });
  it('lets one firing wait, or all of them', async () => {
    expect(dates(await overlapping('buffer_one'))).to.deep.equal(['2026-03-01T00:00', '2026-03-02T00:00', '2026-03-04T00:00']);
    const all = await overlapping('buffer_all');
    assertRuns(all, { success: 5 });
    expect(all.runs[4]!.timeline[0]!.at.slice(0, 16)).to.equal('2026-03-11T00:00');
  });
  it('calls off the run that goes on', async () => {
    const month = await overlapping('cancel_other');
    assertRuns(month, { failed: 4, success: 1 });
    expect(month.runs[0]).to.include({ cancelled: true });
    expect(month.runs[0]!.timeline.at(-1)!.at.slice(0, 16)).to.equal('2026-03-02T00:00');
  });

  it('misses deadlines', async () => {
    const page = task({ id: 'page', input: CallbackEvent, run: () => null });
    const daily = dag({ id: 'daily', schedule: cron('@daily'), deadline: { after: '2 hours', callback: page } }, (d) =>
      d.run(work('w', { timeout: '1 day' })),
    );
    const month = await aMonthOf(daily, {
      from: MARCH,
      days: 3,
      outcomes: ({ logicalDate }) => ({ w: { takes: logicalDate.startsWith('2026-03-02') ? '3 hours' : '1 hour' } }),
    });
    expect(month.runs.map(({ late }) => late)).to.deep.equal([undefined, '2026-03-02T02:00:00.000Z', undefined]);
    expect(month.runs[1]!.callbacks.map(({ task: called }) => called)).to.deep.equal(['page']);
  });

  it('starts DAGs by assets that others produce, and by events from outside', async () => {
    const sales = dag({ id: 'sales', schedule: every('12 hours') }, (d) => d.run(work('load', { produces: ['sales'] })));
    const report = dag({ id: 'report', schedule: onAssets({ all: [asset('sales'), asset('prices')] }) }, (d, { run }) => {
      d.run(task({ id: 'r', run: (_, ctx) => ctx.run.events!.map((event) => event.asset) }));
      return run.logicalDate;
    });
    const month = await aMonthOf([sales, report], {
      from: MARCH,
      days: 2,
      outcomes: { load: { takes: '10 minutes' } },
      events: [
        { at: '2026-03-01T06:00:00Z', asset: 'prices' },
        { at: '2026-03-02T00:00:00Z', asset: 'prices' },
      ],
    });
    expect(month.of('sales')).to.have.length(4);
    expect(dates(month, 'report')).to.deep.equal(['2026-03-01T06:00', '2026-03-02T00:00']);
    expect(month.of('report')[0]!.tasks['r']!.output).to.deep.equal(['sales', 'prices']);
    expect(month.of('report')[1]!.run.kind).to.equal('triggered');
  });

  it('is a second: a sensor that asks each minute, and a person who takes a day, every day', async () => {
    const busy = dag({ id: 'busy', schedule: cron('@daily') }, (d) => {
      const file = d.sense(work('file'), {}, { every: '1 minute' });
      const said = d.approve('sign', { title: 'ok?', show: file });
      d.run(work('load'), {}, { after: [said] });
    });
    const began = performance.now();
    const month = await aMonthOf(busy, {
      from: MARCH,
      approvals: { sign: { decision: 'approved', after: '1 day' } },
      stubs: { file: (_: unknown, { attempt }: TaskContext) => (attempt > 600 ? 'file' : null) },
    });
    assertRuns(month, { success: 31 });
    expect(performance.now() - began).to.be.below(10_000); // on a busy machine
  });

  it('shows the calendar where runs ended otherwise', async () => {
    const daily = dag({ id: 'daily', schedule: cron('@daily') }, (d) => d.run(work('w')));
    const month = await aMonthOf(daily, {
      from: MARCH,
      days: 2,
      outcomes: ({ logicalDate }) => (logicalDate > '2026-03-02' ? { w: 'fail' } : {}),
    });
    expect(() => assertRuns(month, { success: 2 })).to.throw(
      'The runs ended otherwise: 1 success, 1 failed, expected 2 success.\n\n' +
        '2026-03-01T00:00:00.000Z  daily  success\n' +
        '2026-03-02T00:00:00.000Z  daily  failed\n\ndaily  failed  (logical date 2026-03-02T00:00:00.000Z)\n└─ ✘ w  failed',
    );
  });

  it('refuses DAGs that nothing starts, and hands on what a run is refused for', async () => {
    const manual = dag({ id: 'manual' }, (d) => d.run(work('w')));
    expect((await refusalOf(aMonthOf(manual, { from: MARCH }))).message).to.contain("'manual' has no schedule");
    const strict = dag({ id: 'strict', params: z.object({ n: z.number() }), schedule: cron('@daily') }, (d) => d.run(work('w')));
    expect((await refusalOf(aMonthOf(strict, { from: MARCH, params: { n: 'x' } }))).code).to.equal('DAG_PARAMS_INVALID');
  });
});
