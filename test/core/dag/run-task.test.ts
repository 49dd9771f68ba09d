import { expect } from 'chai';
import { z } from 'zod';
import { task } from '../../../core/dag/index.js';
import { runTask } from '../../../core/dag/run-task.js';
import { answerOf, endOf, readWireRun, skipTask, wireRunOf, type TaskEnd } from '../../../core/dag/wire.js';
import type { RunInfo, TaskContext } from '../../../core/ports.js';
import { RUN } from './support.js';

const ctx = (attempt: number): TaskContext => ({ attempt, skip: skipTask }) as TaskContext;

describe('the answer of a task', () => {
  it('is the plain output at the first try', async () => {
    const made = task({
      id: 'made',
      input: z.object({ n: z.number().default(4) }),
      run: ({ n }) => ({ at: new Date(0), n, gone: undefined }),
    });
    expect(await runTask(made, {}, ctx(1))).to.deep.equal({ at: '1970-01-01T00:00:00.000Z', n: 4 });
    expect(await runTask(task({ id: 'nothing', run: () => undefined }), {}, ctx(1))).to.equal(null);
  });

  it('says how often it was tried, and why it was skipped', async () => {
    expect(await runTask(task({ id: 'late', run: () => 1 }), {}, ctx(3))).to.deep.equal({ $output: 1, $tries: 3 });
    expect(await runTask(task({ id: 'not', run: (_, context) => context.skip('no rows') }), {}, ctx(2))).to.deep.equal({
      $skipped: 'no rows',
      $tries: 2,
    });
  });

  it('says what is no JSON', async () => {
    const error = await runTask(task({ id: 'big', run: () => 1n }), {}, ctx(1)).catch((reason: unknown) => reason);
    expect(error).to.have.property('code', 'TASK_OUTPUT_INVALID');
    expect(error).to.have.property('message').that.contains("Output of task 'big'");
  });

  it('comes back as it went, whatever the output looks like', () => {
    const ends: TaskEnd[] = [
      { state: 'success', output: { $skipped: 'a field' }, tries: 1 },
      { state: 'success', output: { $output: 1, $tries: 9 }, tries: 2 },
      { state: 'success', output: { $tries: 9 }, tries: 1 },
      { state: 'success', output: null, tries: 1 },
      { state: 'skipped', reason: '', tries: 1 },
    ];
    for (const end of ends) expect(endOf(JSON.parse(JSON.stringify(answerOf(end))))).to.deep.equal(end);
    expect(endOf(undefined)).to.deep.equal({ state: 'success', output: null, tries: 1 });
  });
});

describe('what a task is told of its run', () => {
  const back = (run: RunInfo): RunInfo => readWireRun(JSON.parse(JSON.stringify(wireRunOf(run))) as never, { id: run.id, dag: run.dag });
  const byHand: RunInfo = {
    ...RUN,
    kind: 'manual',
    isLatest: true,
    startedAt: RUN.logicalDate,
    dataInterval: { start: RUN.logicalDate, end: RUN.logicalDate },
  };

  it('arrives whole', () => {
    for (const run of [RUN, byHand, { ...byHand, kind: 'triggered' as const }]) expect(back(run)).to.deep.equal(run);
  });

  it('is short where the worker knows it anyway', () => {
    expect(wireRunOf(byHand)).to.deep.equal({ logicalDate: RUN.logicalDate });
  });
});
