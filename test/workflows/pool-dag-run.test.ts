import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { deletePool, poolStatus, setPool } from '../../client/pools.js';
import { dag, task, type Dag } from '../../core/dag/index.js';
import { poolNames } from '../../core/names.js';
import { quietRuntime } from '../support/runtime.js';
import { failureOf, openDagHouse, type DagHouse } from './dag-run-house.js';
import { untilHolds } from './pool-house.js';

const ITEMS = [0, 1, 2, 3, 4, 5];
const suffix = randomUUID().slice(0, 8);
const POOL = `narrow-${suffix}`;
const CLOSED = `closed-${suffix}`;
const LATE = `late-${suffix}`;

/** Tasks that are under way, each until the test lets it go. */
class Gate {
  readonly inside = new Map<string, () => void>();
  most = 0;

  pass(name: string): Promise<void> {
    return new Promise((done) => {
      this.inside.set(name, done);
      this.most = Math.max(this.most, this.inside.size);
    });
  }

  /** Lets them go, whoever comes, until `count` have gone. */
  async open(count: number): Promise<void> {
    for (let gone = 0; gone < count;) {
      for (const [name, done] of this.inside) {
        this.inside.delete(name);
        done();
        gone++;
      }
      await sleep(5);
    }
  }
}

const gates = new Map<string, Gate>();
const gateOf = (dagId: string): Gate => {
  let gate = gates.get(dagId);
  if (!gate) gates.set(dagId, (gate = new Gate()));
  return gate;
};

const hold = task({ id: 'hold', run: async (_: object, { run, key }) => gateOf(run.dag).pass(key) });
const quick = task({ id: 'quick', run: async () => 'done' });
const range = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

const dags = {
  pooled: dag({ id: `pooled-${suffix}` }, (d) => ({
    narrow: d.map(ITEMS, () => d.run(hold, {}, { pool: POOL }), { id: 'narrow' }),
    free: d.run(quick),
  })),
  tasks: dag({ id: `tasks-${suffix}`, maxActiveTasks: 2 }, (d) => d.map(ITEMS, () => d.run(hold), { id: 'each' })),
  oneTask: dag({ id: `one-task-${suffix}` }, (d) => d.run(hold, {}, { id: 'only', maxActive: 1 })),
  runs: dag({ id: `runs-${suffix}`, maxActiveRuns: 1 }, (d) => d.run(hold)),
  typo: dag({ id: `typo-${suffix}` }, (d) => {
    d.run(hold, {}, { id: 'wrong', pool: 'gpus' });
    d.run(quick, {}, { id: 'right' });
  }),
  greedy: dag({ id: `greedy-${suffix}` }, (d) => d.run(hold, {}, { id: 'wrong', pool: { name: POOL, slots: 3 } })),
  wide: dag({ id: `wide-${suffix}` }, (d) => {
    d.map(range(1_100), () => d.run(quick, {}, { pool: CLOSED }), { id: 'wide', maxConcurrency: 1_100, shard: 2_000 });
    d.run(quick, {}, { id: 'other' });
  }),
  long: dag({ id: `long-${suffix}` }, (d) => {
    const waits = d.run(quick, {}, { id: 'waits', pool: LATE });
    d.map(range(4_000), () => d.sleep('1 ms'), { id: 'sleeps', shard: 10_000 });
    return waits;
  }),
} satisfies Record<string, Dag>;

