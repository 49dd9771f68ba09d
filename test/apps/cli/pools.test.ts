import { expect } from 'chai';
import { registerPools } from '../../../apps/cli/commands/pools.js';
import { runCommand, type Said } from '../../support/command.js';
import { tempFolder } from '../../support/fixtures.js';
import { quietRuntime } from '../../support/runtime.js';
import { openPoolHouse, untilHolds, type PoolHouse } from '../../workflows/pool-house.js';

describe('rekindle pools', function () {
  this.timeout(60_000);
  let house: PoolHouse;
  let project: string;
  const environment = { ...process.env };

  before(async function () {
    quietRuntime();
    house = await openPoolHouse(this);
    project = tempFolder();
    Object.assign(process.env, { TEMPORAL_ADDRESS: house.address, TEMPORAL_NAMESPACE: house.namespace });
  });
  after(async () => {
    for (const name of ['TEMPORAL_ADDRESS', 'TEMPORAL_NAMESPACE']) {
      if (environment[name] === undefined) delete process.env[name];
      else process.env[name] = environment[name];
    }
    await house?.close();
  });

  const rekindle = (...args: string[]): Promise<Said> => runCommand(registerPools, ['pools', ...args, '--project', project]);
  const json = async (...args: string[]): Promise<unknown> => JSON.parse((await rekindle(...args, '--json')).out);

  it('makes a pool, changes it and shows it', async () => {
    expect((await rekindle('set', 'gpu', '--slots', '1', '--doc', 'one card')).out).to.equal(
      'gpu: one card\n0 of 1 slots used, 0 waiting\n',
    );
    expect(await json('set', 'gpu', '--slots', '2')).to.include({ pool: 'gpu', doc: 'one card', slots: 2 });
    expect(await json('show', 'gpu')).to.deep.equal({
      ...{ pool: 'gpu', doc: 'one card', slots: 2, used: 0, waiting: 0, holders: [], queue: [] },
    });
  });

  it('says who holds slots and who waits, in a list and one by one', async () => {
    await rekindle('set', 'db', '--slots', '1');
    const run = await house.run('nightly', { workflowId: 'nightly-1' });
    await run.take(['extract', 'load'], { pool: 'db', priority: 2 });
    await house.until('db', 'one waits', ({ waiting }) => waiting === 1);
    const { out } = await rekindle('show', 'db');
    expect(out.replace(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d/g, 'WHEN')).to.equal(
      [
        'db',
        '1 of 1 slots used, 1 waiting',
        '',
        'HELD BY  RUN        DAG      SLOTS  PRIORITY  SINCE (UTC)',
        'extract  nightly-1  nightly  1      2         WHEN',
        '',
        'WAITING  RUN        DAG      SLOTS  PRIORITY  SINCE (UTC)',
        'load     nightly-1  nightly  1      2         WHEN',
        '',
      ].join('\n'),
    );
    const found = await untilHolds(
      'Temporal has it in its index',
      () => rekindle('list'),
      (said) => said.out.includes('db '),
    );
    expect(found.out.split('\n').map((line) => line.trim().split(/\s+/))).to.deep.include.members([
      ['POOL', 'SLOTS', 'USED', 'WAITING', 'HOLDERS'],
      ['db', '1', '1', '1', 'nightly-1'],
    ]);
  });

  it('deletes one in use only when it is forced to', async () => {
    const refused = await rekindle('delete', 'db');
    expect(refused.exit).to.equal(1);
    expect(refused.err).to.include('POOL_IN_USE').and.include('1 slots are held, 1 requests wait');
    expect(await json('delete', 'db', '--force')).to.deep.equal({ pool: 'db', deleted: true });
  });

  it('knows a pool that is not there, and a number that is none', async () => {
    for (const args of [
      ['show', 'nowhere'],
      ['delete', 'nowhere'],
    ]) {
      const said = await rekindle(...args);
      expect(said.exit).to.equal(2);
      expect(said.err).to.include("There is no pool 'nowhere'");
    }
    expect((await rekindle('set', 'dag:etl', '--slots', '1')).exit).to.equal(2);
    const wrong: unknown = await rekindle('set', 'gpu', '--slots', '-1').catch((error: unknown) => error);
    expect(wrong).to.have.property('code', 'commander.invalidArgument');
  });
});
