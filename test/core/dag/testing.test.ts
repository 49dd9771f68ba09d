import { expect } from 'chai';
import { z } from 'zod';
import { cron } from '../../../core/dag/schedule.js';
import { dag, foreign, maybe, task } from '../../../core/dag/index.js';
import { testDag } from '../../../core/dag/testing.js';
import { RekindleError } from '../../../core/errors.js';

const double = task({ id: 'double', input: z.object({ n: z.number() }), output: z.number(), run: ({ n }) => n * 2 });

/** Fails in its first `times` tries. */
const flaky = (times: number, retries: number) =>
  task({
    id: 'flaky',
    retries,
    run: (_, ctx) => {
      if (ctx.attempt <= times) throw new TypeError(`try ${ctx.attempt}`);
      return ctx.key;
    },
  });

describe('testDag', () => {
  it('runs the real bodies, checks what goes in and out, and answers like a run', async () => {
    const result = await testDag(
      dag({ id: 'sum', params: z.object({ n: z.number().default(3) }) }, (d, { params }) => {
        const once = d.run(double, { n: params.n });
        return { twice: d.run(double, { n: once }, { id: 'again' }) };
      }),
      {},
    );
    expect(result).to.deep.include({
      dag: 'sum',
      runId: 'sum-test',
      state: 'success',
      tasks: { double: { state: 'success', tries: 1, output: 6 }, again: { state: 'success', tries: 1, output: 12 } },
      output: { twice: 12 },
    });
  });

  it('tries again as often as the task allows, and says how often it did', async () => {
    const run = (times: number, retries: number) =>
      testDag(
        dag({ id: 'retry' }, (d) => d.run(flaky(times, retries))),
        {},
      );
    expect((await run(2, 2)).tasks['flaky']).to.deep.equal({ state: 'success', tries: 3, output: 'retry-test/flaky' });
    expect((await run(2, 1)).tasks['flaky']).to.deep.equal({
      state: 'failed',
      tries: 2,
      output: null,
      error: { code: 'TypeError', message: 'try 2' },
    });
  });

  it('does not try again what the catalogue calls hopeless', async () => {
    const hopeless = task({
      id: 'hopeless',
      retries: 3,
      run: () => {
        throw new RekindleError('DATA_EMPTY', 'No row.');
      },
    });
    const { tasks } = await testDag(
      dag({ id: 'hopeless-dag' }, (d) => d.run(hopeless)),
      {},
    );
    expect(tasks['hopeless']).to.deep.include({ tries: 1, error: { code: 'DATA_EMPTY', message: 'No row.' } });
  });

  it('names the wrong field of an input, a literal or a parameter, and of an output', async () => {
    const wrong = task({ id: 'wrong', output: z.object({ parts: z.array(z.number()) }), run: () => ({ parts: [1, 'x' as never] }) });
    const pipeline = dag({ id: 'wrong-dag', params: z.object({ n: z.any() }) }, (d, { params }) => {
      d.run(wrong);
      d.run(double, { n: params.n });
    });
    const { tasks, state } = await testDag(pipeline, { n: 'x' });
    expect(state).to.equal('failed');
    expect(tasks['wrong']!.error!.code).to.equal('TASK_OUTPUT_INVALID');
    expect(tasks['wrong']!.error!.message).to.match(/^Output of task 'wrong': parts\.1: /);
    expect(tasks['double']!.error!.code).to.equal('TASK_INPUT_INVALID');
    expect(tasks['double']!.error!.message).to.match(/^Input of task 'double': n: /);
  });

  it('refuses params that the schema refuses', async () => {
    const pipeline = dag({ id: 'sum', params: z.object({ n: z.number() }) }, () => undefined);
    const error = await testDag(pipeline, { n: 'x' as never }).catch((reason: unknown) => reason);
    expect(error).to.be.instanceOf(RekindleError).with.property('code', 'DAG_PARAMS_INVALID');
    expect((error as Error).message).to.match(/^Params of DAG 'sum': n: /);
  });

  it('puts stubs by instance, node or task in the place of bodies, and checks them too', async () => {
    const train = foreign<{ n: number }, { auc: number }>('py.Train');
    const pipeline = dag({ id: 'stubbed' }, (d) => ({
      model: d.run(train, { n: 1 }, { id: 'train' }).auc,
      a: d.run(double, { n: 1 }, { id: 'a' }),
      b: d.run(double, { n: 1 }, { id: 'b' }),
      c: d.run(double, { n: 1 }, { id: 'c' }),
    }));
    const { output } = await testDag(pipeline, {}, { stubs: { train: { auc: 0.9 }, double: 7, b: ({ n }: { n: number }) => n + 10 } });
    expect(output).to.deep.equal({ model: 0.9, a: 7, b: 11, c: 7 });
    const { tasks } = await testDag(pipeline, {}, { stubs: { double: 'seven' } });
    expect(tasks['a']!.error!.code).to.equal('TASK_OUTPUT_INVALID');
    expect(tasks['train']!.error!.code).to.equal('TASK_NOT_FOUND');
  });

  it('shows skips with their reason, and what was never started', async () => {
    const skipping = task({ id: 'skipping', run: (_, ctx) => ctx.skip('no new rows') });
    const pipeline = dag({ id: 'skips', params: z.object({ go: z.boolean() }) }, (d, { params }) => {
      const first = d.run(skipping);
      d.run(double, { n: 1 }, { after: [first] });
      d.when(params.go, () => d.run(double, { n: 1 }), { id: 'go' });
      d.run(
        task({ id: 'last', input: z.object({ x: z.number().optional() }), run: ({ x }) => x ?? 'missing' }),
        { x: maybe(first) },
        { triggerRule: 'all_done' },
      );
    });
    expect((await testDag(pipeline, { go: false })).tasks).to.deep.equal({
      skipping: { state: 'skipped', tries: 1, output: null, summary: 'no new rows' },
      double: { state: 'skipped', tries: 0, output: null },
      'go.true.double': { state: 'skipped', tries: 0, output: null },
      last: { state: 'success', tries: 1, output: 'missing' },
    });
  });

  describe('compensates a failed run', () => {
    const undone: string[] = [];
    const undo = task({
      id: 'undo',
      input: z.object({ what: z.string().optional() }),
      run: ({ what }) => void undone.push(what ?? 'unknown'),
    });
    const deed = task({
      id: 'deed',
      input: z.object({ what: z.string() }),
      run: ({ what }) => (what === 'lost' ? Promise.reject(new Error()) : { what }),
    });
    const boom = task({ id: 'boom', run: () => Promise.reject(new Error('boom')) });
    beforeEach(() => undone.splice(0));

    it('newest first, with what each deed returned', async () => {
      const pipeline = dag({ id: 'saga' }, (d) => {
        const a = d.run(deed, { what: 'a' }, { id: 'a', compensate: undo });
        const b = d.run(deed, { what: 'b' }, { id: 'b', after: [a], compensate: [undo, (made) => ({ what: made.what })] });
        d.run(boom, {}, { after: [b] });
      });
      const { tasks, state } = await testDag(pipeline, {});
      expect(state).to.equal('failed');
      expect(undone).to.deep.equal(['b', 'a']);
      expect(tasks['a.undo']).to.deep.equal({ state: 'success', tries: 1, output: null });
    });

    it('not when it ends well', async () => {
      await testDag(
        dag({ id: 'saga' }, (d) => d.run(deed, { what: 'a' }, { compensate: undo })),
        {},
      );
      expect(undone).to.deep.equal([]);
    });

    it('even of a deed that lost its answer, if the undo can do without it', async () => {
      const pipeline = dag({ id: 'saga' }, (d) => {
        d.run(deed, { what: 'lost' }, { id: 'a', compensate: [undo, (made) => ({ what: maybe(made.what) })] });
        d.run(deed, { what: 'lost' }, { id: 'b', compensate: undo });
      });
      const { tasks } = await testDag(pipeline, {});
      expect(undone).to.deep.equal(['unknown']);
      expect(tasks).to.have.all.keys('a', 'b', 'a.undo');
    });

    it('going on when one undo fails', async () => {
      const pipeline = dag({ id: 'saga' }, (d) => {
        const a = d.run(deed, { what: 'a' }, { id: 'a', compensate: undo });
        d.run(deed, { what: 'b' }, { id: 'b', after: [a], compensate: boom });
        d.run(boom, {}, { after: [a] });
      });
      const { tasks } = await testDag(pipeline, {});
      expect(undone).to.deep.equal(['a']);
      expect(tasks['b.undo']).to.deep.include({ state: 'failed', tries: 10 });
    });
  });

  it('runs a group again as a whole', async () => {
    const pipeline = dag({ id: 'groups' }, (d) =>
      d.group(
        'etl',
        (attempt) => {
          const first = d.run(double, { n: attempt });
          const check = task({
            id: 'check',
            input: z.object({ n: z.number() }),
            run: ({ n }) => (n < 6 ? Promise.reject(new Error('small')) : n),
          });
          return d.run(check, { n: first });
        },
        { retries: 2 },
      ),
    );
    const { tasks, output } = await testDag(pipeline, {});
    expect(output).to.equal(6);
    expect(Object.entries(tasks).map(([id, { state }]) => [id, state])).to.deep.equal([
      ['etl.double', 'success'],
      ['etl.check', 'failed'],
      ['etl#2/double', 'success'],
      ['etl#2/check', 'failed'],
      ['etl#3/double', 'success'],
      ['etl#3/check', 'success'],
    ]);
  });

  it('tells tasks of the run, and gives them the context of the test', async () => {
    const look = task({ id: 'look', run: (_, ctx) => [ctx.run.dataInterval.start, ctx.connection('db')] });
    const nightly = dag({ id: 'nightly', schedule: cron('0 3 * * *', { timezone: 'Europe/Warsaw' }) }, (d, { run }) => {
      d.run(look);
      return run.logicalDate;
    });
    const { tasks, output } = await testDag(
      nightly,
      {},
      {
        run: { logicalDate: '2026-07-02T01:00:00.000Z' },
        context: { connection: (name) => `secret of ${name}` },
      },
    );
    expect(output).to.equal('2026-07-02T01:00:00.000Z');
    expect(tasks['look']!.output).to.deep.equal(['2026-07-01T01:00:00.000Z', 'secret of db']);
    expect((await testDag(nightly, {})).tasks['look']!.error!.message).to.contain('pass context: { connection }');
  });

  it('ends a try that takes longer than the task allows, and tells the task', async () => {
    let told: unknown;
    const slow = task({
      id: 'slow',
      timeout: '20 ms',
      run: (_, ctx) => new Promise((done) => ctx.signal.addEventListener('abort', () => done((told = ctx.signal.reason)))),
    });
    const { tasks } = await testDag(
      dag({ id: 'slow-dag' }, (d) => d.run(slow)),
      {},
    );
    expect(tasks['slow']!.error).to.deep.equal({ code: 'TASK_TIMED_OUT', message: "Task 'slow' was not done within 20 ms." });
    expect(told).to.have.property('code', 'TASK_TIMED_OUT');
  });
});