describe('DAG runs and pools', function () {
  this.timeout(120_000);
  let house: DagHouse;

  before(async function () {
    quietRuntime();
    house = await openDagHouse(this, Object.values(dags));
    this.timeout(120_000);
    await setPool(house.client, POOL, { slots: 2 });
    for (const name of [CLOSED, LATE]) await setPool(house.client, name, { slots: 0 });
  });
  after(() => house?.close());

  const pool = async (name: string) => (await poolStatus(house.client, name))!;
  const untilPool = (name: string, what: string, holds: (status: Awaited<ReturnType<typeof pool>>) => boolean) =>
    untilHolds(
      what,
      () => poolStatus(house.client, name),
      (status) => status !== undefined && holds(status),
    );
  const untilInside = (gate: Gate, count: number) =>
    untilHolds(
      `${count} tasks are under way`,
      async () => gate.inside.size,
      (inside) => inside === count,
    );

  it('runs as many tasks as the pool has slots; the state says who waits for what', async () => {
    const gate = gateOf(dags.pooled.id);
    const run = await house.start(dags.pooled.id);
    await untilInside(gate, 2);
    const { waiting, tasks } = await untilHolds(
      'the others wait',
      () => house.state(run.workflowId),
      (state) => state.waiting?.length === 4 && state.tasks['quick']?.state === 'success',
    );
    expect(waiting!.map((one) => one.pool)).to.deep.equal(Array(4).fill(POOL));
    expect(tasks[waiting![0]!.instance]).to.have.property('state').that.does.not.equal('success');
    expect((await pool(POOL)).holders.map(({ run: holder, dag: id }) => [holder, id])).to.deep.equal(
      Array(2).fill([run.workflowId, dags.pooled.id]),
    );
    await gate.open(6);
    await run.result();
    expect(gate.most).to.equal(2);
    expect(await pool(POOL)).to.include({ used: 0, waiting: 0 });
  });

  it('keeps to maxActiveTasks in all runs of a DAG together', async () => {
    const gate = gateOf(dags.tasks.id);
    const runs = [await house.start(dags.tasks.id), await house.start(dags.tasks.id)];
    await untilPool(poolNames.dag(dags.tasks.id), 'ten wait', ({ used, waiting }) => used === 2 && waiting === 10);
    await untilInside(gate, 2);
    await gate.open(12);
    await Promise.all(runs.map((run) => run.result()));
    expect(gate.most).to.equal(2);
  });

  it('keeps to the limit of one task in all runs', async () => {
    const gate = gateOf(dags.oneTask.id);
    const runs = await Promise.all(ITEMS.map(() => house.start(dags.oneTask.id)));
    await untilPool(poolNames.task(dags.oneTask.id, 'only'), 'five wait', ({ used, waiting }) => used === 1 && waiting === 5);
    await gate.open(6);
    await Promise.all(runs.map((run) => run.result()));
    expect(gate.most).to.equal(1);
  });

  it('lets the next run begin when the one before has ended, however it ends', async () => {
    const gate = gateOf(dags.runs.id);
    const runs = await Promise.all([1, 2, 3].map(() => house.start(dags.runs.id)));
    await untilPool(poolNames.runs(dags.runs.id), 'two wait', ({ used, waiting }) => used === 1 && waiting === 2);
    const [active] = (await pool(poolNames.runs(dags.runs.id))).holders;
    await untilInside(gate, 1);
    await house.client.workflow.getHandle(active!.run).cancel();
    await gate.open(1); // its task does not listen
    await untilPool(poolNames.runs(dags.runs.id), 'one waits', ({ used, waiting }) => used === 1 && waiting === 1);
    await gate.open(2);
    const ends = await Promise.allSettled(runs.map((run) => run.result()));
    expect(ends.map(({ status }) => status).sort()).to.deep.equal(['fulfilled', 'fulfilled', 'rejected']);
    expect(gate.most).to.equal(1);
  });

  it('fails a task whose pool is not there or too small, and runs the others', async () => {
    const run = await house.start(dags.typo.id);
    expect((await failureOf(run)).message).to.include("wrong (POOL_NOT_FOUND: There is no pool 'gpus'.)");
    const { tasks } = await house.state(run.workflowId);
    expect(tasks['right']!.state).to.equal('success');
    expect((await failureOf(await house.start(dags.greedy.id))).message).to.include(
      `wrong (POOL_TOO_SMALL: 'wrong' wants 3 slots of pool '${POOL}', which has 2.)`,
    );
  });

  it('is not kept from its other tasks by more waiting ones than Temporal lets it run', async () => {
    const run = await house.start(dags.wide.id);
    await untilHolds(
      'the other task has run',
      () => house.state(run.workflowId),
      ({ tasks, waiting }) => tasks['other']?.state === 'success' && waiting?.length === 1_100,
    );
    await run.terminate('by the test');
  });

  it('goes on in another execution while a task waits for a slot, which keeps its place', async () => {
    const run = await house.start(dags.long.id);
    const first = (await house.client.workflow.getHandle(run.workflowId).describe()).runId;
    await untilPool(LATE, 'it waits', ({ waiting }) => waiting === 1);
    const { queue } = await pool(LATE);
    await untilHolds(
      'it goes on',
      async () => (await house.client.workflow.getHandle(run.workflowId).describe()).runId,
      (runId) => runId !== first,
    );
    const place = await untilHolds(
      'it waits again',
      async () => (await house.state(run.workflowId)).waiting ?? [],
      (waiting) => waiting.length === 1,
    );
    expect(place[0]).to.include({ instance: 'waits', pool: LATE });
    expect((await pool(LATE)).queue).to.deep.equal(queue);
    await setPool(house.client, LATE, { slots: 1 });
    expect(await run.result()).to.equal('done');
    await deletePool(house.client, LATE);
  });
});
