import type { Info } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import { expect } from 'chai';
import { z } from 'zod';
import { task, type Task } from '../../core/dag/task.js';
import { RekindleError } from '../../core/errors.js';
import type { TaskContext } from '../../core/ports.js';
import { activityEnvironment, attempt, environment, failureOf, PLACE, textOf } from './attempts.js';

const POLICY: Partial<Info> = {
  attempt: 1,
  retryPolicy: { maximumAttempts: 3, nonRetryableErrorTypes: ['Hopeless'] },
  scheduledTimestampMs: 0,
  scheduleToCloseTimeoutMs: 0,
};
const failing = (error: unknown): Task =>
  task({
    id: 'load',
    run: (): never => {
      throw error;
    },
  });

describe('a callback on retry', () => {
  let told: unknown[];
  const tell = task({
    id: 'tell',
    input: z.object({ event: z.literal('retry'), instance: z.string(), attempt: z.number() }).loose(),
    run: (event, { key }) => void told.push({ ...event, key }),
  });
  const breaks = task({ id: 'breaks', run: () => Promise.reject(new Error('mail is down')) });
  const tasks = new Map<string, Task>([tell, breaks].map((made) => [made.id, made]));
  beforeEach(() => (told = []));

  const fail = async (error: unknown, info: Partial<Info> = {}, onRetry = [{ type: 'tell' }]): Promise<ApplicationFailure> =>
    failureOf(
      attempt(
        failing(error),
        {},
        { env: environment({ tasks }), meta: { onRetry }, activity: activityEnvironment({ ...POLICY, ...info }) },
      ),
    );

  it('is told which try of which task failed of what, before the next', async () => {
    const failure = await fail(new TypeError('no route'), { attempt: 2 });
    expect(told).to.deep.equal([
      {
        event: 'retry',
        dag: 'etl',
        run: 'etl-manual-1',
        instance: 'etl#2/load',
        attempt: 2,
        error: { code: 'TypeError', message: 'no route' },
        key: 'etl-manual-1/etl#2/load/tell/2',
      },
    ]);
    expect(failure).to.include({ type: 'TypeError', message: 'no route' });
  });

  it('is told nothing where no try follows', async () => {
    await fail(new Error('last'), { attempt: 3 });
    await fail(new RekindleError('DATA_EMPTY', 'No row.'));
    await fail(ApplicationFailure.nonRetryable('enough'));
    await fail(ApplicationFailure.create({ type: 'Hopeless', message: 'by policy' }));
    await fail(new Error('late'), { scheduledTimestampMs: Date.now() - 60_000, scheduleToCloseTimeoutMs: 30_000 });
    expect(told).to.deep.equal([]);
    const skips = task({ id: 'load', run: (_: unknown, ctx: TaskContext) => ctx.skip() });
    await attempt(skips, {}, { env: environment({ tasks }), meta: { onRetry: [{ type: 'tell' }] }, activity: activityEnvironment(POLICY) });
    expect(told).to.deep.equal([]);
  });

  it('is told where any number of tries may follow', async () => {
    await fail(new Error('again'), { attempt: 900, retryPolicy: { maximumAttempts: 0 } });
    await fail(new Error('again'), { attempt: 900, retryPolicy: {} });
    expect(told).to.have.length(2);
  });

  it('never changes how the task failed, nor keeps others from being told', async () => {
    const env = environment({ tasks });
    const onRetry = [{ type: 'breaks' }, { type: 'unknown' }, { type: 'tell' }];
    const failure = await failureOf(
      attempt(failing(new TypeError('x')), {}, { env, meta: { onRetry }, activity: activityEnvironment(POLICY) }),
    );
    expect(failure).to.include({ type: 'TypeError', message: 'x', nonRetryable: false });
    expect(told).to.have.length(1);
    const log = await textOf(env.objects, `${PLACE}/1.log`);
    expect(log).to.match(/warn The callback 'breaks' failed: mail is down\n/);
    expect(log).to.match(/warn The callback 'unknown' is not in this worker's project\n/);
  });
});
