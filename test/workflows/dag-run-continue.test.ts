import { setTimeout as sleep } from 'node:timers/promises';
import type { WorkflowHandle } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { expect } from 'chai';
import { z } from 'zod';
import { dag, task, type TaskInstanceState } from '../../core/dag/index.js';
import type { Json } from '../../core/json.js';
import { addNote, approveTask, cancelTask, markTask } from '../../workflows/dag-messages.js';
import { engineActivities } from '../../workers/engine.js';
import type { OrchestrationActivities } from '../../workflows/activities.js';
import { ownTemporal, type OwnTemporal } from '../support/own-temporal.js';
import { quietRuntime } from '../support/runtime.js';
import { openDagHouse, type DagHouse } from './dag-run-house.js';

const undone: string[] = [];
const say = task({ id: 'say', input: z.object({ what: z.string() }), output: z.string(), run: ({ what }) => what });
const undo = task({ id: 'undo', input: z.string(), run: (what) => void undone.push(what) });

interface Hold {
  readonly released: Promise<void>;
  release(): void;
}
const held = new Map<string, Hold>();
const holdOf = (dagId: string): Hold => {
  let release = (): void => undefined;
  const known = held.get(dagId) ?? { released: new Promise<void>((done) => (release = done)), release: () => release() };
  held.set(dagId, known);
  return known;
};
const hold = task({ id: 'hold', run: (_input, { run }) => holdOf(run.dag).released });
const holdThenFail = task({
  id: 'holdThenFail',
  run: async (_input, { run }) => {
    await holdOf(run.dag).released;
    throw new Error('broken');
  },
});
const never = task({ id: 'never', output: z.string().nullable(), run: () => null });

const DAGS = [
  dag({ id: 'asking' }, (d) => {
    let last = d.run(say, { what: 'first' }, { id: 'say0' });
    for (let i = 1; i < 8; i++) last = d.run(say, { what: last }, { id: `say${i}` });
    return d.approve('end', { title: last }).approver;
  }),
  dag({ id: 'busy' }, (d) => {
    d.run(hold);
    const asked = d.approve('ask');
    let last = d.run(say, { what: 'first' }, { id: 'say0' });
    for (let i = 1; i < 20; i++) last = d.run(say, { what: last }, { id: `say${i}` });
    return { last, by: asked.approver };
  }),
  dag({ id: 'waiting' }, (d) => {
    d.run(hold);
    const nap = d.sleep('1 day', { id: 'nap' });
    d.sense(never, {}, { id: 'look', every: '1 hour', mayFail: true });
    let last = d.run(say, { what: 'first' }, { id: 'say0' });
    for (let i = 1; i < 20; i++) last = d.run(say, { what: last }, { id: `say${i}` });
    return d.run(say, { what: last }, { id: 'awake', after: [nap] });
  }),
  dag({ id: 'failingFast', failFast: true }, (d) => {
    d.run(holdThenFail);
    d.sleep('1 day', { id: 'nap' });
    let last = d.run(say, { what: 'first' }, { id: 'say0' });
    for (let i = 1; i < 20; i++) last = d.run(say, { what: last }, { id: `say${i}` });
  }),
  dag({ id: 'chain' }, (d) => {
    let last = d.run(say, { what: 'first' }, { id: 'say0', compensate: undo });
    for (let i = 1; i < 20; i++) last = d.run(say, { what: last }, { id: `say${i}` });
    return last;
  }),
];

const once = (work: () => Promise<unknown>): (() => Promise<void>) => {
  let isDone = false;
  return async () => {
    if (isDone) return;
    isDone = true;
    await work();
  };
};

