import { setTimeout as sleep } from 'node:timers/promises';
import { ScheduleOverlapPolicy, WorkflowFailedError } from '@temporalio/client';
import { CancelledFailure } from '@temporalio/common';
import { expect } from 'chai';
import { z } from 'zod';
import { dag, every, foreign, maybe, task } from '../../core/dag/index.js';
import { previousFiring } from '../../core/dag/schedule.js';
import { RekindleError } from '../../core/errors.js';
import { TASK_QUEUES } from '../../core/names.js';
import { recordHistory } from '../support/histories.js';
import { quietRuntime } from '../support/runtime.js';
import { failureOf, openDagHouse, type DagHouse } from './dag-run-house.js';

/** What tasks did, in the order in which they did it. */
const done: string[] = [];

const double = task({ id: 'double', doc: 'Twice as much.', input: z.object({ n: z.number() }), output: z.number(), run: ({ n }) => n * 2 });
const flaky = task({
  id: 'flaky',
  retries: 2,
  backoff: { first: '10 ms' },
  run: (_, ctx) => {
    if (ctx.attempt < 3) throw new TypeError(`try ${ctx.attempt}`);
    return ctx.key;
  },
});
const boom = task({ id: 'boom', retries: 1, backoff: { first: '10 ms' }, run: () => Promise.reject(new RangeError('boom')) });
const hopeless = task({ id: 'hopeless', retries: 5, run: () => Promise.reject(new RekindleError('DATA_EMPTY', 'No row.')) });
const idle = task({ id: 'idle', run: (_, ctx) => ctx.skip('nothing new') });
const deed = task({ id: 'deed', input: z.object({ what: z.string() }), run: ({ what }) => (done.push(what), { what }) });
const lost = task({
  id: 'lost',
  input: z.object({ what: z.string() }),
  output: z.object({ what: z.string() }),
  run: ({ what }) => (done.push(what), Promise.reject(new Error('the answer was lost'))),
});
const undo = task({
  id: 'undo',
  backoff: { first: '10 ms' },
  input: z.object({ what: z.string().optional() }),
  run: ({ what }, ctx) => {
    if (what === 'stubborn' && ctx.attempt < 3) throw new Error('not yet');
    done.push(`undo ${what ?? 'unknown'}`);
  },
});
const noUndo = task({ id: 'noUndo', retries: 0, run: () => Promise.reject(new Error('cannot be undone')) });
/** Stops only some time after it was told to. */
const slow = task({
  id: 'slow',
  heartbeat: '1 second',
  run: async (_, ctx) => {
    done.push('slow started');
    const beat = setInterval(() => ctx.heartbeat(), 50);
    try {
      await new Promise((told) => ctx.signal.addEventListener('abort', told, { once: true }));
      await sleep(300);
      done.push('slow stopped');
      ctx.signal.throwIfAborted();
    } finally {
      clearInterval(beat);
    }
  },
});
const hang = task({ id: 'hang', timeout: '300 ms', run: () => sleep(2_000) });
const there = task({ id: 'there', run: (_, ctx) => ctx.run });

