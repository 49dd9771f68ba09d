import { expect } from 'chai';
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { WorkflowFailedError, type WorkflowHandle } from '@temporalio/client';
import { CancelledFailure } from '@temporalio/common';
import { Worker } from '@temporalio/worker';
import { z } from 'zod';
import { backfillDates, backfillProgress, cancelBackfill, runningBackfills, startBackfill } from '../../client/backfill.js';
import type { BackfillProgress, BackfillRequest } from '../../client/backfill.js';
import { catchUp, pauseDag, unpauseDag } from '../../client/catch-up.js';
import { publish } from '../../client/publish.js';
import { dagSchedule, ensureSchedule, removeSchedule } from '../../client/schedules.js';
import { cron, dag, every, task, type Dag } from '../../core/dag/index.js';
import { backfillId, keys, scheduledRunId } from '../../core/names.js';
import type { RunInfo } from '../../core/ports.js';
import { backfillActivities } from '../../workers/backfill.js';
import type { BackfillActivities, BackfillInput } from '../../workflows/backfill.js';
import { isRecording, recordedHistories, recordHistory } from '../support/histories.js';
import { quietRuntime } from '../support/runtime.js';
import { dagRunBundle, failureOf, openDagHouse, type DagHouse } from './dag-run-house.js';

/** Logical dates of the runs of `daily` that have begun, in their order. */
let begun: string[] = [];
/** Those that fail. */
const failing = new Set<string>();
let [active, most] = [0, 0];

const day = (run: RunInfo): string => run.logicalDate.slice(0, 10);

const note = task({
  id: 'note',
  input: z.object({ label: z.string() }),
  run: ({ label }, ctx) => {
    begun.push(day(ctx.run));
    if (failing.has(day(ctx.run))) throw new Error('as it was told');
    return { label, run: ctx.run };
  },
  retries: 0,
});
/** Ends when a second one is active, or nobody comes. */
const meet = task({
  id: 'meet',
  run: async () => {
    most = Math.max(most, ++active);
    for (let i = 0; i < 40 && most < 2; i++) await sleep(50);
    await sleep(100); // a third one would be seen now
    active--;
  },
});
const forEver = task({
  id: 'forEver',
  heartbeat: '5 seconds',
  run: async (_input, ctx) => {
    begun.push(day(ctx.run));
    for (;;) {
      ctx.heartbeat();
      await sleep(100, undefined, { signal: ctx.signal });
    }
  },
});

const params = z.object({ label: z.string().default('none') });
const daily = dag({ id: 'daily', params, schedule: cron('0 6 * * *', { timezone: 'Europe/Warsaw' }) }, (d, x) =>
  d.run(note, { label: x.params.label }),
);
const catching = dag({ id: 'catching', schedule: every('1 day'), catchup: true, startDate: '2020-01-01' }, (d) =>
  d.run(note, { label: '' }),
);
const meeting = dag({ id: 'meeting', schedule: every('1 day') }, (d) => d.run(meet));
const endless = dag({ id: 'endless', schedule: every('1 day') }, (d) => d.run(forEver));
const byHand = dag({ id: 'byHand' }, (d) => d.run(note, { label: '' }));