describe('a DAG run that goes on in another execution', function () {
  this.timeout(60_000);
  let temporal: OwnTemporal;
  let house: DagHouse;
  let atSave: () => Promise<void>;
  let atLoad: () => Promise<void>;

  before(async function () {
    quietRuntime();
    temporal = await ownTemporal(this, { 'limit.historyCount.suggestContinueAsNew': 30 });
    const saveRun: OrchestrationActivities['saveRun'] = async (...args) => {
      await atSave();
      return engineActivities({ dags: () => undefined, objects: house.objects }).saveRun(...args);
    };
    const loadRun: OrchestrationActivities['loadRun'] = async (...args) => {
      await atLoad();
      return engineActivities({ dags: () => undefined, objects: house.objects }).loadRun(...args);
    };
    house = await openDagHouse(this, DAGS, { saveRun, loadRun }, temporal.address);
  });
  after(async () => {
    await house?.close();
    await temporal?.close();
  });

  beforeEach(() => {
    atSave = atLoad = async () => undefined;
    undone.length = 0;
  });

  const open = async (params?: object): Promise<{ handle: WorkflowHandle; first: string }> => {
    const handle = await house.start('chain', params as Json);
    return { handle, first: (await handle.describe()).runId };
  };
  const executionOf = async ({ workflowId }: WorkflowHandle): Promise<string> =>
    (await house.client.workflow.getHandle(workflowId).describe()).runId;

  for (const moment of ['leaves', 'arrives'] as const)
    it(`is cancelled, and undoes what it did, by a request that comes while it ${moment}`, async () => {
      const { handle } = await open();
      const cancel = once(() => house.client.workflow.getHandle(handle.workflowId).cancel());
      if (moment === 'leaves') atSave = cancel;
      else atLoad = cancel;
      expect(await handle.result().catch((reason: unknown) => reason)).to.have.nested.property('cause.name', 'CancelledFailure');
      expect(undone).to.deep.equal(['first']);
      const state = await house.stored('chain', handle.workflowId);
      expect(state).to.deep.include({ state: 'failed', cancelled: true });
      expect(state.tasks['say19']?.state).to.equal('skipped');
    });

  const untilHeldBack = async ({ workflowId }: WorkflowHandle): Promise<void> => {
    const stateOf = async (): Promise<Record<string, TaskInstanceState>> => (await house.state(workflowId)).tasks;
    while ((await stateOf())['say9']?.state !== 'success') await sleep(50); // the server has asked at the fifth
    const done = async (): Promise<number> => Object.values(await stateOf()).filter(({ state }) => state === 'success').length;
    for (let before = -1, now = 0; before !== now; [before, now] = [now, await done()]) await sleep(700); // until it starts nothing more
  };

  it('hears what is said while it moves', async () => {
    const handle = await house.start('asking');
    const first = (await handle.describe()).runId;
    let written: Promise<unknown> = Promise.resolve();
    atSave = once(async () => {
      written = handle.executeUpdate(addNote, { args: [{ text: 'on its way', author: 'ana' }] });
      await sleep(200); // the server has it; the workflow hears of it while it moves, or where it goes on
    });
    while ((await executionOf(handle)) === first) await sleep(50);
    await written;
    const waits = async (): Promise<boolean> => (await house.state(handle.workflowId)).tasks['end']?.state === 'deferred';
    while (!(await waits())) await sleep(50);
    await handle.executeUpdate(approveTask, { args: [{ instance: 'end', decision: 'approved', approver: 'ana' }] });
    expect(await handle.result()).to.equal('ana');
    const { notes } = await house.stored('asking', handle.workflowId);
    expect(notes?.map(({ text }) => text)).to.deep.equal(['on its way']);
  });

  it('goes on with other tasks while a long one keeps it from moving, then waits for that; its approvals can be answered all the time', async () => {
    const handle = await house.start('busy');
    const first = (await handle.describe()).runId;
    const stateOf = async (): Promise<Record<string, TaskInstanceState>> => (await house.state(handle.workflowId)).tasks;
    await untilHeldBack(handle);
    expect((await stateOf())['hold']?.state).to.equal('running');
    expect((await stateOf())['say19']?.state).to.equal('scheduled');

    await handle.executeUpdate(approveTask, { args: [{ instance: 'ask', decision: 'approved', approver: 'ana' }] });
    expect((await stateOf())['ask']?.state).to.equal('success');
    expect(await executionOf(handle), 'execution').to.equal(first);
    holdOf('busy').release();
    expect(await handle.result()).to.deep.equal({ last: 'first', by: 'ana' });
    expect(await executionOf(handle), 'execution').to.not.equal(first);
  });

  it('has its sleeps and sensors ended by hand while a long task keeps it from moving', async () => {
    const handle = await house.start('waiting');
    await untilHeldBack(handle);
    await handle.executeUpdate(markTask, { args: [{ instance: 'nap', state: 'success', actor: 'ana' }] });
    await handle.executeUpdate(cancelTask, { args: [{ instance: 'look', actor: 'ana' }] });
    const { tasks } = await house.state(handle.workflowId);
    expect([tasks['nap']?.state, tasks['look']?.state]).to.deep.equal(['success', 'failed']);
    holdOf('waiting').release();
    expect(await handle.result()).to.equal('first');
  });

  it('does not take up a sleep that a fail-fast stopped while it was kept from moving', async () => {
    const handle = await house.start('failingFast');
    await untilHeldBack(handle);
    holdOf('failingFast').release();
    expect(await handle.result().catch((reason: unknown) => reason)).to.be.an('error');
    const { tasks } = await house.stored('failingFast', handle.workflowId);
    expect([tasks['holdThenFail']?.state, tasks['nap']?.state]).to.deep.equal(['failed', 'failed']);
  });

  it('waits for a store that is away', async () => {
    const { handle, first } = await open();
    let left = 8;
    atSave = async () => {
      if (left-- > 0) throw ApplicationFailure.create({ type: 'STORE_UNREACHABLE', message: 'away', nextRetryDelay: '10 ms' });
    };
    expect(await handle.result()).to.equal('first');
    expect(await executionOf(handle)).to.not.equal(first);
    expect(left).to.be.below(0);
  });
});
