import { expect } from 'chai';
import { task } from '../../core/dag/task.js';
import type { KeptState, TaskContext } from '../../core/ports.js';
import { FolderStore } from '../../platform/object-store/folder.js';
import { keptState } from '../../workers/task-state.js';
import { tempFolder } from '../support/fixtures.js';
import { activityEnvironment, attempt, environment, failureOf, textOf } from './attempts.js';

const codeOf = async (work: Promise<unknown>): Promise<unknown> =>
  ((await work.catch((error: unknown) => error)) as { readonly code?: unknown } | undefined)?.code;

describe('the state of a task', () => {
  /** As two tries see the same state. */
  const tries = (): { objects: FolderStore; one: KeptState; other: KeptState } => {
    const objects = new FolderStore(tempFolder());
    const place = { dag: 'etl', node: 'load' };
    return { objects, one: keptState(objects, place), other: keptState(objects, place) };
  };

  it('is handed from run to run, by DAG and node', async () => {
    const env = environment();
    const counts = task({
      id: 'counts',
      run: (_: unknown, { state }: TaskContext) => state.update<{ n: number }>((current) => ({ n: (current?.n ?? 0) + 1 })),
    });
    const run = (instance: string, id = 'r1'): Promise<unknown> =>
      attempt(counts, {}, { env, meta: { instance, run: { logicalDate: '2026-01-01T00:00:00.000Z', dag: 'etl', id } } });
    expect(await run('etl.load')).to.deep.equal({ n: 1 });
    expect(await run('etl#2/load', 'r2')).to.deep.equal({ n: 2 });
    expect(await run('other')).to.deep.equal({ n: 1 });
    expect(await textOf(env.objects, 'state/etl/etl.load.json')).to.equal('{"n":2}');
  });

  it('is written at once: a retry sees what the failed try has left', async () => {
    const env = environment();
    const cursor = task({
      id: 'cursor',
      run: async (_: unknown, { state, attempt: n }: TaskContext) => {
        const seen = await state.get<number>();
        await state.set(100 * n);
        if (n === 1) throw new Error('lost the connection');
        return seen;
      },
    });
    await failureOf(attempt(cursor, {}, { env }));
    expect(await attempt(cursor, {}, { env, activity: activityEnvironment({ attempt: 2 }) })).to.deep.equal({ $output: 100, $tries: 2 });
  });

  it('is nothing before it was set, and anything that JSON can say after', async () => {
    const { one, other } = tries();
    expect(await one.get()).to.equal(undefined);
    for (const value of [null, 0, 'x', [], { a: [1] }]) {
      await one.set(value);
      expect(await other.get()).to.deep.equal(value);
    }
  });

  it('is not overwritten unseen after it was read', async () => {
    const { one, other } = tries();
    await one.get();
    await other.set({ by: 'other' });
    expect(await codeOf(one.set({ by: 'one' }))).to.equal('TASK_STATE_CHANGED');
    expect(await one.get()).to.deep.equal({ by: 'other' });
    await one.set({ by: 'one' });
    await one.set({ by: 'one again' });
    expect(await other.get()).to.deep.equal({ by: 'one again' });
  });

  it('loses no update of those that come at once', async () => {
    const objects = new FolderStore(tempFolder());
    const add = (): Promise<number> => keptState(objects, { dag: 'd', node: 'n' }).update<number>((n = 0) => n + 1);
    const seen = await Promise.all(Array.from({ length: 12 }, add));
    expect([...seen].sort((a, b) => a - b)).to.deep.equal(Array.from({ length: 12 }, (_, i) => i + 1));
  });

  it('has room for more values by name', async () => {
    const { objects, one, other } = tries();
    await one.set('mine');
    await one.of('eu-west').set(1);
    await one.of('us.east_1').set(2);
    expect([await other.get(), await other.of('eu-west').get(), await other.of('us.east_1').get()]).to.deep.equal(['mine', 1, 2]);
    expect(await textOf(objects, 'state/etl/load/eu-west.json')).to.equal('1');
    for (const name of ['', 'a/b', '../x', 'ü']) expect(() => one.of(name), name).to.throw(/is no name for a state/);
  });

  it('refuses what it could not give back, and leaves what is there', async () => {
    const { objects, one } = tries();
    await one.set('good');
    const circle: { self?: unknown } = {};
    circle.self = circle;
    for (const value of [undefined, () => 1, circle, 1n, 'x'.repeat(1024 * 1024)])
      expect(await codeOf(one.set(value)), typeof value).to.equal('TASK_STATE_INVALID');
    expect(await one.get()).to.equal('good');
    await objects.put('state/etl/load.json', '{half');
    expect(await codeOf(one.get())).to.equal('TASK_STATE_INVALID');
  });
});
