import { setTimeout as sleep } from 'node:timers/promises';
import { WorkflowFailedError, type WorkflowHandle } from '@temporalio/client';
import { expect } from 'chai';
import { z } from 'zod';
import { cross, dag, foreign, foreignWorkflow, or, task, zip } from '../../core/dag/index.js';
import type { CallbackEvent } from '../../core/dag/callbacks.js';
import { TASK_QUEUES } from '../../core/names.js';
import { addNote, approveTask, cancelTask, markTask } from '../../workflows/dag-messages.js';
import { recordHistory } from '../support/histories.js';
import { quietRuntime } from '../support/runtime.js';
import { openDagHouse, type DagHouse } from './dag-run-house.js';

/** What tasks did, in the order in which they did it. */
const done: string[] = [];
const heard: CallbackEvent[] = [];
let looks = 0;
let parallel = 0;
let mostParallel = 0;

const list = task({
  id: 'list',
  input: z.object({ n: z.number() }),
  output: z.array(z.number()),
  run: ({ n }) => Array.from({ length: n }, (_, i) => i),
});
const double = task({ id: 'double', input: z.object({ n: z.number() }), output: z.number(), run: ({ n }) => n * 2 });
const odd = task({
  id: 'odd',
  input: z.object({ n: z.number() }),
  output: z.number(),
  run: ({ n }) => (n % 2 === 0 ? Promise.reject(new Error('even')) : n),
});
const say = task({ id: 'say', input: z.object({ what: z.string() }), output: z.string(), run: ({ what }) => (done.push(what), what) });
const deed = task({ id: 'deed', input: z.object({ what: z.string() }), run: ({ what }) => (done.push(what), { what }) });
const undo = task({ id: 'undo', input: z.object({ what: z.string() }), run: ({ what }) => void done.push(`undo ${what}`) });
const boom = task({ id: 'boom', run: () => Promise.reject(new RangeError('boom')) });
const fileThere = task({ id: 'fileThere', output: z.string().nullable(), run: () => (++looks < 3 ? null : 'file.csv') });
const never = task({ id: 'never', output: z.string().nullable(), run: () => null });
const busy = task({
  id: 'busy',
  run: async () => {
    mostParallel = Math.max(mostParallel, ++parallel);
    await sleep(40);
    parallel--;
  },
});
const hear = task({ id: 'hear', run: (event: unknown) => void heard.push(event as CallbackEvent) });
const hang = task({
  id: 'hang',
  heartbeat: '1 second',
  run: async (_, ctx) => {
    const beat = setInterval(() => ctx.heartbeat(), 100);
    try {
      await new Promise((_resolve, reject) =>
        ctx.signal.addEventListener('abort', () => reject(new Error('told to stop')), { once: true }),
      );
    } finally {
      clearInterval(beat);
    }
  },
});
const pick = task({ id: 'pick', output: z.array(z.string()), run: () => ['left'] });
const large = task({
  id: 'large',
  output: z.array(z.object({ id: z.number(), text: z.string() })),
  run: () => [1, 2, 3].map((id) => ({ id, text: 'x'.repeat(50_000) })),
});
const textLength = task({ id: 'textLength', input: z.object({ text: z.string() }), output: z.number(), run: ({ text }) => text.length });

const child = dag({ id: 'child', params: z.object({ n: z.number() }) }, (d, { params, run }) => ({
  twice: d.run(double, { n: params.n }),
  meant: run.logicalDate,
}));

