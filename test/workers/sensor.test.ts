import { ActivityCancellationDetails } from '@temporalio/common';
import { expect } from 'chai';
import { z } from 'zod';
import { task, type Task } from '../../core/dag/task.js';
import { RekindleError } from '../../core/errors.js';
import type { TaskContext } from '../../core/ports.js';
import { activityEnvironment, attempt, environment, failureOf, keysUnder, PLACE, textOf } from './attempts.js';

const meta = { poll: { everyMs: 90_000 } };
const answering = (answer: unknown): Task => task({ id: 'sense', output: z.object({ rows: z.number() }), run: () => answer as never });
const failing = (error: unknown): Task =>
  task({
    id: 'sense',
    run: (): never => {
      throw error;
    },
  });

describe('a sensor', () => {
  it('is asked again later while it answers with nothing, whatever its output schema says', async () => {
    for (const nothing of [undefined, null, false]) {
      const failure = await failureOf(attempt(answering(nothing), {}, { meta }));
      expect(failure).to.include({ type: 'NOT_YET', nonRetryable: false, nextRetryDelay: 90_000 });
    }
  });

  it('answers with what it found, also where that looks like nothing', async () => {
    expect(await attempt(answering({ rows: 3 }), {}, { meta })).to.deep.equal({ rows: 3 });
    const counts = (answer: unknown): Task => task({ id: 'sense', run: () => answer });
    for (const something of [0, '', [], true]) expect(await attempt(counts(something), {}, { meta })).to.deep.equal(something);
    expect(await attempt(answering({ rows: 3 }), {}, { meta, activity: activityEnvironment({ attempt: 40 }) })).to.deep.equal({
      $output: { rows: 3 },
      $tries: 40,
    });
  });

  it('takes an error that time may mend for nothing yet, and says so', async () => {
    const env = environment();
    const failure = await failureOf(attempt(failing(new TypeError('no route')), {}, { meta, env }));
    expect(failure).to.include({ type: 'NOT_YET', message: 'Not yet: no route', nonRetryable: false, nextRetryDelay: 90_000 });
    expect(failure.cause).to.have.property('message', 'no route');
    expect(await textOf(env.objects, `${PLACE}/1.log`)).to.match(/^\S+ warn Not yet: no route\n$/);
  });

  it('fails at once for an error that is final', async () => {
    const failure = await failureOf(attempt(failing(new RekindleError('SOURCE_NOT_FOUND', 'No table.')), {}, { meta }));
    expect(failure).to.include({ type: 'SOURCE_NOT_FOUND', nonRetryable: true });
    expect(await failureOf(attempt(answering({ rows: 'three' }), {}, { meta }))).to.include({ type: 'TASK_OUTPUT_INVALID' });
    const strict = task({ id: 'sense', input: z.object({ table: z.string() }), run: () => null });
    expect(await failureOf(attempt(strict, {}, { meta }))).to.include({ type: 'TASK_INPUT_INVALID', nonRetryable: true });
  });

  it('may skip', async () => {
    const skips = task({ id: 'sense', run: (_: unknown, ctx: TaskContext) => ctx.skip('holiday') });
    expect(await attempt(skips, {}, { meta })).to.deep.equal({ $skipped: 'holiday' });
  });

  it('keeps one short log however often it is asked, none where it says nothing', async () => {
    const env = environment();
    const ask = (made: Task, n: number): Promise<unknown> =>
      failureOf(attempt(made, {}, { meta, env, activity: activityEnvironment({ attempt: n }) }));
    await ask(answering(null), 1);
    expect(await keysUnder(env.objects, 'runs/')).to.deep.equal([]);
    const chatty = task({
      id: 'sense',
      run: (_: unknown, { log, attempt: n }: TaskContext) => {
        for (let i = 0; i < 100; i++) log.info(`poll ${n}, line ${i}`);
        return false;
      },
    });
    for (const n of [1, 2, 3]) await ask(chatty, n);
    expect(await keysUnder(env.objects, 'runs/')).to.deep.equal([`${PLACE}/1.log`]);
    const lines = (await textOf(env.objects, `${PLACE}/1.log`)).trimEnd().split('\n');
    expect(lines).to.have.length(21);
    expect(lines[0]).to.match(/info poll 3, line 0$/);
  });

  it('is asked elsewhere when its worker stops', async () => {
    const activity = activityEnvironment();
    const waits = task({
      id: 'sense',
      run: () => {
        setImmediate(() => activity.cancel('WORKER_SHUTDOWN', new ActivityCancellationDetails({ workerShutdown: true })));
        return new Promise(() => {});
      },
    });
    const failure = await failureOf(attempt(waits, {}, { meta, activity }));
    expect(failure.type).to.equal('WORKER_STOPPED');
    expect(failure.nextRetryDelay ?? undefined).to.equal(undefined);
  });
});