describe('A backfill', function () {
  this.timeout(60_000);
  let house: DagHouse;

  before(async function () {
    quietRuntime();
    const later = <K extends keyof BackfillActivities>(name: K): BackfillActivities[K] =>
      ((...args: [never, never]) => backfillActivities(house.client, house.objects)[name](...args)) as BackfillActivities[K];
    house = await openDagHouse(this, [daily, catching, meeting, endless, byHand], {
      planBackfill: later('planBackfill'),
      nextBackfillRuns: later('nextBackfillRuns'),
    });
    for (const one of [daily, catching, meeting, endless, byHand]) await published(one);
  });
  beforeEach(() => {
    begun = [];
    failing.clear();
  });
  after(async () => {
    if (house) await removeSchedule(house.client, 'dag/catching');
    await house?.close();
  });

  const published = async (one: Dag, spec = one.spec): Promise<void> => {
    const hash = randomUUID();
    const key = keys.dagSpec(one.id, hash);
    await publish(house.objects, { current: keys.dagCurrent(one.id), key, spec, hash, project: 'shop', file: `dags/${one.id}.ts` });
  };
  const ended = (id: string): Promise<BackfillProgress> => house.client.workflow.getHandle(id).result() as Promise<BackfillProgress>;
  const run = async (request: BackfillRequest): Promise<BackfillProgress> =>
    ended(await startBackfill(house.client, house.objects, request));
  const direct = (input: BackfillInput): Promise<WorkflowHandle> =>
    house.client.workflow.start('backfill', { workflowId: `test-${randomUUID()}`, taskQueue: 'orchestration', args: [input] });
  const year = (n: number): { from: string; to: string } => ({ from: `${n}-01-01`, to: `${n}-01-05T12:00:00Z` });
  const days = (n: number): string[] => ['01', '02', '03', '04', '05'].map((date) => `${n}-01-${date}`);

  it('runs every date once, with its logical date and data interval, as the schedule would have called it', async () => {
    const result = await run({ dag: 'daily', ...year(2025), params: { label: 'again' } });
    expect(result).to.deep.equal({
      ...{ dag: 'daily', ...year(2025), state: 'done', total: 5 },
      ...{ succeeded: 5, failed: 0, skipped: 0, failures: [], running: [] },
    });
    expect([...begun].sort()).to.deep.equal(days(2025));
    const state = await house.stored('daily', 'daily-2025-01-02T05:00:00Z');
    expect(state.run).to.deep.include({
      kind: 'backfill',
      logicalDate: '2025-01-02T05:00:00.000Z',
      dataInterval: { start: '2025-01-01T05:00:00.000Z', end: '2025-01-02T05:00:00.000Z' },
      isLatest: false,
    });
    expect(state.tasks['note']?.output).to.deep.include({ label: 'again' });
  });

  it('runs as many at a time as it is told', async () => {
    [active, most] = [0, 0];
    const { succeeded } = await run({ dag: 'meeting', ...year(2025), concurrency: 2 });
    expect({ succeeded, most }).to.deep.equal({ succeeded: 5, most: 2 });
  });

  it('begins with the newest where it is told so', async () => {
    await run({ dag: 'daily', ...year(2024), concurrency: 1, order: 'desc' });
    expect(begun).to.deep.equal(days(2024).reverse());
  });

  it('counts what fails and goes on; then leaves alone, repeats what failed, or repeats all', async () => {
    failing.add('2023-01-02').add('2023-01-04');
    const first = await run({ dag: 'daily', ...year(2023), concurrency: 1 });
    expect(first).to.deep.include({ state: 'done', succeeded: 3, failed: 2 });
    expect(first.failures).to.deep.equal(['02', '04'].map((date) => `daily-2023-01-${date}T05:00:00Z`));

    failing.delete('2023-01-02');
    begun = [];
    expect(await run({ dag: 'daily', ...year(2023) })).to.deep.include({ succeeded: 0, failed: 0, skipped: 5 });
    expect(begun).to.deep.equal([]);

    const again = await run({ dag: 'daily', ...year(2023), reprocess: 'failed', concurrency: 1 });
    await recordHistory(
      'backfill-reprocesses',
      house.client.workflow.getHandle(backfillId('daily', '2023-01-01T00:00:00.000Z', '2023-01-05T12:00:00.000Z')),
    );
    expect(again).to.deep.include({ succeeded: 1, failed: 1, skipped: 3, failures: ['daily-2023-01-04T05:00:00Z~2'] });
    expect(begun).to.deep.equal(['2023-01-02', '2023-01-04']);

    failing.clear();
    begun = [];
    expect(await run({ dag: 'daily', ...year(2023), reprocess: 'all', concurrency: 1 })).to.deep.include({ succeeded: 5, skipped: 0 });
    expect(begun).to.deep.equal(days(2023));
    expect((await house.stored('daily', 'daily-2023-01-04T05:00:00Z~3')).state).to.equal('success');
    expect((await house.stored('daily', 'daily-2023-01-04T05:00:00Z')).state).to.equal('failed');
  });

  it('goes on in another execution before its history grows long', async () => {
    const handle = await direct({ dag: 'daily', from: '2022-01-01', to: '2022-04-30', concurrency: 20, historyLimit: 100 });
    const result = (await handle.result()) as BackfillProgress;
    await recordHistory('backfill-continued', handle);
    expect(result).to.deep.include({ total: 119, succeeded: 119, failed: 0, skipped: 0 });
    expect(new Set(begun).size).to.equal(119);
    expect(begun).to.have.length(119);
    const executions = house.client.workflow.list({ query: `WorkflowId = '${handle.workflowId}'` });
    let [continued, tries] = [0, 0];
    while (continued === 0 && tries++ < 50) {
      for await (const { status } of executions) if (status.name === 'CONTINUED_AS_NEW') continued++;
      if (continued === 0) await sleep(100); // the index is a moment behind
    }
    expect(continued).to.be.greaterThan(0);
  });

  it('tells how far it is, is not started twice for a range, and takes its runs with it when it is cancelled', async () => {
    const request: BackfillRequest = { dag: 'endless', ...year(2025), concurrency: 2 };
    const id = await startBackfill(house.client, house.objects, request);
    expect(id).to.equal(backfillId('endless', '2025-01-01T00:00:00.000Z', '2025-01-05T12:00:00.000Z'));
    while (begun.length < 2) await sleep(50);
    const runs = ['2025-01-01', '2025-01-02'].map((date) => scheduledRunId('endless', `${date}T00:00:00Z`));
    expect(await backfillProgress(house.client, id)).to.deep.include({ state: 'running', total: 5, succeeded: 0, running: runs });
    const refused: unknown = await startBackfill(house.client, house.objects, request).catch((error: unknown) => error);
    expect(refused).to.include({ code: 'BACKFILL_RUNNING' });
    while (!(await runningBackfills(house.client, 'endless')).includes(id)) await sleep(50);

    await cancelBackfill(house.client, id);
    const error: unknown = await ended(id).catch((reason: unknown) => reason);
    expect(error).to.be.instanceOf(WorkflowFailedError);
    expect((error as WorkflowFailedError).cause).to.be.instanceOf(CancelledFailure);
    for (const runId of runs) expect((await house.client.workflow.getHandle(runId).describe()).status.name).to.equal('CANCELLED');
    expect(begun).to.have.length(2);
    await recordHistory('backfill-cancelled', house.client.workflow.getHandle(id));
    expect(await backfillProgress(house.client, id)).to.deep.include({ state: 'cancelled', running: [] });
  });

  for (const [what, input, code] of [
    ['a DAG that is not published', { dag: 'nobody', ...year(2025) }, 'DAG_NOT_FOUND'],
    ['a DAG without a schedule', { dag: 'byHand', ...year(2025) }, 'SCHEDULE_NOT_FOUND'],
    ['a range without a firing', { dag: 'daily', from: '2025-01-01T10:00:00Z', to: '2025-01-01T11:00:00Z' }, 'BACKFILL_INVALID'],
    ['a range that ends before it begins', { dag: 'daily', from: '2025-01-02', to: '2025-01-01' }, 'BACKFILL_INVALID'],
    ['a time that is none', { dag: 'daily', from: 'yesterday', to: '2025-01-01' }, 'BACKFILL_INVALID'],
    ['nothing at a time', { dag: 'daily', ...year(2025), concurrency: 0 }, 'BACKFILL_INVALID'],
    ['a policy that there is not', { dag: 'daily', ...year(2025), reprocess: 'some' as 'all' }, 'BACKFILL_INVALID'],
  ] as const)
    it(`refuses ${what}`, async () => {
      expect((await failureOf(await direct(input))).type).to.equal(code);
      const error: unknown = await startBackfill(house.client, house.objects, input).catch((reason: unknown) => reason);
      expect(error).to.include({ code });
    });

  it('says what it would do without doing it', async () => {
    failing.add('2021-01-03');
    await run({ dag: 'daily', from: '2021-01-02', to: '2021-01-03T12:00:00Z' });
    begun = [];
    const dates = [];
    for await (const date of backfillDates(house.client, house.objects, { dag: 'daily', ...year(2021), reprocess: 'failed' }))
      dates.push(date);
    const id = (date: string): string => `daily-2021-01-${date}T05:00:00Z`;
    expect(dates.map(({ runId, action, found }) => [runId, action, found])).to.deep.equal([
      [id('01'), 'run', null],
      [id('02'), 'skip', 'success'],
      [`${id('03')}~2`, 'run', 'failed'],
      [id('04'), 'run', null],
      [id('05'), 'run', null],
    ]);
    expect(begun).to.deep.equal([]);
  });

  it('is what a DAG that catches up begins with, once; and what it ends a pause with', async () => {
    const startDate = new Date(Date.now() - 3.5 * 86_400_000).toISOString();
    const spec = { ...catching.spec, startDate };
    await published(catching, spec);
    await ensureSchedule(house.client, dagSchedule(spec)!);
    const id = await catchUp(house.client, spec);
    expect(await ended(id!)).to.deep.include({ total: 3, succeeded: 3 });
    expect(await catchUp(house.client, spec)).to.equal(undefined);
    expect(begun).to.have.length(3);
    expect(await catchUp(house.client, { ...spec, catchup: false })).to.equal(undefined);
    expect(await catchUp(house.client, { ...spec, startDate: '2020-01-02', endDate: '2020-01-01T12:00:00Z' })).to.equal(undefined);
    const past = await catchUp(house.client, { ...spec, startDate: '2020-01-02', endDate: '2020-01-03T12:00:00Z' });
    expect(await ended(past!)).to.deep.include({ from: '2020-01-02', to: '2020-01-03T12:00:00Z', total: 2, succeeded: 2 });

    const since = await pauseDag(house.client, 'catching', 'a holiday');
    const { state } = await house.client.schedule.getHandle('dag/catching').describe();
    expect(state).to.deep.include({ paused: true, note: `a holiday (since ${since})` });
    expect(await pauseDag(house.client, 'catching', 'another')).to.equal(since);
    const missed = { ...spec, schedule: every('1 second') };
    await ensureSchedule(house.client, dagSchedule(missed)!);
    await published(catching, missed);
    expect((await house.client.schedule.getHandle('dag/catching').describe()).state.paused).to.equal(true);
    await sleep(2_000); // the schedule fires meanwhile, and is not heard
    const made = await unpauseDag(house.client, missed);
    await house.client.schedule.getHandle('dag/catching').delete();
    const { total, succeeded, skipped } = await ended(made!);
    expect(total).to.be.within(2, 4);
    expect(succeeded + skipped).to.equal(total);
    expect(await pauseDag(house.client, 'byHand', 'never').catch((error: unknown) => error)).to.include({ code: 'SCHEDULE_NOT_FOUND' });
  });

  it('that was recorded still does what it did', async function () {
    if (isRecording) this.skip();
    const histories = await recordedHistories('backfill');
    expect(histories.map(({ name }) => name)).to.include.members([
      'backfill-cancelled.json',
      'backfill-continued.json',
      'backfill-reprocesses.json',
    ]);
    const workflowBundle = await dagRunBundle();
    for (const { history } of histories) await Worker.runReplayHistory({ workflowBundle }, history, 'backfill/recorded');
  });
});
