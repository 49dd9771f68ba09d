import { createHash } from 'node:crypto';
import { expect } from 'chai';
import { z } from 'zod';
import { resolveOutput } from '../../client/outputs.js';
import { task } from '../../core/dag/task.js';
import { storedAt, type StoredValue } from '../../core/dag/wire.js';
import { RekindleError } from '../../core/errors.js';
import type { TaskContext } from '../../core/ports.js';
import type { FolderStore } from '../../platform/object-store/folder.js';
import { dataActivities } from '../../workers/offload.js';
import { activityEnvironment, attempt, environment, failureOf, keysUnder, PLACE, textOf } from './attempts.js';

const many = task({
  id: 'many',
  input: z.object({ rows: z.number(), odd: z.boolean().default(false) }),
  run: ({ rows, odd }) => ({ rows: Array.from({ length: rows }, (_, n) => ({ n, name: `row ${n}` })), odd }),
});
const echo = task({ id: 'echo', run: (input: unknown) => input });

const damage = async (objects: FolderStore, key: string): Promise<void> => {
  const text = await textOf(objects, key);
  await objects.put(key, text.replace('row 7', 'row 8'));
};

describe('a large output', () => {
  it('goes to the object store, and a reference travels', async () => {
    const env = environment();
    const answer = (await attempt(many, { rows: 5_000 }, { env })) as StoredValue;
    const text = await textOf(env.objects, `${PLACE}/output.json`);
    expect(answer).to.deep.equal({
      $stored: { key: `${PLACE}/output.json`, sha256: createHash('sha256').update(text).digest('hex'), bytes: Buffer.byteLength(text) },
    });
    expect((JSON.parse(text) as { rows: unknown[] }).rows).to.have.length(5_000);
  });

  it('is one over 64 KiB of JSON, counted in bytes', async () => {
    const env = environment();
    const limit = 64 * 1024;
    const ascii = 'x'.repeat(limit - 2); // and its two quotes
    expect(await attempt(echo, ascii, { env })).to.equal(ascii);
    expect(await attempt(echo, `${ascii}x`, { env })).to.have.property('$stored');
    const euros = '€'.repeat((limit - 2) / 3 - 1);
    expect(await attempt(echo, euros, { env })).to.equal(euros);
    expect(await attempt(echo, `${euros}€€`, { env })).to.have.property('$stored');
  });

  it('is a value again in the next task, whole or in parts, wherever it is in the input', async () => {
    const env = environment();
    const stored = (await attempt(many, { rows: 5_000 }, { env })) as StoredValue;
    const strict = task({
      id: 'strict',
      input: z.object({ last: z.object({ n: z.number(), name: z.string() }), lists: z.array(z.object({ rows: z.array(z.unknown()) })) }),
      run: ({ last, lists }) => ({ last, sizes: lists.map(({ rows }) => rows.length) }),
    });
    const input = { last: storedAt(stored, ['rows', '4999']), lists: [stored, { rows: storedAt(stored, ['rows']) }] };
    expect(await attempt(strict, input, { env })).to.deep.equal({ last: { n: 4999, name: 'row 4999' }, sizes: [5_000, 5_000] });
  });

  it('cannot be changed by one task for another', async () => {
    const env = environment();
    const stored = await attempt(many, { rows: 5_000 }, { env });
    const spoils = task({ id: 'spoils', run: ({ rows }: { rows: { n: number }[] }) => (rows[0]!.n = -1) });
    await attempt(spoils, stored, { env });
    expect(await attempt(task({ id: 'first', run: ({ rows }: { rows: { n: number }[] }) => rows[0]!.n }), stored, { env })).to.equal(0);
  });

  it('is read once for the tasks of a worker that ask for parts of it', async () => {
    const env = environment();
    const stored = (await attempt(many, { rows: 5_000 }, { env })) as StoredValue;
    let reads = 0;
    const get = env.objects.get.bind(env.objects);
    env.objects.get = (key) => (reads++, get(key));
    const parts = Array.from({ length: 50 }, (_, i) => attempt(echo, storedAt(stored, ['rows', String(i), 'n']), { env }));
    expect(await Promise.all(parts)).to.deep.equal(Array.from({ length: 50 }, (_, i) => i));
    expect(reads).to.equal(1);
  });

  it('is refused when its bytes are not those that were written, or it is gone', async () => {
    const env = environment();
    const stored = await attempt(many, { rows: 5_000 }, { env });
    await damage(env.objects, `${PLACE}/output.json`);
    const failure = await failureOf(attempt(echo, { in: stored }, { env }));
    expect(failure).to.include({ type: 'CHECKSUM_MISMATCH', nonRetryable: true });
    expect(failure.message).to.contain(`${PLACE}/output.json`);
    await env.objects.delete(`${PLACE}/output.json`);
    expect(await failureOf(attempt(echo, { in: stored }, { env }))).to.include({ type: 'OBJECT_NOT_FOUND', nonRetryable: true });
  });

  it('is found again by a retry that made the same', async () => {
    const env = environment();
    const first = await attempt(many, { rows: 5_000 }, { env });
    const activity = activityEnvironment({ attempt: 2 });
    expect(await attempt(many, { rows: 5_000 }, { env, activity })).to.deep.equal({ $output: first, $tries: 2 });
    expect(await keysUnder(env.objects, `${PLACE}/output`)).to.deep.equal([`${PLACE}/output.json`]);
  });

  it('does not take the place of what another try has already answered with', async () => {
    const env = environment();
    const first = await attempt(many, { rows: 5_000 }, { env });
    const other = await attempt(many, { rows: 5_000, odd: true }, { env });
    const odd = task({ id: 'odd', run: ({ odd: is }: { odd: boolean }) => is });
    expect(await attempt(odd, first, { env })).to.equal(false);
    expect(await attempt(odd, other, { env })).to.equal(true);
  });

  it('fails the try, to be tried again, when the store is away', async () => {
    const env = environment();
    env.objects.put = () => Promise.reject(new RekindleError('STORE_UNREACHABLE', 'No answer.'));
    expect(await failureOf(attempt(many, { rows: 5_000 }, { env }))).to.include({ type: 'STORE_UNREACHABLE', nonRetryable: false });
  });

  it('counts for skips and small ones as before', async () => {
    const env = environment();
    expect(await attempt(many, { rows: 0 }, { env })).to.deep.equal({ rows: [], odd: false });
    const idle = task({ id: 'idle', run: (_: unknown, ctx: TaskContext) => ctx.skip('none') });
    expect(await attempt(idle, {}, { env })).to.deep.equal({ $skipped: 'none' });
    expect(await keysUnder(env.objects, 'runs/')).to.deep.equal([]);
  });
});

