import { expect } from 'chai';
import { z } from 'zod';
import { resolveOutput } from '../../client/outputs.js';
import { cross, dag, foreign, format, or, task, zip } from '../../core/dag/index.js';
import { isStored, type StoredValue } from '../../core/dag/wire.js';
import type { Json } from '../../core/json.js';
import { quietRuntime } from '../support/runtime.js';
import { openDagHouse, type DagHouse } from '../workflows/dag-run-house.js';

const Part = z.object({ n: z.number(), pad: z.string() });
const made = {
  verdict: 'promote' as const,
  title: 'big',
  none: null,
  parts: Array.from({ length: 40 }, (_, n) => ({ n, pad: 'x'.repeat(2_000) })),
};
const make = task({
  id: 'make',
  output: z.object({ verdict: z.enum(['promote', 'keep']), title: z.string(), none: z.number().nullable(), parts: z.array(Part) }),
  run: () => made,
});
const size = task({ id: 'size', input: z.object({ parts: z.array(Part) }), output: z.number(), run: ({ parts }) => parts.length });
const number = task({ id: 'number', input: z.object({ part: Part }), output: z.number(), run: ({ part }) => part.n });
const echo = task({ id: 'echo', input: z.object({ value: z.any() }), output: z.any(), run: ({ value }) => value as unknown });
const shared = task({
  id: 'shared',
  cache: { ttl: '1 day' },
  input: z.object({ key: z.string() }),
  output: z.string(),
  run: ({ key }, ctx) => `${key} by ${ctx.run.id}`,
});

const whole = dag({ id: 'whole' }, (d) => d.run(make));

const DAGS = {
  large: dag({ id: 'large' }, (d) => {
    const all = d.run(make);
    const numbers = d.map(all.parts, (part) => d.run(number, { part }), { id: 'numbers' });
    const chosen = d.branch(
      all.verdict,
      { promote: () => d.run(size, { parts: all.parts }), keep: () => d.run(echo, { value: 0 }, { id: 'no' }) },
      { id: 'decide' },
    );
    const text = d.run(
      echo,
      { value: format`${all.title} has ${all.parts.length}, the last is ${or(all.parts[39]!.n, -1)}` },
      { id: 'text' },
    );
    const fallback = d.run(echo, { value: or(all.none, 7) }, { id: 'fallback' });
    const last = d.run(number, { part: or(all.parts[39]!, { n: -1, pad: '' }) }, { id: 'last', local: true });
    const pairs = d.map(zip(all.parts, ['a', 'b']), (pair) => d.run(echo, { value: format`${pair[0].n}${pair[1]}` }), { id: 'pairs' });
    const grid = d.map(cross(['eu', 'us'], all.parts), (pair) => d.run(echo, { value: format`${pair[0]}${pair[1].n}` }), { id: 'grid' });
    return { grid, numbers, chosen, text, fallback, last, pairs };
  }),
  whole,
  parent: dag({ id: 'parent' }, (d) => d.run(size, { parts: d.runDag(whole, {}).parts })),
  abroad: dag({ id: 'abroad' }, (d) => {
    const { parts } = d.run(make);
    const there = d.run(foreign<{ part: unknown }, { got: unknown }>('py.Look'), { part: parts[2]! }, { id: 'look' });
    return d.run(echo, { value: there.got });
  }),
  again: dag({ id: 'again', params: z.object({ key: z.string() }) }, (d, { params }) => d.run(shared, { key: params.key })),
};

describe('large outputs in a DAG run', function () {
  this.timeout(60_000);
  let house: DagHouse;
  before(async function () {
    quietRuntime();
    house = await openDagHouse(this, Object.values(DAGS), {
      'py.Look': async (input: unknown) => Promise.resolve({ got: (input as { part: unknown }).part }),
    });
  });
  after(() => house?.close());

  it('reach tasks, maps, branches, texts and fallbacks as if they were small', async () => {
    const handle = await house.start('large');
    expect(await handle.result()).to.deep.equal({
      numbers: made.parts.map(({ n }) => n),
      chosen: 40,
      text: 'big has 40, the last is 39',
      fallback: 7,
      last: 39,
      pairs: ['0a', '1b'],
      grid: ['eu', 'us'].flatMap((region) => made.parts.map(({ n }) => `${region}${n}`)),
    });
    const history = JSON.stringify(await handle.fetchHistory());
    expect(history).to.not.contain(Buffer.from('x'.repeat(300)).toString('base64'));
  });

  it('are shown by the state, and are what a run returns, by reference', async () => {
    const handle = await house.start('whole');
    const result = (await handle.result()) as Json;
    expect(isStored(result)).to.equal(true);
    expect((result as StoredValue).$stored).to.include({ key: `runs/whole/${handle.workflowId}/make/output.json` });
    expect(await resolveOutput(house.objects, result)).to.deep.equal(made);
    const { tasks } = await house.state(handle.workflowId, { outputs: true });
    expect(tasks['make']!.output).to.deep.equal(result);
  });

  it('go from a child run to its parent', async () => {
    expect(await (await house.start('parent')).result()).to.equal(40);
  });

  it('reach a task in another language as a reference, which it may pass on', async () => {
    const handle = await house.start('abroad');
    expect(await handle.result()).to.deep.equal(made.parts[2]);
    const { tasks } = await house.state(handle.workflowId, { outputs: true });
    expect(tasks['look']!.output).to.deep.include({ got: { ...(tasks['make']!.output as StoredValue), $path: ['parts', '2'] } });
  });

  it('are not needed for a result of another run to be taken over', async () => {
    const first = await house.start('again', { key: 'k' });
    const by = `k by ${first.workflowId}`;
    expect(await first.result()).to.equal(by);
    const second = await house.start('again', { key: 'k' });
    expect(await second.result()).to.equal(by);
    expect((await house.state(second.workflowId)).tasks['shared']).to.include({ state: 'success', from: first.workflowId });
    expect((await house.state(first.workflowId)).tasks['shared']).to.not.have.property('from');
    expect(await (await house.start('again', { key: 'other' })).result()).to.not.equal(by);
  });
});
