import { execFile } from 'node:child_process';
import { utimesSync } from 'node:fs';
import { promisify } from 'node:util';
import { Worker } from '@temporalio/worker';
import { expect } from 'chai';
import {
  announce,
  assetEvents,
  createSpecReader,
  emitAsset,
  pauseAssets,
  pendingAssets,
  resetAssets,
  syncAssets,
  unpauseAssets,
} from '../../client/assets.js';
import { allOf, anyOf, asset, assetKey, onAssets } from '../../core/dag/asset.js';
import { producedEvents } from '../../core/dag/asset-event.js';
import { sha256 } from '../../core/dag/hash.js';
import type { AssetEvent } from '../../core/dag/run-input.js';
import { assetRunId, assetsWorkflowId, keys, TASK_QUEUES } from '../../core/names.js';
import { findTemporal } from '../../scripts/setup/tools.mjs';
import { skip } from '../support/fixtures.js';
import { recordedHistories, recordHistory } from '../support/histories.js';
import { quietRuntime } from '../support/runtime.js';
import { assetsBundle, openAssetHouse, type AssetHouse } from './assets-house.js';

const run = (id: string, day = '2026-11-24') => ({ id, logicalDate: `${day}T00:00:00.000Z`, startedAt: '2026-11-26T00:00:00.000Z' });
const now = (): string => new Date().toISOString();