const DAGS = {
  happy: dag({ id: 'happy', params: z.object({ n: z.number().default(2) }) }, (d, { params }) => {
    const a = d.run(double, { n: params.n }, { id: 'a' });
    const b = d.run(double, { n: a }, { id: 'b', queue: 'elsewhere', doc: 'Twice that.' });
    return { size: b, run: d.run(there, {}, { local: true }).id };
  }),
  retries: dag({ id: 'retries' }, (d) => {
    const key = d.run(flaky);
    d.run(hopeless, {}, { mayFail: true });
    d.run(hang, {}, { mayFail: true, retries: 1, backoff: { first: '10 ms' } });
    return key;
  }),
  skips: dag({ id: 'skips' }, (d) => {
    const nothing = d.run(idle);
    d.run(double, { n: 1 }, { id: 'passed-over', after: [nothing] });
    d.run(deed, { what: 'still' }, { after: [nothing], triggerRule: 'all_done' });
  }),
  branches: dag({ id: 'branches', params: z.object({ n: z.number() }) }, (d, { params }) => {
    const judge = task({
      id: 'judge',
      input: z.object({ n: z.number() }),
      output: z.object({ outcome: z.enum(['promote', 'keep']) }),
      run: ({ n }) => ({ outcome: n > 1 ? ('promote' as const) : ('keep' as const) }),
    });
    const verdict = d.run(judge, { n: params.n });
    return d.branch(verdict.outcome, { promote: () => d.run(double, { n: params.n }), keep: () => 'kept' }, { id: 'decide' });
  }),
  groups: dag({ id: 'groups' }, (d) => {
    const third = task({
      id: 'third',
      input: z.object({ n: z.number() }),
      run: ({ n }) => (n < 6 ? Promise.reject(new Error('small')) : n),
    });
    return d.group('etl', (attempt) => d.run(third, { n: d.run(double, { n: attempt }) }), { retries: 2 });
  }),
  saga: dag({ id: 'saga' }, (d) => {
    const a = d.run(deed, { what: 'a' }, { id: 'a', compensate: undo });
    const b = d.run(deed, { what: 'stubborn' }, { id: 'b', after: [a], compensate: undo });
    const c = d.run(deed, { what: 'c' }, { id: 'c', after: [b], compensate: noUndo });
    d.run(lost, { what: 'd' }, { id: 'd', after: [c], compensate: [undo, (made) => ({ what: maybe(made.what) })] });
    d.run(lost, { what: 'e' }, { id: 'e', after: [c], compensate: undo });
  }),
  cancelled: dag({ id: 'cancelled' }, (d) => {
    const a = d.run(deed, { what: 'a' }, { id: 'a', compensate: undo });
    const long = d.run(slow, {}, { after: [a], compensate: [undo, () => ({ what: 'slow' })] });
    d.run(deed, { what: 'never' }, { id: 'never', after: [long], compensate: undo });
  }),
  fails: dag({ id: 'fails' }, (d) => {
    const bad = d.run(boom);
    d.run(double, { n: 1 }, { after: [bad] });
    d.run(deed, { what: 'other work' }, { id: 'other' });
  }),
  foreigners: dag(
    { id: 'foreigners' },
    (d) => d.run(foreign<{ n: number }, { size: number }>('py.Count', { queue: 'elsewhere' }), { n: 3 }, { id: 'count' }).size,
  ),
  timed: dag({ id: 'timed', schedule: every('1 hour') }, (_, { run }) => run),
};

