import { randomUUID } from 'node:crypto';
import { WorkflowUpdateFailedError } from '@temporalio/client';
import { expect } from 'chai';
import { deletePool, listPools, requirePool, setPool, syncPools } from '../../client/pools.js';
import { poolNames, poolWorkflowId } from '../../core/names.js';
import { failureOf } from '../support/failure.js';
import { recordHistory } from '../support/histories.js';
import { quietRuntime } from '../support/runtime.js';
import { openPoolHouse, untilHolds, type PoolHouse } from './pool-house.js';

/** Long enough for a test to show that it was not the look at the holders that helped. */
const SELDOM = { contended: 600_000, calm: 600_000, idle: 600_000 };
const named = (count: number, prefix = 'load'): string[] => Array.from({ length: count }, (_, i) => `${prefix}[${i}]`);

describe('pools', function () {
  this.timeout(60_000);
  let house: PoolHouse;

  before(async function () {
    quietRuntime();
    house = await openPoolHouse(this);
  });
  after(() => house?.close());

  const dagId = (): string => `dag-${randomUUID().slice(0, 8)}`;
  const terminate = (run: { handle: { terminate(reason: string): Promise<unknown> } }) => run.handle.terminate('by the test');

  it('lends slots to tasks of several runs, and says who holds and who waits', async () => {
    const pool = await house.pool(2, { pace: SELDOM });
    const [a, b] = [await house.run('a'), await house.run('b')];
    await a.take(['extract', 'load'], { pool });
    await a.until('both are held', ({ held }) => held.length === 2);
    await b.take('score', { pool, priority: 1 });
    const { waiting } = await b.until('it waits', (taken) => taken.waiting.length === 1);
    expect(waiting[0]).to.include({ instance: 'score', pool });
    const status = await house.until(pool, 'the pool knows', (now) => now.waiting === 1);
    expect(status).to.deep.include({ pool, slots: 2, used: 2 });
    expect(status.holders.map(({ run, dag, instance }) => ({ run, dag, instance }))).to.have.deep.members([
      { run: a.handle.workflowId, dag: 'a', instance: 'extract' },
      { run: a.handle.workflowId, dag: 'a', instance: 'load' },
    ]);
    expect(status.queue).to.have.length(1);
    expect(status.queue[0]).to.include({ run: b.handle.workflowId, dag: 'b', instance: 'score', priority: 1, slots: 1 });
    await a.give('extract');
    await b.until('it has its slot', ({ held }) => held.includes('score'));
    await a.handle.signal('end');
    await house.until(pool, 'the rest came back with the end of the run', ({ used }) => used === 1);
    await b.handle.signal('end');
    await house.until(pool, 'all is back', ({ used }) => used === 0);
    await deletePool(house.client, pool);
    await recordHistory('pool-lends-slots', house.client.workflow.getHandle(poolWorkflowId(pool)));
  });

  it('gives back the slots of a run that was terminated', async () => {
    const pool = await house.pool(1);
    const [dead, next] = [await house.run(), await house.run()];
    await dead.take('train', { pool });
    await dead.until('it is held', ({ held }) => held.length === 1);
    await next.take('train', { pool });
    await house.until(pool, 'the next one waits', ({ waiting }) => waiting === 1);
    await terminate(dead);
    await next.until('it has the slot', ({ held }) => held.length === 1);
    expect((await house.status(pool))!.holders.map(({ run }) => run)).to.deep.equal([next.handle.workflowId]);
    await deletePool(house.client, pool, { force: true });
    await recordHistory('pool-takes-back', house.client.workflow.getHandle(poolWorkflowId(pool)));
  });

  it('does not take another run with the same id for the holder', async () => {
    const pool = await house.pool(1);
    const workflowId = `same-${randomUUID()}`;
    const dead = await house.run('etl', { workflowId });
    await dead.take('train', { pool });
    await dead.until('it is held', ({ held }) => held.length === 1);
    await terminate(dead);
    await house.run('etl', { workflowId });
    const next = await house.run();
    await next.take('train', { pool });
    await next.until('it has the slot', ({ held }) => held.length === 1);
  });

  it('forgets a waiting run that was terminated', async () => {
    const pool = await house.pool(0);
    const dead = await house.run();
    await dead.take(named(3), { pool });
    await house.until(pool, 'it waits', ({ waiting }) => waiting === 3);
    await terminate(dead);
    await house.until(pool, 'nobody waits', ({ waiting }) => waiting === 0);
  });

  it('offers a slot to the next one when the first who waited has gone', async () => {
    const pool = await house.pool(1, { pace: SELDOM });
    const [holder, gone, next] = [await house.run(), await house.run(), await house.run()];
    await holder.take('train', { pool });
    await holder.until('it is held', ({ held }) => held.length === 1);
    for (const [i, run] of [gone, next].entries()) {
      await run.take('train', { pool });
      await house.until(pool, 'it waits', ({ waiting }) => waiting === i + 1);
    }
    await terminate(gone);
    await holder.give('train');
    await next.until('it has the slot', ({ held }) => held.length === 1);
  });

  it('lets a cancelled run give back what it holds and what it waits for', async () => {
    const pool = await house.pool(1, { pace: SELDOM });
    const run = await house.run();
    await run.take(['train', 'score'], { pool });
    await house.until(pool, 'one waits', ({ waiting }) => waiting === 1);
    await run.handle.cancel();
    await run.handle.result().catch(() => undefined);
    const { used, waiting } = (await house.status(pool))!;
    expect({ used, waiting }).to.deep.equal({ used: 0, waiting: 0 });
  });

  it('leaves a run that continues as new its slots and its place', async () => {
    const pool = await house.pool(1);
    const [first, second, third] = [await house.run(), await house.run(), await house.run()];
    for (const [i, run] of [first, second, third].entries()) {
      await run.take('train', { pool });
      await house.until(pool, 'it is heard', ({ used, waiting }) => used + waiting === i + 1);
    }
    for (const run of [first, second]) {
      await run.handle.signal('renew');
      await run.until('it goes on', ({ renewed }) => renewed);
    }
    expect((await first.taken()).held).to.deep.equal(['train']);
    await house.until(pool, 'nothing has changed', ({ used, waiting }) => used === 1 && waiting === 2);
    await first.give('train');
    await second.until('the place was kept', ({ held }) => held.length === 1);
    await second.give('train');
    await third.until('it is its turn', ({ held }) => held.length === 1);
  });

  it('continues as new in the middle of it all and forgets nobody', async () => {
    const pool = await house.pool(3, { historyLimit: 40 });
    const runs = await Promise.all(['a', 'b', 'c'].map((dag) => house.run(dag)));
    const instances = named(8);
    for (const run of runs) await run.take(instances, { pool });
    const done = new Set<string>();
    while (done.size < 24) {
      const { used, holders } = await house.until(pool, 'somebody holds', (now) => now.used > 0);
      expect(used).to.be.at.most(3);
      for (const { run, instance } of holders) {
        const taker = runs.find(({ handle }) => handle.workflowId === run)!;
        await taker.until('it knows', ({ held }) => held.includes(instance) || done.has(`${run} ${instance}`));
        if (!done.has(`${run} ${instance}`)) await taker.give(instance);
        done.add(`${run} ${instance}`);
      }
    }
    await house.until(pool, 'all is back', ({ used, waiting }) => used + waiting === 0);
    const handle = house.client.workflow.getHandle(poolWorkflowId(pool));
    const { runId, raw } = await handle.describe();
    const first = raw.workflowExecutionInfo!.firstRunId!;
    expect(first).to.not.equal(runId);
    await recordHistory('pool-continues-as-new', house.client.workflow.getHandle(poolWorkflowId(pool), first));
  });

  it('takes several pools in one order, so that no two runs wait for each other', async () => {
    const [x, y] = [await house.pool(1), await house.pool(1)];
    const runs = await Promise.all([house.run(), house.run()]);
    for (const run of runs) await run.take(named(5), { pool: x }, { pool: y });
    for (let left = 10; left > 0; left--) {
      const { holders } = await house.until(y, 'somebody has both', ({ used }) => used === 1);
      const { run, instance } = holders[0]!;
      const taker = runs.find(({ handle }) => handle.workflowId === run)!;
      await taker.until('it has both', ({ held }) => held.includes(instance));
      await taker.give(instance);
      await house.until(y, 'it is given back', (now) => now.holders[0]?.instance !== instance || now.holders[0]?.run !== run);
    }
    for (const pool of [x, y]) await house.until(pool, 'all is back', ({ used }) => used === 0);
  });

  it('apache/airflow#45636: a full pool with a thousand waiting keeps nobody from another pool', async () => {
    const [full, free] = [await house.pool(1), await house.pool(20)];
    const run = await house.run('etl');
    await run.take(named(1000), { pool: full, priority: 2 });
    await house.until(full, 'it is full', ({ used, waiting }) => used === 1 && waiting > 0);
    await run.take(named(20, 'score'), { pool: free, priority: 3 });
    const { held, waiting } = await run.until('the other pool is used', (now) => now.held.length === 21);
    expect(held.filter((instance) => instance.startsWith('score'))).to.have.length(20);
    expect(waiting).to.have.length(999);
    expect((await house.status(full))!.waiting, 'the pool itself carries few of one run').to.be.at.most(100);
    const other = await house.run('other');
    await other.take('train', { pool: full, priority: 2 });
    await house.until(full, 'the other DAG waits', (now) => now.waiting === 101);
    await run.give('load[0]');
    await run.until('the backlog has its turn', (now) => now.held.includes('load[1]'));
    await run.give('load[1]');
    await other.until('the other DAG has its turn', ({ held: its }) => its.length === 1);
  });

  it('refuses at once what is not there or too small, and goes on', async () => {
    const small = await house.pool(2);
    const run = await house.run();
    await run.take('typo', { pool: 'gpus' });
    await run.take('big', { pool: small, slots: 3 });
    await run.take('fine', { pool: small, slots: 2 });
    const { failed } = await run.until('all is answered', (now) => now.held.length === 1 && Object.keys(now.failed).length === 2);
    expect(failed).to.deep.equal({
      typo: "POOL_NOT_FOUND: There is no pool 'gpus'.",
      big: `POOL_TOO_SMALL: 'big' wants 3 slots of pool '${small}', which has 2.`,
    });
  });

  it('hears everybody who has waited long, in case that the pool was terminated and made again', async () => {
    const pool = await house.pool(1);
    const [holder, waiter] = [await house.run(), await house.run('etl', { reminderMs: 200 })];
    await holder.take('train', { pool });
    await holder.until('it is held', ({ held }) => held.length === 1);
    await waiter.take('train', { pool });
    await house.until(pool, 'one waits', ({ waiting }) => waiting === 1);
    await house.client.workflow.getHandle(poolWorkflowId(pool)).terminate('by the test');
    await house.pool(1, { name: pool });
    await waiter.until('it was heard again', ({ held }) => held.length === 1);
  });

  describe('that nobody declares', () => {
    it('are made by the first run that has the limit, and the last limit said counts', async () => {
      const pool = poolNames.dag(dagId());
      const [a, b] = [await house.run(), await house.run()];
      await Promise.all([a.take(named(2), { pool, capacity: 1 }), b.take(named(2), { pool, capacity: 1 })]);
      await house.until(pool, 'three wait', ({ used, waiting }) => used === 1 && waiting === 3);
      await b.take('more', { pool, capacity: 4 });
      await house.until(pool, 'there are more now', ({ slots, used, waiting }) => slots === 4 && used === 4 && waiting === 1);
      await Promise.all([a.handle.signal('end'), b.handle.signal('end')]);
      await house.until(pool, 'all is back', ({ used, waiting }) => used + waiting === 0);
    });

    it('outlive the run that has made them, and end when nobody wants them for a while', async () => {
      const pool = poolNames.task(dagId(), 'load');
      await house.pool(1, { name: pool, pace: { contended: 100, calm: 100, idle: 500 } });
      const run = await house.run();
      await run.take('load', { pool, capacity: 1 });
      await run.until('it is held', ({ held }) => held.length === 1);
      await run.handle.signal('end');
      await house.client.workflow.getHandle(poolWorkflowId(pool)).result();
      const again = await house.run();
      await again.take('load', { pool, capacity: 1 });
      await again.until('it is made again', ({ held }) => held.length === 1);
      await again.handle.signal('end');
      await again.handle.result();
      expect(await house.status(pool)).to.include({ slots: 1 });
    });
  });

  describe('from outside', () => {
    it('are made and changed by name, and found again', async () => {
      const pool = `gpu-${randomUUID().slice(0, 8)}`;
      expect(await setPool(house.client, pool, { slots: 1, doc: 'two cards' })).to.deep.include({ pool, slots: 1, doc: 'two cards' });
      const run = await house.run();
      await run.take(named(2), { pool });
      await house.until(pool, 'one waits', ({ waiting }) => waiting === 1);
      expect(await setPool(house.client, pool, { slots: 2 })).to.deep.include({ slots: 2, used: 2, waiting: 0, doc: 'two cards' });
      await run.until('both are held', ({ held }) => held.length === 2);
      expect(await syncPools(house.client, { [pool]: { slots: 3 } })).to.deep.equal([pool]);
      const list = await untilHolds(
        'it is listed',
        () => listPools(house.client),
        (all) => all.some((one) => one.pool === pool),
      );
      expect(list.find((one) => one.pool === pool)).to.include({ slots: 3, used: 2 });
    });

    it('are deleted when nobody uses them, or by force: then who waits hears it', async () => {
      const pool = `gpu-${randomUUID().slice(0, 8)}`;
      await setPool(house.client, pool, { slots: 1 });
      const run = await house.run();
      await run.take(named(2), { pool });
      await house.until(pool, 'one waits', ({ waiting }) => waiting === 1);
      const { message } = await failureOf(deletePool(house.client, pool), 'POOL_IN_USE');
      expect(message).to.equal(`Pool '${pool}' is in use: 1 slots are held, 1 requests wait.`);
      await deletePool(house.client, pool, { force: true });
      const { failed } = await run.until('it is told', (now) => Object.keys(now.failed).length === 1);
      expect(Object.values(failed)).to.deep.equal([`POOL_NOT_FOUND: Pool '${pool}' was deleted.`]);
      await failureOf(requirePool(house.client, pool), 'POOL_NOT_FOUND');
      await failureOf(deletePool(house.client, pool), 'POOL_NOT_FOUND');
      await run.handle.signal('end');
      await run.handle.result(); // giving back to a pool that is gone is no error
    });

    it('have names and numbers that make sense', async () => {
      for (const name of ['', 'dag:etl', 'a b', '../x'])
        expect((await failureOf(setPool(house.client, name, { slots: 1 }), 'USAGE')).message).to.include(`'${name}'`);
      for (const slots of [-1, 1.5, NaN])
        expect((await failureOf(setPool(house.client, 'gpu', { slots }), 'USAGE')).message).to.match(/^Pool 'gpu': slots: /);
    });

    it('do not stumble over messages that nobody understands', async () => {
      const pool = await house.pool(1);
      const handle = house.client.workflow.getHandle(poolWorkflowId(pool));
      for (const payload of [undefined, 17, { run: 'x' }, { run: 'x', chain: 'y', dag: 'z', requests: [{ ticket: 1, slots: 0 }] }])
        await handle.signal('ask', payload);
      const refused: unknown = await handle.executeUpdate('declare', { args: [{ slots: 'two' }] }).catch((error: unknown) => error);
      expect(refused).to.be.instanceOf(WorkflowUpdateFailedError);
      const run = await house.run();
      await run.take('train', { pool });
      await run.until('it is held', ({ held }) => held.length === 1);
    });
  });
});
