import { expect } from 'chai';
import { setTimeout as sleep } from 'node:timers/promises';
import { assetEvents, pendingAssets, syncAssets, type AssetsStatus } from '../../client/assets.js';
import { publish } from '../../client/publish.js';
import { asset, dag, onAssets, task, type Dag } from '../../core/dag/index.js';
import { keys } from '../../core/names.js';
import { quietRuntime } from '../support/runtime.js';
import { openDagHouse, type DagHouse } from './dag-run-house.js';

const numbers = task({ id: 'numbers', run: () => [1, 2, 3] });
const load = task({
  id: 'load',
  produces: [asset('e2e/sales')],
  run: (_, ctx) => (ctx.produced('e2e/sales', { rows: 3 }), 'loaded'),
});
const pass = task({ id: 'pass', produces: ['e2e/never'], run: (_, ctx) => ctx.skip('nothing new') });
const count = task({ id: 'count', produces: ['e2e/stock'], run: () => 'counted' });
const fail = task({
  id: 'fail',
  produces: ['e2e/never'],
  run: () => {
    throw new Error('it cannot');
  },
});
interface Reported {
  logicalDate: string;
  kind: string;
  sources: string[];
  extras: unknown[];
}
const report = task({
  id: 'report',
  run: (_, { run: { logicalDate, kind, events = [] } }): Reported => ({
    logicalDate,
    kind,
    sources: events.map(({ source }) => source),
    extras: events.flatMap(({ extra }) => extra ?? []),
  }),
});

const producer = dag({ id: 'produces', doc: 'one asset once, the other three times' }, (d) => {
  d.run(load);
  d.map(d.run(numbers), () => d.run(count), { id: 'each' });
  d.run(pass);
  d.run(fail, {}, { mayFail: true });
});
const consumer = dag({ id: 'consumes', schedule: onAssets([asset('e2e/sales'), asset('e2e/stock')], { partitioned: true }) }, (d) =>
  d.run(report),
);
const never = dag({ id: 'waits', schedule: asset('e2e/never') }, (d) => d.run(report));

describe('DAG runs and assets', function () {
  this.timeout(60_000);
  let house: DagHouse;

  before(async function () {
    quietRuntime();
    const dags: Dag[] = [producer, consumer, never];
    house = await openDagHouse(this, dags);
    for (const { id, spec, hash } of dags)
      await publish(house.objects, {
        current: keys.dagCurrent(id),
        key: keys.dagSpec(id, hash),
        spec,
        hash,
        project: 'shop',
        file: `${id}.ts`,
      });
    await syncAssets(
      house.client,
      dags.map(({ spec }) => spec),
    );
  });
  after(() => house?.close());

  const started = async (id: string): Promise<AssetsStatus> => {
    for (const deadline = Date.now() + 50_000; Date.now() < deadline; await sleep(30)) {
      const status = await pendingAssets(house.client, id);
      if (status && status.started.length > 0) return status;
    }
    throw new Error(`DAG '${id}' was never started`);
  };

  it('a run that has produced what another waits for starts it, for the same logical date; what failed or was skipped announces nothing', async () => {
    const run = await house.start('produces');
    await run.result();
    const { run: info } = await house.state(run.workflowId);
    const status = await started('consumes');
    const result = (await house.client.workflow.getHandle(status.started[0]!.runId).result()) as Reported;
    expect(result).to.include({ logicalDate: info.logicalDate, kind: 'triggered' });
    const taken = result.sources.length;
    const waits = status.waiting[0]?.have['e2e/stock'] ?? 0;
    expect(taken + waits, 'one of sales, three of stock').to.equal(4);
    expect(result.extras, 'what the task said of it').to.deep.equal([{ rows: 3 }]);
    expect((await assetEvents(house.objects, 'e2e/sales')).map(({ extra }) => extra)).to.deep.equal([{ rows: 3 }]);
    expect(new Set(result.sources)).to.deep.equal(new Set([run.workflowId]));
    expect((await assetEvents(house.objects, 'e2e/stock')).length).to.equal(3);
    expect(await assetEvents(house.objects, 'e2e/never')).to.deep.equal([]);
    expect(await pendingAssets(house.client, 'waits')).to.deep.include({ started: [], waiting: [{ have: {}, waitsFor: 'e2e/never' }] });
  });
});
