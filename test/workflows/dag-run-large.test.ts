import { expect } from 'chai';
import { z } from 'zod';
import { dag, task } from '../../core/dag/index.js';
import { quietRuntime } from '../support/runtime.js';
import { openDagHouse, type DagHouse } from './dag-run-house.js';

const range = (n: number): number[] => Array.from({ length: n }, (_, i) => i);

const list = task({ id: 'list', input: z.object({ n: z.number() }), output: z.array(z.number()), run: ({ n }) => range(n) });
const same = task({ id: 'same', input: z.object({ n: z.number() }), output: z.number(), local: true, run: ({ n }) => n });

const DAGS = [
  dag({ id: 'wide', params: z.object({ n: z.number() }) }, (d, { params }) =>
    d.map(d.run(list, { n: params.n }), (n) => d.run(same, { n }, { local: false }), { id: 'all', shard: 500 }),
  ),
  dag({ id: 'nested' }, (d) => {
    const rows = d.run(list, { n: 20 });
    return d.map(rows, (row) => d.map(rows, (n) => [row, d.run(same, { n })], { id: 'row' }), { id: 'table' });
  }),
];

describe('a large DAG run', function () {
  this.timeout(120_000);
  let house: DagHouse;

  before(async function () {
    quietRuntime();
    house = await openDagHouse(this, DAGS);
  });
  after(async () => house?.close());

  it('of 2,000 items is spread over shards by itself, and its state is whole', async () => {
    const handle = await house.start('wide', { n: 2_000 });
    expect(await handle.result()).to.deep.equal(range(2_000));
    const { tasks, composites } = await house.stored('wide', handle.workflowId);
    expect(composites['all']?.shards).to.have.length(4);
    expect(composites['all']?.items).to.deep.equal({ total: 2_000, success: 2_000, failed: 0, skipped: 0 });
    for (const n of range(2_000)) expect(tasks[`all[${n}].same`]).to.deep.include({ state: 'success', output: n });
    const { historyLength } = await handle.describe();
    expect(historyLength, 'events of the run itself').to.be.below(100);
  });

  it('of 20 × 20 items gives a table', async () => {
    const handle = await house.start('nested');
    expect(await handle.result()).to.deep.equal(range(20).map((row) => range(20).map((n) => [row, n])));
    const { tasks } = await house.stored('nested', handle.workflowId);
    expect(Object.keys(tasks)).to.have.length(401);
    expect(tasks['table[19].row[7].same']).to.deep.include({ state: 'success', output: 7 });
  });
});