describe('a DAG run', function () {
  this.timeout(60_000);
  let house: DagHouse;
  before(async function () {
    quietRuntime();
    house = await openDagHouse(this, Object.values(DAGS), { 'py.Count': async (...args: unknown[]) => ({ size: args.length, $tries: 7 }) });
  });
  after(() => house?.close());
  beforeEach(() => done.splice(0));

  const states = async (runId: string): Promise<Record<string, string>> => {
    const { tasks } = await house.state(runId);
    return Object.fromEntries(Object.entries(tasks).map(([id, { state }]) => [id, state]));
  };

  it('runs its tasks on their queues and returns its result', async () => {
    const handle = await house.start('happy', { n: 3 });
    expect(await handle.result()).to.deep.equal({ size: 12, run: handle.workflowId });
    await recordHistory('dag-run-runs-tasks', handle);
    const { events } = await handle.fetchHistory();
    const scheduled = (events ?? []).flatMap(({ activityTaskScheduledEventAttributes: task, userMetadata }) =>
      task
        ? [
            {
              id: task.activityId,
              type: task.activityType?.name,
              queue: task.taskQueue?.name,
              summary: Buffer.from(userMetadata?.summary?.data ?? []).toString(),
            },
          ]
        : [],
    );
    expect(scheduled).to.deep.equal([
      { id: 'a', type: 'double', queue: 'data', summary: '"Twice as much."' },
      { id: 'b', type: 'double', queue: 'elsewhere', summary: '"Twice that."' },
    ]);
  });

  it('can be started without params where all of them have defaults', async () => {
    expect(await (await house.start('happy')).result()).to.have.property('size', 8);
  });

  it('answers for every task instance also when it is over, and leaves the same in the store', async () => {
    const handle = await house.start('happy', {});
    await handle.result();
    const state = await house.state(handle.workflowId, { outputs: true });
    expect(state).to.deep.include({ dag: 'happy', runId: handle.workflowId, state: 'success', hash: DAGS.happy.hash, params: { n: 2 } });
    expect(state.edges).to.deep.equal([['a', 'b']]);
    expect(state.output).to.deep.equal({ size: 8, run: handle.workflowId });
    expect(state.run).to.deep.include({ id: handle.workflowId, dag: 'happy', kind: 'manual', logicalDate: state.run.startedAt });
    expect(state.tasks['a']).to.deep.include({ task: 'double', state: 'success', tries: 1, output: 4 });
    expect(Date.parse(state.tasks['a']!.end!)).to.be.at.least(Date.parse(state.tasks['a']!.start!));
    expect(await house.stored('happy', handle.workflowId)).to.deep.equal(state);
    expect((await house.state(handle.workflowId)).tasks['a']).to.not.have.property('output');
  });

  it('tries again as the task says, not what is hopeless, and says how often', async () => {
    const handle = await house.start('retries');
    expect(await handle.result()).to.equal(`${handle.workflowId}/flaky`);
    await recordHistory('dag-run-retries', handle);
    const { tasks } = await house.state(handle.workflowId);
    expect(tasks['flaky']).to.deep.include({ state: 'success', tries: 3 });
    expect(tasks['hopeless']).to.deep.include({ state: 'failed', tries: 1 });
    expect(tasks['hopeless']!.error!.code).to.equal('DATA_EMPTY');
    expect(tasks['hang']).to.deep.include({
      state: 'failed',
      tries: 2,
      error: { code: 'TASK_TIMED_OUT', message: 'Task timed out: it was not done within 300 ms.' },
    });
  });

  it('passes skips on, with their reason', async () => {
    const handle = await house.start('skips');
    await handle.result();
    await recordHistory('dag-run-skips', handle);
    expect(await states(handle.workflowId)).to.deep.equal({ idle: 'skipped', 'passed-over': 'skipped', deed: 'success' });
    expect((await house.state(handle.workflowId)).tasks['idle']!.summary).to.equal('nothing new');
  });

  it('takes one arm of a branch', async () => {
    const promoted = await house.start('branches', { n: 2 });
    expect(await promoted.result()).to.equal(4);
    await recordHistory('dag-run-branches', promoted);
    const kept = await house.start('branches', { n: 1 });
    expect(await kept.result()).to.equal('kept');
    const state = await house.state(kept.workflowId);
    expect(state.tasks['decide.promote.double']).to.deep.equal({ task: 'double', state: 'skipped', tries: 0 });
    expect(state.composites['decide']).to.deep.equal({ kind: 'branch', state: 'success', arm: 'keep' });
  });

  it('runs a failed group again as a whole', async () => {
    const handle = await house.start('groups');
    expect(await handle.result()).to.equal(6);
    await recordHistory('dag-run-groups', handle);
    expect(Object.keys(await states(handle.workflowId))).to.deep.equal([
      'etl.double',
      'etl.third',
      'etl#2/double',
      'etl#2/third',
      'etl#3/double',
      'etl#3/third',
    ]);
  });

  it('calls tasks of other languages with their input alone', async () => {
    expect(await (await house.start('foreigners')).result()).to.equal(1);
  });

  it('fails its workflow, naming what failed, when its other work is done', async () => {
    const handle = await house.start('fails');
    const failure = await failureOf(handle);
    await recordHistory('dag-run-fails', handle);
    expect(failure).to.include({ type: 'DAG_RUN_FAILED', nonRetryable: true });
    expect(failure.message).to.equal(`Run '${handle.workflowId}' of DAG 'fails' failed: boom (RangeError: boom).`);
    expect(failure.details).to.deep.equal([{ failed: ['boom'] }]);
    expect(await states(handle.workflowId)).to.deep.equal({ boom: 'failed', double: 'upstream_failed', other: 'success' });
    expect(done).to.deep.equal(['other work']);
    expect((await house.stored('fails', handle.workflowId)).state).to.equal('failed');
  });

  it('undoes a failed run newest first, with patience, and goes on when an undo fails', async () => {
    const handle = await house.start('saga');
    const failure = await failureOf(handle);
    await recordHistory('dag-run-compensates', handle);
    // `e` lost its answer and its undo cannot do without; `d` lost it too, and its undo can
    expect(done.slice(3).sort()).to.deep.equal(['d', 'e', 'undo a', 'undo stubborn', 'undo unknown']);
    expect(done.slice(-3)).to.deep.equal(['undo unknown', 'undo stubborn', 'undo a']);
    const { tasks } = await house.state(handle.workflowId);
    expect(tasks['b.undo']).to.deep.include({ state: 'success', tries: 3, task: 'undo' });
    expect(tasks['c.undo']).to.deep.include({ state: 'failed', tries: 1 });
    expect(tasks).to.not.have.property('e.undo');
    expect(failure.message).to.contain('c.undo (Error: cannot be undone)');
  });

  it('ends cancelled, and undoes only when what it cancelled has stopped', async () => {
    const handle = await house.start('cancelled');
    while (!done.includes('slow started')) await sleep(20);
    expect((await states(handle.workflowId))['slow']).to.equal('running');
    await handle.cancel();
    const error: unknown = await handle.result().catch((reason: unknown) => reason);
    expect(error).to.be.instanceOf(WorkflowFailedError).with.property('cause').that.is.instanceOf(CancelledFailure);
    await recordHistory('dag-run-is-cancelled', handle);
    expect(done).to.deep.equal(['a', 'slow started', 'slow stopped', 'undo slow', 'undo a']);
    const state = await house.state(handle.workflowId);
    expect(state).to.deep.include({ state: 'failed', cancelled: true });
    expect(state.tasks['slow']).to.deep.include({ state: 'failed', error: { code: 'TASK_CANCELLED', message: 'It was cancelled.' } });
    expect(state.tasks['never']).to.deep.equal({ task: 'deed', state: 'skipped', tries: 0 });
    expect(await house.stored('cancelled', handle.workflowId)).to.deep.include({ cancelled: true });
  });

  it('fails under its own code when no worker knows the DAG', async () => {
    const handle = await house.start('nobody', { x: 1 });
    const failure = await failureOf(handle);
    expect(failure).to.include({ type: 'DAG_NOT_FOUND', nonRetryable: true });
    expect(failure.message).to.contain("'nobody'");
    await recordHistory('dag-run-unknown-dag', handle);
    expect(await house.state(handle.workflowId)).to.deep.include({ state: 'failed', params: { x: 1 }, tasks: {} });
    expect((await house.stored('nobody', handle.workflowId)).error!.code).to.equal('DAG_NOT_FOUND');
  });

  it('fails under its own code when the params do not fit', async () => {
    const failure = await failureOf(await house.start('branches', { n: 'two' }));
    expect(failure.type).to.equal('DAG_PARAMS_INVALID');
    expect(failure.message).to.match(/^Params of DAG 'branches': n: /);
  });

  it('fails the run, not the workflow task, when its spec is of another version', async () => {
    house.resolved.set('newer', {
      spec: { id: 'newer', version: 1, nodes: { a: { kind: 'quantum', after: [] } as never } },
      hash: 'x',
      params: {},
    });
    const failure = await failureOf(await house.start('newer'));
    expect(failure.type).to.equal('DAG_INVALID');
    expect(failure.message).to.match(/^The spec of DAG 'newer' cannot be run: .*quantum/);
  });

  it('knows its logical date and data interval when a schedule started it', async () => {
    const schedule = await house.client.schedule.create({
      scheduleId: 'dag/timed',
      spec: {},
      action: { type: 'startWorkflow', workflowType: 'timed', taskQueue: TASK_QUEUES.orchestration, workflowId: 'timed', args: [{}] },
    });
    await schedule.trigger(ScheduleOverlapPolicy.ALLOW_ALL);
    let action = (await schedule.describe()).info.recentActions[0];
    while (!action) {
      await sleep(50);
      action = (await schedule.describe()).info.recentActions[0];
    }
    const { workflowId } = (action.action as { workflow: { workflowId: string } }).workflow;
    const run = (await house.client.workflow.getHandle(workflowId).result()) as { logicalDate: string; dataInterval: object };
    await schedule.delete();
    expect(workflowId).to.equal(`timed-${run.logicalDate.replace('.000Z', 'Z')}`);
    expect(run).to.deep.include({ id: workflowId, kind: 'scheduled' });
    expect(run.dataInterval).to.deep.equal({ start: previousFiring(every('1 hour'), run.logicalDate), end: run.logicalDate });
  });
});