describe('what the interpreter asks of a large output', () => {
  it('is a value at a path, or how many items there are', async () => {
    const env = environment();
    const stored = (await attempt(many, { rows: 5_000 }, { env })) as StoredValue;
    const data = dataActivities(env.objects);
    expect(await data.loadOutput(stored, ['rows', '3', 'name'])).to.equal('row 3');
    expect(await data.loadOutput(storedAt(stored, ['rows', '3']) as StoredValue, ['name'])).to.equal('row 3');
    expect(await data.loadOutput(stored, ['nothing'])).to.equal(null);
    expect(await data.outlineOutput(stored, ['rows'])).to.deep.equal({ length: 5_000 });
    expect(await data.outlineOutput(stored)).to.deep.equal({ length: 2, keys: ['rows', 'odd'] });
    expect(await data.outlineOutput(stored, ['odd'])).to.equal(null);
  });

  it('is not more than a history can hold', async () => {
    const env = environment();
    const data = dataActivities(env.objects);
    const huge = (await attempt(many, { rows: 40_000 }, { env })) as StoredValue;
    const failure = await failureOf(data.loadOutput(huge, ['rows']));
    expect(failure).to.include({ type: 'OUTPUT_TOO_LARGE', nonRetryable: true });
    expect(await data.outlineOutput(huge, ['rows'])).to.deep.equal({ length: 40_000 });
  });
});

describe('the outputs of a state', () => {
  it('are shown where they are not too large, else where they are', async () => {
    const env = environment();
    const at = (instance: string, rows: number): Promise<unknown> => attempt(many, { rows }, { env, meta: { instance } });
    const [small, large, damaged] = (await Promise.all([at('a', 3_000), at('b', 30_000), at('c', 3_000)])) as [
      StoredValue,
      StoredValue,
      StoredValue,
    ];
    await env.objects.put('runs/etl/etl-manual-1/c/output.json', 'spoiled');
    const state = {
      tasks: { a: { output: small }, b: { output: large }, c: { output: { $stored: { ...damaged.$stored, sha256: '0'.repeat(64) } } } },
      output: [storedAt(small, ['odd'])],
    };
    const shown = (await resolveOutput(env.objects, state, { each: 200_000 })) as typeof state;
    expect((shown.tasks.a.output as unknown as { rows: unknown[] }).rows).to.have.length(3_000);
    expect(shown.tasks.b.output).to.deep.equal(large);
    expect(shown.tasks.c.output).to.deep.equal(state.tasks.c.output);
    expect(shown.output).to.deep.equal([false]);
    const none = await resolveOutput(env.objects, state, { total: 1_000 });
    expect(none).to.deep.equal(state);
  });
});
