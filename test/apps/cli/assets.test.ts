import { expect } from 'chai';
import { registerAssets } from '../../../apps/cli/commands/assets.js';
import { asset } from '../../../core/dag/asset.js';
import { runCommand, type Said } from '../../support/command.js';
import { tempFolder } from '../../support/fixtures.js';
import { quietRuntime } from '../../support/runtime.js';
import { openAssetHouse, type AssetHouse } from '../../workflows/assets-house.js';

describe('rekindle assets', function () {
  this.timeout(60_000);
  let house: AssetHouse;
  let project: string;
  const environment = { ...process.env };

  before(async function () {
    quietRuntime();
    house = await openAssetHouse(this);
    project = tempFolder();
    Object.assign(process.env, {
      TEMPORAL_ADDRESS: house.address,
      TEMPORAL_NAMESPACE: house.namespace,
      REKINDLE_STORE: `folder:${house.store}`,
    });
    await house.publish('load', { produces: { load: ['sales'], count: ['stock'] } });
    await house.publish('report', { schedule: [asset('sales'), asset('stock')] });
  });
  after(async () => {
    for (const name of ['TEMPORAL_ADDRESS', 'TEMPORAL_NAMESPACE', 'REKINDLE_STORE']) {
      if (environment[name] === undefined) delete process.env[name];
      else process.env[name] = environment[name];
    }
    await house?.close();
  });

  const rekindle = (...args: string[]): Promise<Said> => runCommand(registerAssets, ['assets', ...args, '--project', project]);
  const json = async (...args: string[]) => {
    const { out, exit } = await rekindle(...args, '--json');
    return { exit, document: JSON.parse(out) };
  };

  it('lists who makes what and who waits for it, before anything has happened', async () => {
    expect((await json('list')).document).to.deep.equal([
      { asset: 'sales', producers: [{ dag: 'load', task: 'load' }], consumers: ['report'], lastEvent: null },
      { asset: 'stock', producers: [{ dag: 'load', task: 'count' }], consumers: ['report'], lastEvent: null },
    ]);
    expect((await rekindle('list')).out).to.match(/^sales +load\.load +report +- +-$/m);
  });

  it('tells an event, and shows it with what is still waited for', async () => {
    const { document } = await json(
      'emit',
      'sales',
      '--partition',
      '2026-11-24',
      '--extra',
      '{"rows":3}',
      '--source',
      'erp',
      '--id',
      'file-7',
    );
    expect(document.consumers).to.deep.equal(['report']);
    expect(document.event).to.deep.include({
      ...{ asset: 'sales', partition: '2026-11-24T00:00:00.000Z', source: 'erp', id: 'file-7', extra: { rows: 3 } },
    });
    await house.until('report', 'it has come', ({ waiting }) => waiting[0]?.have['sales'] === 1);
    const shown = (await json('show', 'sales')).document;
    expect(shown.events).to.deep.equal([document.event]);
    expect(shown.lastEvent).to.deep.equal(document.event);
    expect(shown.waiting[0].pending.waiting).to.deep.equal([{ have: { sales: 1 }, waitsFor: 'stock' }]);
    const { out } = await rekindle('show', 'sales');
    expect(out).to.include('report: waits for stock; has 1 × sales').and.include('{"rows":3}');
  });

  it('pauses, forgets and goes on', async () => {
    expect((await rekindle('pause', 'report', '--reason', 'holidays')).exit).to.equal(0);
    await rekindle('emit', 'stock');
    await house.until('report', 'both have come', ({ waiting }) => waiting[0]?.waitsFor === '');
    expect((await rekindle('show', 'stock')).out)
      .to.include('report: complete')
      .and.include('holidays');
    await rekindle('reset', 'report');
    await rekindle('unpause', 'report');
    const status = await house.until('report', 'it goes on', ({ paused }) => paused === null);
    expect(status).to.deep.include({ started: [], waiting: [{ have: {}, waitsFor: 'sales and stock' }] });
  });

  it('draws the lineage', async () => {
    const { out } = await rekindle('graph');
    expect(out)
      .to.match(/^flowchart LR/)
      .and.include('d0 -->|"load"| a0');
    expect((await json('graph')).document.loops).to.deep.equal([]);
  });

  for (const [what, args, code] of [
    ['an asset that no DAG knows', ['show', 'nothing'], 'ASSET_NOT_FOUND'],
    ['an event of one', ['emit', 'nothing'], 'ASSET_NOT_FOUND'],
    ['a name that is none', ['show', 'a b'], 'ASSET_INVALID'],
    ['a DAG that waits for nothing', ['pause', 'load'], 'DAG_NOT_FOUND'],
  ] as const)
    it(`refuses ${what}`, async () => {
      const { exit, document } = await json(...args);
      expect(exit).to.equal(2);
      expect(document.error.code).to.equal(code);
    });

  it('says what is wrong with an option', async () => {
    for (const args of [
      ['emit', 'sales', '--extra', '{'],
      ['emit', 'sales', '--partition', 'yesterday'],
    ])
      expect(await rekindle(...args).catch((error: unknown) => error)).to.include({ code: 'commander.invalidArgument' });
  });
});