const DAGS = [
  child,
  dag({ id: 'maps', params: z.object({ n: z.number() }) }, (d, { params }) => {
    const numbers = d.run(list, { n: params.n });
    const twice = d.map(numbers, (n) => d.run(double, { n }), { id: 'twice', maxConcurrency: 2 });
    const table = d.map(numbers, (n) => d.map(numbers, () => d.run(double, { n }, { id: 'cell' }), { id: 'row' }), { id: 'table' });
    const pairs = d.map(zip(numbers, twice), (pair) => d.run(double, { n: pair[1] }, { id: 'pair' }), { id: 'pairs' });
    const crossed = d.map(cross(['a', 'b'], numbers), (pair) => d.run(say, { what: pair[0] }, { id: 'said' }), { id: 'crossed' });
    const none = d.map(d.run(list, { n: 0 }, { id: 'empty' }), (n) => d.run(double, { n }, { id: 'nothing' }), { id: 'none' });
    const after = d.run(say, { what: 'after none' }, { after: [none], triggerRule: 'none_failed', id: 'afterNone' });
    return { twice, table, pairs, crossed, after };
  }),
  dag({ id: 'mappedFailure' }, (d) => {
    const some = d.map([1, 2, 3], (n) => d.run(odd, { n }), { id: 'some', mayFail: true });
    return {
      kept: d.map(or(some, []), (n) => d.run(double, { n }, { id: 'again' }), { id: 'kept', triggerRule: 'all_done' }),
    };
  }),
  dag({ id: 'resources' }, (d) => {
    d.using(deed, { what: 'open' }, [undo, () => ({ what: 'close' })], (opened) => d.run(say, { what: opened.what }), { id: 'file' });
    d.using(deed, { what: 'rent' }, [undo, () => ({ what: 'return' })], () => void d.run(boom), { id: 'car', mayFail: true });
  }),
  dag({ id: 'waits' }, (d) => {
    const file = d.sense(fileThere, {}, { every: '1 second' });
    const slept = d.sleep('1 second', { after: [file] });
    d.sense(never, {}, { every: '1 second', within: '2 seconds', id: 'late', mayFail: true });
    return d.run(say, { what: file }, { after: [slept] });
  }),
  dag({ id: 'asks' }, (d) => {
    const verdict = d.approve('release', { title: 'Release it?', show: { auc: 0.9 } }, { input: z.object({ share: z.number().max(1) }) });
    d.approve('nobody', {}, { within: '1 second', mayFail: true });
    return d.branch(verdict.decision, { approved: () => verdict.input.share, rejected: () => verdict.reason }, { id: 'decide' });
  }),
  dag({ id: 'children' }, (d) => {
    const ours = d.runDag(child, { n: 21 });
    const theirs = d.runWorkflow(
      foreignWorkflow<{ n: number }, number>('child', { queue: TASK_QUEUES.orchestration }),
      { n: 4 },
      { id: 'theirs' },
    );
    return { ours: ours.twice, theirs };
  }),
  dag({ id: 'airflow' }, (d) => {
    const picked = d.run(pick, {}, { branching: 'branch' });
    const left = d.run(say, { what: 'left' }, { id: 'left', after: [picked] });
    const right = d.run(say, { what: 'right' }, { id: 'right', after: [picked] });
    d.run(say, { what: 'join' }, { id: 'join', after: [left, right], triggerRule: 'none_failed_min_one_success' });
  }),
  dag({ id: 'group' }, (d) => {
    d.group(
      'unit',
      (attempt) => {
        const did = d.run(deed, { what: 'unit' }, { compensate: undo });
        d.run(odd, { n: attempt }, { after: [did], id: 'second' });
        d.run(boom, {}, { after: [did], id: 'third' });
      },
      { retries: 1, mayFail: true },
    );
  }),
  dag({ id: 'hooks', onFailure: hear, deadline: { after: '500 ms', callback: hear } }, (d) => {
    const ok = d.run(say, { what: 'hook' }, { onSuccess: hear });
    const slow = d.sleep(1_500, { after: [ok] });
    d.run(boom, {}, { after: [slow], onFailure: hear });
  }),
  dag({ id: 'stuck' }, (d) => {
    const one = d.run(hang, {}, { id: 'one' });
    const two = d.run(hang, {}, { id: 'two' });
    d.run(say, { what: 'on' }, { after: [one, two], triggerRule: 'all_done' });
  }),
  dag({ id: 'limited', maxActiveTasks: 2 }, (d) => void d.map([1, 2, 3, 4, 5], () => d.run(busy), { id: 'many' })),
  dag({ id: 'sharded', params: z.object({ n: z.number() }) }, (d, { params }) => {
    const numbers = d.run(list, { n: params.n });
    const factor = d.run(double, { n: 5 }, { id: 'factor' });
    return d.map(numbers, (n) => ({ n: d.run(double, { n }), factor }), { id: 'all', shard: 4, maxConcurrency: 8 });
  }),
  dag({ id: 'long', params: z.object({ n: z.number() }) }, (d, { params }) => {
    const numbers = d.run(list, { n: params.n });
    const asked = d.approve('end');
    const all = d.map(numbers, (n) => d.run(double, { n }, { local: false }), { id: 'all', shard: 100_000 });
    return { all, by: asked.approver };
  }),
  dag({ id: 'unknown' }, (d) => void d.run(foreign<object, null>('nobodyHasIt'))),
  dag({ id: 'big' }, (d) => d.map(d.run(large), (row) => d.run(textLength, { text: row.text }), { id: 'each' })),
];

