import { ActivityCancellationDetails, ApplicationFailure, CancelledFailure } from '@temporalio/common';
import { expect } from 'chai';
import { z } from 'zod';
import { dag, task, type Task } from '../../core/dag/index.js';
import { RekindleError } from '../../core/errors.js';
import type { TaskContext } from '../../core/ports.js';
import { activityEnvironment, attempt, environment, failureOf, META, textOf } from './attempts.js';

describe('A task as an activity', () => {
  it('gets its place in the run, its try, and what the try before left behind', async () => {
    let seen: TaskContext | undefined;
    const look = task({ id: 'look', run: (_: unknown, ctx: TaskContext) => void (seen = ctx) });
    const env = environment();
    const activity = activityEnvironment({ attempt: 3, heartbeatDetails: { job: 'j-7' } });
    expect(await attempt(look, {}, { activity, env })).to.deep.equal({ $output: null, $tries: 3 });
    expect(seen).to.deep.include({ run: META.run, attempt: 3, key: 'etl-manual-1/etl#2/load', heartbeatDetail: { job: 'j-7' } });
    expect(seen!.objects).to.equal(env.objects);
    expect(seen!.connection('warehouse')).to.equal('secret of warehouse');
  });

  it('answers its checked output, or that it was skipped', async () => {
    const double = task({ id: 'double', input: z.object({ n: z.number() }), output: z.number(), run: ({ n }) => n * 2 });
    expect(await attempt(double, { n: 21 })).to.equal(42);
    const idle = task({ id: 'idle', run: (_: unknown, ctx: TaskContext) => ctx.skip('nothing new') });
    expect(await attempt(idle, {})).to.deep.equal({ $skipped: 'nothing new' });
  });

  it('answers with what it said of the assets that its node produces, and fails where it speaks of others', async () => {
    const says = task({ id: 'says', run: (_: unknown, ctx: TaskContext) => (ctx.produced('sales', { rows: 3 }), 'done') });
    expect(await attempt(says, {})).to.deep.equal({ $output: 'done', $tries: 1, $extra: { sales: { rows: 3 } } });
    const { spec } = dag({ id: 'etl' }, (d) => {
      d.group('etl', () => d.run(says, {}, { id: 'load', produces: ['stock'] }), { retries: 1 });
    });
    const failure = await failureOf(attempt(says, {}, { env: environment({ specOf: () => spec }) }));
    expect(failure).to.include({ type: 'ASSET_NOT_PRODUCED', nonRetryable: true });
    expect(failure.message).to.match(/^Task 'etl\.load' does not produce 'sales'\. It produces: stock\./);
  });

  it('passes heartbeats on', async () => {
    const beats: unknown[] = [];
    const activity = activityEnvironment();
    activity.on('heartbeat', (detail) => beats.push(detail));
    await attempt(task({ id: 'beat', run: (_: unknown, ctx: TaskContext) => ctx.heartbeat({ done: 5 }) }), {}, { activity });
    expect(beats).to.deep.equal([{ done: 5 }]);
  });

  it('fails with the code of the catalogue, the place, the remedy, and whether trying again helps', async () => {
    const extract = task({
      id: 'extract',
      run: (): never => {
        throw new RekindleError('COLUMN_NOT_FOUND', "data.csv has no column 'price'.", { column: 'price' });
      },
    });
    const failure = await failureOf(attempt(extract, {}, { activity: activityEnvironment({ attempt: 2 }) }));
    expect(failure).to.include({ type: 'COLUMN_NOT_FOUND', nonRetryable: true });
    expect(failure.message).to.equal("data.csv has no column 'price'. Name a column that the data has.");
    expect(failure.details).to.deep.equal([{ tries: 2, details: { column: 'price' } }]);

    const store = task({
      id: 'store',
      run: (): never => {
        throw new RekindleError('STORE_UNREACHABLE', 'No answer.');
      },
    });
    expect(await failureOf(attempt(store, {}))).to.include({ type: 'STORE_UNREACHABLE', nonRetryable: false });
  });

  it('fails for input that its schema refuses without running', async () => {
    const failure = await failureOf(attempt(task({ id: 'strict', input: z.object({ n: z.number() }), run: () => 1 }), { n: 'one' }));
    expect(failure).to.include({ type: 'TASK_INPUT_INVALID', nonRetryable: true });
    expect(failure.message).to.match(/Input of task 'strict': n: /);
  });

  it('says from where a field came that its schema refuses', async () => {
    const rows = task({
      id: 'rows',
      output: z.object({ any: z.boolean(), parts: z.array(z.object({ n: z.number() })) }),
      run: () => ({ any: true, parts: [] }),
    });
    const load = task({
      id: 'load',
      input: z.object({ rows: z.array(z.object({ n: z.number() })), mode: z.enum(['append']) }),
      run: () => null,
    });
    const etl = dag({ id: 'etl' }, (d) => {
      const made = d.run(rows);
      d.when(made.any, () => d.run(load, { rows: made.parts, mode: 'append' }), { id: 'if' });
    });
    const env = environment({ specOf: (id) => (id === 'etl' ? etl.spec : undefined) });
    const input = { rows: [{ n: 1 }, { n: 'two' }], mode: 'replace' };
    const { message } = await failureOf(attempt(load, input, { env, meta: { instance: 'if.true.load' } }));
    expect(message).to.contain('rows.1.n: expected number, received string (from rows.parts.1.n)');
    expect(message).to.match(/mode: [^;(]+\. Send/, 'what the DAG file says itself comes from nowhere else');
  });

  it('lets an error of the task keep its name and be tried again, and a failure of its own making pass', async () => {
    class DiskFull extends Error {
      override readonly name = 'DiskFull';
    }
    const fails = (error: unknown): Task =>
      task({
        id: 'fails',
        run: (): never => {
          throw error;
        },
      });
    expect(await failureOf(attempt(fails(new DiskFull('no space')), {}))).to.include({
      type: 'DiskFull',
      message: 'no space',
      nonRetryable: false,
    });
    const own = ApplicationFailure.nonRetryable('enough', 'MINE');
    expect(await failureOf(attempt(fails(own), {}))).to.equal(own);
  });

  it('keeps the log of each try, with the stack of what it died of', async () => {
    const env = environment();
    const chatty = task({
      id: 'chatty',
      run: (_: unknown, ctx: TaskContext): never => {
        ctx.log.info('read', { rows: 7 });
        ctx.log.warn('odd');
        throw new TypeError('broken');
      },
    });
    await failureOf(attempt(chatty, {}, { activity: activityEnvironment({ attempt: 2 }), env }));
    const lines = (await textOf(env.objects, 'runs/etl/etl-manual-1/etl#2/load/2.log')).split('\n');
    expect(lines[0]).to.match(/^\d{4}-\d\d-\d\dT[\d:.]+Z info read \{"rows":7\}$/);
    expect(lines[1]).to.match(/Z warn odd$/);
    expect(lines[2]).to.match(/Z error TypeError: broken$/);
    expect(lines[3]).to.match(/^\s+at .*run-task\.test/);
  });

  it('keeps no more than a megabyte of a log, and none of a try that said nothing', async () => {
    const env = environment();
    const shouts = task({
      id: 'shouts',
      run: (_: unknown, ctx: TaskContext) => Array.from({ length: 300 }, () => ctx.log.info('x'.repeat(10_000))).length,
    });
    expect(await attempt(shouts, {}, { env })).to.equal(300);
    const log = await textOf(env.objects, 'runs/etl/etl-manual-1/etl#2/load/1.log');
    expect(log.length).to.be.within(1_000_000, 1_100_000);
    expect(log).to.match(/… the rest is only in the log of the worker\n$/);

    const quiet = environment();
    await attempt(task({ id: 'quiet', run: () => 1 }), {}, { env: quiet });
    expect(await quiet.objects.head('runs/etl/etl-manual-1/etl#2/load/1.log')).to.equal(undefined);
  });

  it('succeeds although its log cannot be kept', async () => {
    const env = environment();
    env.objects.put = () => Promise.reject(new RekindleError('STORE_UNREACHABLE', 'No answer.'));
    expect(await attempt(task({ id: 'logs', run: (_: unknown, ctx: TaskContext) => (ctx.log.info('hello'), 5) }), {}, { env })).to.equal(5);
  });

  it('hears of a cancelled run through its signal and ends as cancelled', async () => {
    const activity = activityEnvironment();
    const waits = task({
      id: 'waits',
      run: (_: unknown, { signal }: TaskContext) => {
        setImmediate(() => activity.cancel('CANCELLED', new ActivityCancellationDetails({ cancelRequested: true })));
        return new Promise((_done, fail) => signal.addEventListener('abort', () => fail(new Error('cleaned up'))));
      },
    });
    expect(await attempt(waits, {}, { activity }).catch((error: unknown) => error)).to.be.instanceOf(CancelledFailure);
  });

  it('is not disturbed by a worker that stops: the try fails, and may be tried again elsewhere', async () => {
    let signal: AbortSignal | undefined;
    const activity = activityEnvironment();
    const trains = task({
      id: 'trains',
      run: (_: unknown, ctx: TaskContext) => {
        signal = ctx.signal;
        setImmediate(() => activity.cancel('WORKER_SHUTDOWN', new ActivityCancellationDetails({ workerShutdown: true })));
        return new Promise(() => {});
      },
    });
    expect(await failureOf(attempt(trains, {}, { activity }))).to.include({ type: 'WORKER_STOPPED', nonRetryable: false });
    expect(signal!.aborted).to.equal(false);
  });
});
