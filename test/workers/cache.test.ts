import { expect } from 'chai';
import { utimesSync } from 'node:fs';
import { z } from 'zod';
import type { CacheOptions } from '../../core/dag/cache-options.js';
import { task, type Task } from '../../core/dag/task.js';
import { endOf, type TaskEnd } from '../../core/dag/wire.js';
import { RekindleError } from '../../core/errors.js';
import type { TaskContext } from '../../core/ports.js';
import { attempt, environment, failureOf, keysUnder, textOf, type TestEnvironment } from './attempts.js';

describe('a shared result', () => {
  let env: TestEnvironment;
  let runs: unknown[];
  beforeEach(() => {
    env = environment();
    runs = [];
  });

  const Source = z.object({ source: z.string(), limit: z.number().default(10), at: z.string().optional() });
  const load = (cache: CacheOptions = { ttl: '1 day' }, version?: string): Task =>
    task({
      id: 'load',
      cache,
      ...(version === undefined ? {} : { version }),
      input: Source,
      run: (input) => (runs.push(input), { made: runs.length }),
    });

  const ask = async (made: Task, input: unknown, runId: string, meta = {}): Promise<TaskEnd> =>
    endOf(
      await attempt(made, input, {
        env,
        meta: { instance: 'load', run: { logicalDate: '2026-01-01T00:00:00.000Z', dag: 'etl', id: runId }, ...meta },
      }),
    );
  const entry = async (): Promise<string> => {
    const found = await keysUnder(env.objects, 'cache/');
    expect(found).to.have.length(1);
    return found[0]!;
  };

  it('answers the same input in another run without running the task, and says whose it is', async () => {
    expect(await ask(load(), { source: 'a' }, 'r1')).to.deep.equal({ state: 'success', output: { made: 1 }, tries: 1 });
    const second = await ask(load(), { source: 'a' }, 'r2');
    expect(second).to.deep.include({ state: 'success', output: { made: 1 }, cached: 'r1' });
    expect(runs).to.have.length(1);
    expect(await entry()).to.match(/^cache\/load\/[0-9a-f]{64}\.json$/);
    expect(JSON.parse(await textOf(env.objects, await entry()))).to.deep.include({ output: { made: 1 }, run: 'r1', instance: 'load' });
  });

  it('is removed some time after nobody asks for it any more, when another one is written', async () => {
    const [past, future] = [-1, 1].map((hours) => new Date(Date.now() + hours * 3_600_000).toISOString());
    const old = async (name: string, text: string): Promise<void> => {
      await env.objects.put(`cache/load/${name}.json`, text);
      utimesSync(new URL(await env.objects.presign(`cache/load/${name}.json`, 60)), new Date(past!), new Date(past!));
    };
    const result = { output: 1, at: past, run: 'r0', instance: 'load' };
    await old('over', JSON.stringify({ ...result, until: past }));
    await old('damaged', '{');
    await old('of-before', JSON.stringify(result));
    await old('kept-longer-by-another-dag', JSON.stringify({ ...result, until: future }));
    await env.objects.put('cache/other/over.json', '{}');
    await ask(load({ ttl: '30 minutes' }), { source: 'a' }, 'r1');
    const left = await keysUnder(env.objects, 'cache/');
    expect(left).to.have.length(3).and.to.include.members(['cache/load/kept-longer-by-another-dag.json', 'cache/other/over.json']);
    expect(await ask(load({ ttl: '30 minutes' }), { source: 'a' }, 'r2')).to.have.property('cached', 'r1');
  });

  it('says of the assets what the task said of them', async () => {
    const made = task({ id: 'load', cache: { ttl: '1 day' }, run: (_: unknown, ctx: TaskContext) => ctx.produced('sales', { rows: 3 }) });
    expect(await ask(made, {}, 'r1')).to.deep.include({ extra: { sales: { rows: 3 } } });
    expect(await ask(made, {}, 'r2')).to.deep.include({ cached: 'r1', extra: { sales: { rows: 3 } } });
  });

  it('is found by the checked input: the order of fields and what is the default make no difference, anything else does', async () => {
    await ask(load(), { source: 'a', limit: 10 }, 'r1');
    expect(await ask(load(), { source: 'a' }, 'r2')).to.have.property('cached', 'r1');
    expect(await ask(load(), { limit: 10, source: 'a' }, 'r3')).to.have.property('cached', 'r1');
    expect(await ask(load(), { source: 'a', limit: 11 }, 'r4')).to.not.have.property('cached');
    expect(await ask(load(), { source: 'b' }, 'r5')).to.not.have.property('cached');
  });

  it('looks only at the fields that it is told to', async () => {
    const made = load({ ttl: '1 day', key: 'source' });
    await ask(made, { source: 'a', at: 'monday' }, 'r1');
    expect(await ask(made, { source: 'a', at: 'tuesday' }, 'r2')).to.have.property('cached', 'r1');
    expect(await ask(made, { source: 'b', at: 'tuesday' }, 'r3')).to.not.have.property('cached');
    const both = load({ ttl: '1 day', key: ['source', 'at'] });
    await ask(both, { source: 'a', at: 'monday' }, 'r4');
    expect(await ask(both, { source: 'a', at: 'tuesday' }, 'r5')).to.not.have.property('cached');
  });

  it('is not shared by a field that no input has: that would make all the same', async () => {
    const typo = load({ ttl: '1 day', key: 'sorce' });
    await ask(typo, { source: 'a' }, 'r1');
    expect(await ask(typo, { source: 'b' }, 'r2')).to.deep.equal({ state: 'success', output: { made: 2 }, tries: 1 });
    expect(await textOf(env.objects, 'runs/etl/r1/load/1.log')).to.match(/warn The result is not shared/);
  });

  it('is not shared where JSON cannot tell two inputs apart', async () => {
    const pair = z.object({ n: z.number() }).transform(({ n }) => new Map([['n', n]]));
    const made = task({ id: 'mapped', cache: { ttl: '1 day' }, input: pair, run: (map) => map.get('n') });
    expect(await ask(made, { n: 1 }, 'r1')).to.include({ output: 1 });
    expect(await ask(made, { n: 2 }, 'r2')).to.include({ output: 2 });
  });

  it('belongs to a version of the task: the one it says, else its text and schemas', async () => {
    await ask(load(), { source: 'a' }, 'r1');
    const changed = task({ id: 'load', cache: { ttl: '1 day' }, input: Source, run: () => 'changed' });
    expect(await ask(changed, { source: 'a' }, 'r2')).to.include({ output: 'changed' });
    const { run } = load();
    const stricter: Task = { ...load(), run, input: Source.extend({ limit: z.number().max(99).default(10) }) };
    expect(await ask(stricter, { source: 'a' }, 'r3')).to.not.have.property('cached');
    await ask(load({ ttl: '1 day' }, '1'), { source: 'a' }, 'r4');
    expect(await ask({ ...changed, version: '1' }, { source: 'a' }, 'r5')).to.have.property('cached', 'r4');
    expect(await ask(changed, { source: 'a' }, 'r5', { cache: { ttl: '1 day', version: '1' } })).to.have.property('cached', 'r4');
    expect(await ask(load({ ttl: '1 day' }, '2'), { source: 'a' }, 'r6')).to.not.have.property('cached');
  });

  it('is asked for by a DAG of a task that says nothing', async () => {
    const plain = task({ id: 'plain', run: () => runs.push(0) });
    await ask(plain, {}, 'r1', { cache: { ttl: '1 day' } });
    expect(await ask(plain, {}, 'r2', { cache: { ttl: '1 day' } })).to.include({ output: 1, cached: 'r1' });
    expect(await ask(plain, {}, 'r3')).to.include({ output: 2 });
  });

  it('is too old after its time, and then replaced', async () => {
    await ask(load(), { source: 'a' }, 'r1');
    const old = JSON.parse(await textOf(env.objects, await entry())) as { at: string };
    await env.objects.put(await entry(), JSON.stringify({ ...old, at: new Date(Date.now() - 25 * 3_600_000).toISOString() }));
    expect(await ask(load({ ttl: '2 days' }), { source: 'a' }, 'r2')).to.have.property('cached', 'r1');
    expect(await ask(load(), { source: 'a' }, 'r3')).to.deep.include({ output: { made: 2 } });
    expect(await ask(load(), { source: 'a' }, 'r4')).to.have.property('cached', 'r3');
  });

  it('is no answer when it cannot be read; the task runs, with a warning', async () => {
    await ask(load(), { source: 'a' }, 'r1');
    const key = await entry();
    for (const [i, poison] of [
      '{half',
      '[]',
      '{"at":"2026-01-01T00:00:00.000Z","run":"r","instance":"i"}',
      '{"output":1,"at":"soon","run":"r","instance":"i"}',
    ].entries()) {
      await env.objects.put(key, poison);
      expect(await ask(load(), { source: 'a' }, `poisoned${i}`)).to.deep.include({ output: { made: i + 2 } });
      expect(await textOf(env.objects, `runs/etl/poisoned${i}/load/1.log`)).to.match(/warn A shared result cannot be read/);
    }
    expect(await ask(load(), { source: 'a' }, 'after')).to.have.property('cached', 'poisoned3');
  });

  it('does not fail a task when the store is away', async () => {
    const away = (): Promise<never> => Promise.reject(new RekindleError('STORE_UNREACHABLE', 'No answer.'));
    env.objects.put = away;
    env.objects.get = away;
    expect(await ask(load(), { source: 'a' }, 'r1')).to.deep.include({ output: { made: 1 } });
  });

  it('is never a failure, a skip, or an output that is wrong', async () => {
    const bodies: Record<string, (input: unknown, ctx: TaskContext) => unknown> = {
      fails: () => Promise.reject(new Error('no')),
      skips: (_, ctx) => ctx.skip('nothing'),
      wrong: () => 'text',
    };
    for (const [id, run] of Object.entries(bodies)) {
      const made = task({ id, cache: { ttl: '1 day' }, output: z.number(), run: run as never });
      if (id === 'skips') expect(await ask(made, {}, 'r1')).to.include({ state: 'skipped' });
      else await failureOf(ask(made, {}, 'r1'));
    }
    expect(await keysUnder(env.objects, 'cache/')).to.deep.equal([]);
  });

  it('may be large; each run has a copy of its own', async () => {
    const large = task({ id: 'large', cache: { ttl: '1 day' }, run: () => 'x'.repeat(100_000) });
    const first = (await ask(large, {}, 'r1')) as unknown as { output: { $stored: object } };
    const second = (await ask(large, {}, 'r2')) as unknown as typeof first;
    expect(first.output.$stored).to.include({ key: 'runs/etl/r1/load/output.json', bytes: 100_002 });
    expect(second.output.$stored).to.include({ key: 'runs/etl/r2/load/output.json', bytes: 100_002 });
    expect(second).to.include({ cached: 'r1' });
  });

  it('is made by both of two that miss at once', async () => {
    const [one, other] = await Promise.all([ask(load(), { source: 'a' }, 'r1'), ask(load(), { source: 'a' }, 'r2')]);
    expect([one.state, other.state]).to.deep.equal(['success', 'success']);
    expect(['r1', 'r2']).to.include(((await ask(load(), { source: 'a' }, 'r3')) as { cached: string }).cached);
  });
});