describe('a DAG run with', function () {
  this.timeout(120_000);
  let house: DagHouse;

  before(async function () {
    quietRuntime();
    house = await openDagHouse(this, DAGS);
  });
  after(async () => house?.close());
  beforeEach(() => {
    done.length = 0;
    heard.length = 0;
  });

  const run = async (id: string, params?: Parameters<DagHouse['start']>[1]): Promise<{ output: any; handle: WorkflowHandle }> => {
    const handle = await house.start(id, params);
    return { output: await handle.result(), handle };
  };
  const states = async (handle: WorkflowHandle): Promise<Record<string, string>> =>
    Object.fromEntries(Object.entries((await house.state(handle.workflowId)).tasks).map(([instance, { state }]) => [instance, state]));
  const until = async (holds: () => Promise<boolean>): Promise<void> => {
    while (!(await holds())) await sleep(50);
  };

  it('maps gives the results in the order of the items, nested, zipped and crossed', async () => {
    const { output, handle } = await run('maps', { n: 3 });
    expect(output).to.deep.equal({
      twice: [0, 2, 4],
      table: [
        [0, 0, 0],
        [2, 2, 2],
        [4, 4, 4],
      ],
      pairs: [0, 4, 8],
      crossed: ['a', 'a', 'a', 'b', 'b', 'b'],
      after: 'after none',
    });
    expect(await states(handle)).to.include({ 'table[2].row[1].cell': 'success', 'none.nothing': 'skipped' });
    await recordHistory('dag-run-maps', handle);
  });

  it('an item that fails goes on with those that succeeded', async () => {
    const { output, handle } = await run('mappedFailure');
    expect(output).to.deep.equal({ kept: [2, 6] });
    const { composites } = await house.state(handle.workflowId);
    expect(composites['some']).to.deep.include({ state: 'failed', items: { total: 3, success: 2, failed: 1, skipped: 0 } });
  });

  it('resources tears down what it has set up, however the work ends', async () => {
    const { handle } = await run('resources');
    expect(done.slice().sort()).to.deep.equal(['open', 'open', 'rent', 'undo close', 'undo return']);
    await recordHistory('dag-run-using', handle);
  });

  it('sensors and sleeps waits without a worker, and not for ever', async () => {
    const { output, handle } = await run('waits');
    expect(output).to.equal('file.csv');
    const { tasks } = await house.state(handle.workflowId);
    expect(tasks['late']).to.deep.include({ state: 'failed', kind: 'sensor' });
    expect(tasks['late']?.error?.message).to.equal('Task timed out: what it waits for did not come within 2 seconds.');
    expect(await states(handle)).to.include({ fileThere: 'success', sleep: 'success' });
    await recordHistory('dag-run-waits', handle);
  });

  it('an approval shows its evidence, takes only what it asks for, and gives up in time', async () => {
    const handle = await house.start('asks');
    await until(async () => (await house.state(handle.workflowId)).tasks['release']?.state === 'deferred');
    expect((await house.state(handle.workflowId)).tasks['release']).to.deep.include({
      request: { title: 'Release it?', show: { auc: 0.9 } },
    });
    const refused: unknown = await handle
      .executeUpdate(approveTask, { args: [{ instance: 'release', decision: 'approved', approver: 'ana', input: { share: 2 } }] })
      .catch((error: Error) => String(error.cause));
    expect(refused).to.match(/Approval 'release' asks for other input: share/);
    await handle.executeUpdate(approveTask, {
      args: [{ instance: 'release', decision: 'approved', approver: 'ana', input: { share: 0.5 } }],
    });
    expect(await handle.result()).to.equal(0.5);
    const { tasks } = await house.state(handle.workflowId, { outputs: true });
    expect(tasks['nobody']?.error).to.deep.include({ code: 'APPROVAL_TIMED_OUT' });
    expect(tasks['release']?.output).to.deep.include({ decision: 'approved', approver: 'ana' });
    await recordHistory('dag-run-approval', handle);
  });

  it('children returns what they return', async () => {
    const { output, handle } = await run('children');
    expect(output).to.deep.include({ ours: 42 });
    expect(output.theirs).to.have.property('twice', 8);
    expect(await house.state(`${handle.workflowId}/child`)).to.deep.include({ state: 'success', dag: 'child' });
    await recordHistory('dag-run-children', handle);
  });

  it("Airflow's branch by task ids skips what was not chosen", async () => {
    const { handle } = await run('airflow');
    expect(await states(handle)).to.deep.include({ left: 'success', right: 'skipped', join: 'success' });
    await recordHistory('dag-run-branching', handle);
  });

  it('a group undoes what a failed attempt did before the next one begins', async () => {
    const { handle } = await run('group');
    expect(done).to.deep.equal(['unit', 'undo unit', 'unit', 'undo unit']);
    expect(await states(handle)).to.include({ 'unit.second': 'success', 'unit#2/second': 'failed', 'unit.deed.undo': 'success' });
    await recordHistory('dag-run-group-undo', handle);
  });

  it('callbacks tells them of successes, failures and a missed deadline', async () => {
    const handle = await house.start('hooks');
    expect(await handle.result().catch((error: unknown) => error)).to.be.instanceOf(WorkflowFailedError);
    expect(heard.map(({ event, instance }) => [event, instance])).to.deep.equal([
      ['success', 'say'],
      ['deadline', undefined],
      ['failure', 'boom'],
      ['failure', undefined],
    ]);
    expect(heard[3]).to.deep.include({ dag: 'hooks', run: handle.workflowId, error: { code: 'RangeError', message: 'boom' } });
    expect((await house.state(handle.workflowId)).late).to.be.a('string');
    await recordHistory('dag-run-callbacks', handle);
  });

  it('people can mark a task, cancel one, and write a note', async () => {
    const handle = await house.start('stuck');
    await until(async () => (await house.state(handle.workflowId)).tasks['two']?.state === 'running');
    await handle.executeUpdate(addNote, { args: [{ text: 'the disk was full', author: 'ana' }] });
    await handle.executeUpdate(markTask, { args: [{ instance: 'one', state: 'success', output: 1, actor: 'ana' }] });
    await handle.executeUpdate(cancelTask, { args: [{ instance: 'two', actor: 'ana' }] });
    await handle.result();
    const { tasks, notes } = await house.state(handle.workflowId, { outputs: true });
    expect(tasks).to.deep.include.keys('one', 'two');
    expect([tasks['one']?.state, tasks['one']?.output, tasks['two']?.error?.code, tasks['say']?.state]).to.deep.equal([
      'success',
      1,
      'TASK_CANCELLED',
      'success',
    ]);
    expect(notes?.map(({ author, text }) => `${author}: ${text}`)).to.deep.equal([
      'ana: the disk was full',
      'ana: marked one as success',
      'ana: cancelled two',
    ]);
    const gone: unknown = await handle
      .executeUpdate(markTask, { args: [{ instance: 'one', state: 'failed' }] })
      .catch((error: unknown) => error);
    expect(gone).to.be.instanceOf(Error);
    await recordHistory('dag-run-people', handle);
  });

  it('a limit on its tasks never runs more of them, in all of its runs', async () => {
    mostParallel = 0;
    await Promise.all([run('limited'), run('limited')]);
    expect(mostParallel).to.equal(2);
  });

  it('a large map runs it in shards, whole and in order', async () => {
    const { output, handle } = await run('sharded', { n: 30 });
    expect(output).to.deep.equal(Array.from({ length: 30 }, (_, n) => ({ n: n * 2, factor: 10 })));
    const stored = await house.stored('sharded', handle.workflowId);
    expect(Object.keys(stored.tasks)).to.have.length(32);
    expect(stored.tasks['all[17].double']).to.deep.include({ state: 'success', output: 34 });
    expect(stored.composites['all']?.shards).to.have.length(8);
    await recordHistory('dag-run-sharded', handle);
    await recordHistory('shard-items', house.client.workflow.getHandle(`${handle.workflowId}/all[4-7]`));
  });

  it('thousands of events goes on in another execution with everything that it knew', async () => {
    const handle = await house.start('long', { n: 1_500 });
    const first = (await handle.describe()).runId;
    await until(async () => (await house.client.workflow.getHandle(handle.workflowId).describe()).runId !== first);
    await until(async () => (await house.state(handle.workflowId)).composites['all']?.state === 'success');
    expect((await house.state(handle.workflowId)).tasks['end']?.state).to.equal('deferred');
    const now = house.client.workflow.getHandle(handle.workflowId);
    await now.executeUpdate(approveTask, { args: [{ decision: 'approved', approver: 'ana' }] });
    expect(await now.result()).to.deep.equal({ all: Array.from({ length: 1_500 }, (_, n) => n * 2), by: 'ana' });
    expect(Object.keys((await house.stored('long', handle.workflowId)).tasks)).to.have.length(1_502);
  });

  it('a task that no worker has fails, and says on which queue', async () => {
    const handle = await house.start('unknown');
    expect(await handle.result().catch((error: unknown) => error)).to.be.instanceOf(WorkflowFailedError);
    expect((await house.state(handle.workflowId)).tasks['nobodyHasIt']?.error).to.deep.equal({
      code: 'TASK_NOT_FOUND',
      message: "A worker on queue 'data' does not have the task 'nobodyHasIt'. Start one that has loaded the DAG.",
    });
  });

  it('a large output keeps it in the store, and a map over it loads only its own item', async () => {
    const { output, handle } = await run('big');
    expect(output).to.deep.equal([50_000, 50_000, 50_000]);
    const history = JSON.stringify(await handle.fetchHistory());
    expect(history.length, 'bytes of history').to.be.below(100_000);
    await recordHistory('dag-run-stored', handle);
  });
});