describe('workflow of a DAG that waits for assets', function () {
  this.timeout(60_000);
  let house: AssetHouse;
  let dags = 0;
  let dag: string;

  before(async function () {
    quietRuntime();
    house = await openAssetHouse(this);
  });
  after(() => house?.close());
  beforeEach(() => (dag = `dag${dags++}`));

  const handle = () => house.client.workflow.getHandle(assetsWorkflowId(dag));
  const started = (count: number) => house.until(dag, `${count} runs have started`, (status) => status.started.length === count);
  /** What the interpreter does when a task instance has succeeded. */
  const succeed = (produces: readonly string[], of: ReturnType<typeof run>, instance = 'load'): Promise<void> =>
    house.activities.announce(producedEvents(produces, of, instance, now()));

  it('starts a run when every asset has come from its producer, with all that came', async () => {
    const [sales, stock] = [`${dag}/sales`, `${dag}/stock`];
    await house.publish(`${dag}-one`, { produces: { load: [sales] } });
    await house.publish(`${dag}-two`, { produces: { load: [stock] } });
    await house.publish(dag, { schedule: [asset(sales), asset(stock)] });
    await succeed([sales], run(`${dag}-one-1`));
    await succeed([sales], run(`${dag}-one-2`));
    const { waiting } = await house.until(dag, 'both have come', (status) => status.waiting[0]?.have[sales] === 2);
    expect(waiting).to.deep.equal([{ have: { [sales]: 2 }, waitsFor: stock }]);
    await succeed([stock], run(`${dag}-two-1`));
    const status = await started(1);
    expect(status.waiting).to.deep.equal([{ have: {}, waitsFor: `${sales} and ${stock}` }]);
    const input = await house.input(status.started[0]!.runId);
    expect(input).to.include({ kind: 'triggered' }).and.not.have.any.keys('logicalDate', 'dataInterval');
    expect(input.events!.map((event) => [event.asset, event.source, event.partition])).to.deep.equal([
      [sales, `${dag}-one-1`, '2026-11-24T00:00:00.000Z'],
      [sales, `${dag}-one-2`, '2026-11-24T00:00:00.000Z'],
      [stock, `${dag}-two-1`, '2026-11-24T00:00:00.000Z'],
    ]);
    await recordHistory('assets-all-of-two', handle());
  });

  it('starts a run for each event when any will do', async () => {
    const [sales, stock] = [`${dag}/sales`, `${dag}/stock`];
    await house.publish(dag, { schedule: anyOf(asset(sales), asset(stock)) });
    await succeed([sales, stock], run('producer'));
    const runs = (await started(2)).started.map(({ runId }) => runId);
    expect(new Set(runs).size).to.equal(2);
    const inputs = await Promise.all(runs.map((runId) => house.input(runId)));
    expect(inputs.map(({ events }) => events!.map((event) => event.asset))).to.have.deep.members([[sales], [stock]]);
  });

  it('runs once for an event that is told twice, also when the collector was begun anew in between', async () => {
    const name = `${dag}/sales`;
    const spec = await house.publish(dag, { schedule: asset(name) });
    const [event] = producedEvents([name], run('producer'), 'load', now());
    await house.activities.announce([event!, event!]);
    await house.activities.announce([event!]);
    const { runId } = (await started(1)).started[0]!;
    await house.input(runId);
    await handle().terminate();
    await syncAssets(house.client, [spec]);
    await house.activities.announce([event!]);
    const again = await started(1);
    expect(again.started[0]!.runId).to.equal(runId);
    const { events } = await house.client.workflow.getHandle(runId).fetchHistory();
    expect(events!.filter(({ workflowExecutionStartedEventAttributes: start }) => start)).to.have.length(1);
    const { runId: first } = await house.client.workflow.getHandle(runId).describe();
    expect(events![0]!.workflowExecutionStartedEventAttributes!.firstExecutionRunId).to.equal(first);
  });

  it('keeps events for 400 days', async () => {
    const name = `${dag}/sales`;
    const { event: keyOf } = keys.asset(assetKey(name));
    for (const days of [399, 401]) {
      const key = keyOf(now(), `${days}`);
      await house.objects.put(key, '{}');
      const then = new Date(Date.now() - days * 86_400_000);
      utimesSync(new URL(await house.objects.presign(key, 60)), then, then);
    }
    await house.activities.announce(producedEvents([name], run('producer'), 'load', now()));
    expect(await assetEvents(house.objects, name)).to.have.length(2);
  });

  it('tells every DAG that waits for an asset, and nobody else', async () => {
    const name = `${dag}/sales`;
    await house.publish(`${dag}-other`, { schedule: asset(`${dag}/other`) });
    await house.publish(`${dag}-second`, { schedule: allOf(asset(name), asset(`${dag}/more`)) });
    await house.publish(dag, { schedule: asset(name) });
    const specs = await createSpecReader(house.objects)();
    const told = await announce(house.client, house.objects, specs, producedEvents([name], run('producer'), 'load', now()));
    expect(told).to.have.members([dag, `${dag}-second`]);
    await started(1);
    const second = await house.until(`${dag}-second`, 'it has come', (status) => status.waiting[0]?.have[name] === 1);
    expect(second.started).to.deep.equal([]);
    expect(await pendingAssets(house.client, `${dag}-other`)).to.deep.include({ refused: [], started: [] });
  });

  it('starts a run of each partition that is complete; its logical date is the partition', async () => {
    const [sales, stock] = [`${dag}/sales`, `${dag}/stock`];
    await house.publish(dag, { schedule: onAssets([asset(sales, { partition: 'day' }), asset(stock)], { partitioned: true }) });
    await succeed([sales], { ...run('hourly-5'), logicalDate: '2026-11-24T05:00:00.000Z' });
    await succeed([stock], run('daily-25', '2026-11-25'));
    await succeed([stock], run('daily-24', '2026-11-24'));
    const { started: runs, waiting } = await started(1);
    expect(runs[0]!.runId).to.match(new RegExp(`^${dag}-asset-2026-11-24T00:00:00.000Z-[0-9a-f]{12}$`));
    expect(await house.input(runs[0]!.runId)).to.deep.include({
      logicalDate: '2026-11-24T00:00:00.000Z',
      dataInterval: { start: '2026-11-24T00:00:00.000Z', end: '2026-11-25T00:00:00.000Z' },
    });
    expect(waiting).to.deep.equal([{ partition: '2026-11-25T00:00:00.000Z', have: { [stock]: 1 }, waitsFor: `${sales} by day` }]);
    await recordHistory('assets-partitions', handle());
  });

  it('collects while it is paused, and starts one run of it afterwards', async () => {
    const name = `${dag}/sales`;
    await house.publish(dag, { schedule: asset(name) });
    await pauseAssets(house.client, dag, 'holidays');
    for (const id of ['r1', 'r2']) await succeed([name], run(id));
    const status = await house.until(dag, 'both have come', ({ waiting }) => waiting[0]?.have[name] === 2);
    expect(status.paused).to.include({ reason: 'holidays' });
    expect(status.started).to.deep.equal([]);
    await unpauseAssets(house.client, dag);
    const { started: runs } = await started(1);
    expect(runs[0]!.events).to.equal(2);
    await recordHistory('assets-pause', handle());
  });

  it('forgets what waits when it is reset', async () => {
    const [sales, stock] = [`${dag}/sales`, `${dag}/stock`];
    await house.publish(dag, { schedule: [asset(sales), asset(stock)] });
    await succeed([sales], run('r1'));
    await resetAssets(house.client, dag);
    await succeed([stock], run('r2'));
    const { waiting, started: runs } = await house.until(dag, 'the second has come', (status) => status.waiting[0]?.have[stock] === 1);
    expect(waiting[0]!.waitsFor).to.equal(sales);
    expect(runs).to.deep.equal([]);
  });

  it('loses nothing while no worker runs, and goes on where it was', async () => {
    const [sales, stock, prices] = [`${dag}/sales`, `${dag}/stock`, `${dag}/prices`];
    await house.publish(dag, { schedule: [asset(sales), asset(stock), asset(prices)] });
    await succeed([sales], run('r1'));
    await house.until(dag, 'the first has come', (status) => status.waiting[0]?.have[sales] === 1);
    await house.stopWorker();
    await succeed([stock], run('r2'));
    await succeed([prices], run('r3'));
    await house.startWorker();
    const { started: runs } = await started(1);
    expect((await house.input(runs[0]!.runId)).events!.map(({ source }) => source)).to.deep.equal(['r1', 'r2', 'r3']);
  });

  it('goes on under a new history with what waits and what it has seen', async () => {
    const [sales, stock] = [`${dag}/sales`, `${dag}/stock`];
    await house.client.workflow.start('assets', {
      workflowId: assetsWorkflowId(dag),
      taskQueue: TASK_QUEUES.orchestration,
      args: [{ dag, when: allOf(asset(sales), asset(stock)), partitioned: false, historyLimit: 30 }],
    });
    await house.publish(dag, { schedule: [asset(sales), asset(stock)] });
    const first = (await handle().describe()).runId;
    const seen = producedEvents([sales], run('seen'), 'load', now())[0]!;
    await house.activities.announce([seen]);
    for (let sent = 0; sent < 60 && (await handle().describe()).runId === first; sent++) await succeed([sales], run(`r${sent}`));
    expect((await handle().describe()).runId).not.to.equal(first);
    const before = (await pendingAssets(house.client, dag))!.waiting[0]!.have[sales]!;
    expect(before).to.be.greaterThan(1);
    await house.activities.announce([seen]);
    await succeed([stock], run('last'));
    const { started: runs } = await started(1);
    expect(runs[0]!.events).to.equal(before + 1);
    await recordHistory('assets-continues', house.client.workflow.getHandle(assetsWorkflowId(dag)));
  });

  it('starts every run of a stream that is longer than its history may be', async () => {
    const name = `${dag}/sales`;
    await house.client.workflow.start('assets', {
      workflowId: assetsWorkflowId(dag),
      taskQueue: TASK_QUEUES.orchestration,
      args: [{ dag, when: asset(name), partitioned: false, historyLimit: 40 }],
    });
    await house.publish(dag, { schedule: asset(name) });
    const sent = Array.from({ length: 60 }, (_, i) => producedEvents([name], run(`r${i}`), 'load', now())[0]!);
    await Promise.all(sent.map((event) => house.activities.announce([event])));
    const { refused } = await house.until(dag, 'all are due', (status) => status.runs === sent.length);
    expect(refused).to.deep.equal([]);
    const sources = await Promise.all(
      sent.map(async ({ at, id }) => {
        const runId = assetRunId(dag, at, sha256(id));
        return (await house.begun(runId)).events!.map(({ source }) => source);
      }),
    );
    expect(sources).to.deep.equal(sent.map(({ source }) => [source]));
    const { events } = await house.client.workflow.getHandle(assetsWorkflowId(dag)).fetchHistory();
    expect(events![0]!.workflowExecutionStartedEventAttributes!.continuedExecutionRunId).to.be.a('string').and.not.equal('');
  });

  describe('when DAGs change', () => {
    it('takes the new condition, and starts what is now enough', async () => {
      const [sales, stock] = [`${dag}/sales`, `${dag}/stock`];
      await house.publish(dag, { schedule: [asset(sales), asset(stock)] });
      await succeed([sales], run('r1'));
      await house.until(dag, 'it has come', (status) => status.waiting[0]?.have[sales] === 1);
      await house.publish(dag, { schedule: asset(sales) });
      const { when, started: runs } = await started(1);
      expect(when).to.deep.equal({ asset: sales });
      expect(runs).to.have.length(1);
    });

    it('ends the collector of a DAG that is retired or waits for the clock now', async () => {
      const other = `${dag}-other`;
      for (const id of [dag, other]) await house.publish(id, { schedule: asset(`${dag}/sales`) });
      await house.publish(dag, {});
      await syncAssets(house.client, [], [other, 'never-was']);
      for (const id of [dag, other])
        expect((await house.client.workflow.getHandle(assetsWorkflowId(id)).describe()).status.name).to.equal('TERMINATED');
    });
  });

  describe('events from outside', () => {
    it('counts as those of a task, and is kept', async () => {
      const name = `${dag}/sales`;
      await house.publish(dag, { schedule: asset(name) });
      const { event, consumers } = await emitAsset(house.client, house.objects, {
        asset: name,
        extra: { rows: 3 },
        source: 'erp',
        id: 'file-7',
      });
      await emitAsset(house.client, house.objects, { asset: name, id: 'file-7' });
      expect(consumers).to.deep.equal([dag]);
      const { started: runs } = await started(1);
      expect((await house.input(runs[0]!.runId)).events).to.deep.equal([event]);
      const kept: AssetEvent[] = [];
      for await (const { key } of house.objects.list(`assets/${encodeURIComponent(name)}/events/`))
        kept.push(JSON.parse(Buffer.from((await house.objects.get(key)).body).toString()));
      expect(kept[0]).to.deep.equal(event);
    });

    it('are refused when no DAG knows the asset', async () => {
      const error = await emitAsset(house.client, house.objects, { asset: 'typing-error' }).catch((reason: unknown) => reason);
      expect(error).to.include({ code: 'ASSET_NOT_FOUND' });
    });

    it('can be told with Temporal’s own command', async function () {
      const cli = (await findTemporal()) ?? skip(this, 'no Temporal CLI: run `node scripts/setup.mjs --for test`');
      const name = `${dag}/sales`;
      await house.publish(dag, { schedule: asset(name) });
      const input = JSON.stringify({ asset: name, extra: { rows: 3 } });
      await promisify(execFile)(cli, [
        ...['workflow', 'signal', '--workflow-id', assetsWorkflowId(dag), '--name', 'event', '--input', input],
        ...['--address', house.address, '--namespace', house.namespace],
      ]);
      const { started: runs } = await started(1);
      expect((await house.input(runs[0]!.runId)).events![0]).to.deep.include({ asset: name, source: 'signal', extra: { rows: 3 } });
    });

    it('that make no sense are refused and recorded, and the rest goes on', async () => {
      const name = `${dag}/sales`;
      await house.publish(dag, { schedule: asset(name) });
      for (const payload of [null, 'text', { asset: name, when: 'now' }, { asset: `${dag}/other` }])
        await handle().signal('event', payload);
      for (const [signal, payload] of [
        ['declare', { when: { all: [] } }],
        ['reset', { partition: 'x' }],
        ['pause', { because: 1 }],
      ] as const)
        await handle().signal(signal, payload);
      const { refused, paused, when } = await house.until(dag, 'all are refused', (status) => status.refused.length === 7);
      expect(refused.every(({ reason }) => reason.length > 0)).to.equal(true);
      expect({ paused, when }).to.deep.equal({ paused: null, when: { asset: name } });
      await succeed([name], run('r1'));
      await started(1);
      await recordHistory('assets-refuses', handle());
    });
  });

  describe('recorded', () => {
    it('still does what it did: every recorded history replays', async () => {
      const histories = await recordedHistories('assets');
      expect(histories.map(({ name }) => name)).to.include.members([
        'assets-all-of-two.json',
        'assets-continues.json',
        'assets-partitions.json',
        'assets-pause.json',
        'assets-refuses.json',
      ]);
      const workflowBundle = await assetsBundle();
      for (const { history } of histories) await Worker.runReplayHistory({ workflowBundle }, history, 'assets/recorded');
    });
  });
});
