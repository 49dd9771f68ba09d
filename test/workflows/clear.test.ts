import { expect } from 'chai';
import { z } from 'zod';
import { clearMany, clearRun, markEnded, planBulk, planRunClear, retryRun, startCleared } from '../../client/clear.js';
import { runEnded } from '../../client/dags.js';
import { publish } from '../../client/publish.js';
import { dag, task, type Dag, type DagRunState } from '../../core/dag/index.js';
import { isRekindleError, type RekindleError } from '../../core/errors.js';
import type { Json } from '../../core/json.js';
import { keys } from '../../core/names.js';
import { quietRuntime } from '../support/runtime.js';
import { openDagHouse, type DagHouse } from './dag-run-house.js';

/** Instances that were really run, by run. */
const ran = new Map<string, string[]>();
/** Node ids that fail for now. */
const broken = new Set<string>();

const noted = (key: string): string => {
  const slash = key.indexOf('/');
  const [run, instance] = [key.slice(0, slash), key.slice(slash + 1)];
  ran.set(run, [...(ran.get(run) ?? []), instance]);
  if (broken.has(instance)) throw new Error(`${instance} is broken`);
  return instance;
};
const step = task({ id: 'step', input: z.object({ of: z.any().optional() }), run: (_, ctx) => noted(ctx.key) });
const list = task({
  id: 'list',
  input: z.object({ items: z.number() }),
  output: z.array(z.number()),
  run: ({ items }, ctx) => (noted(ctx.key), Array.from({ length: items }, (_, i) => i)),
});
const large = task({ id: 'large', output: z.string(), run: (_, ctx) => (noted(ctx.key), 'x'.repeat(100_000)) });
const length = task({ id: 'length', input: z.object({ text: z.string() }), run: ({ text }, ctx) => (noted(ctx.key), text.length) });
const back = task({ id: 'back', run: (_, ctx) => noted(ctx.key) });

const etl = dag({ id: 'etl' }, (d) => {
  const text = d.run(large);
  const size = d.run(length, { text });
  d.run(step, {}, { id: 'publish', after: [size], compensate: back });
  const other = d.run(step, {}, { id: 'other' });
  d.run(step, {}, { id: 'last', after: [size, other] });
  return { size };
});
const scores = dag({ id: 'scores', params: z.object({ items: z.number() }) }, (d, { params }) => {
  const items = d.run(list, { items: params.items });
  const made = d.map(items, (item) => d.run(step, { of: item }, { id: 'score' }), { id: 'each', shard: 5 });
  d.run(step, { of: made }, { id: 'sum' });
});
/** The second version of `etl`: one more task, one less. */
const etlNow = dag({ id: 'etl' }, (d) => {
  const size = d.run(length, { text: d.run(large) });
  d.run(step, {}, { id: 'publish', after: [size], compensate: back });
  d.run(step, {}, { id: 'check', after: [size] });
});

describe('clearing runs on a server', function () {
  this.timeout(120_000);
  let house: DagHouse;
  const loaded: Dag[] = [etl, scores];
  before(async function () {
    quietRuntime();
    house = await openDagHouse(this, loaded);
    for (const each of [etl, scores]) await released(each);
  });
  after(() => house?.close());
  beforeEach(() => broken.clear());

  const released = ({ id, spec, hash }: Dag): Promise<boolean> =>
    publish(house.objects, { current: keys.dagCurrent(id), key: keys.dagSpec(id, hash), spec, hash, project: 'p', file: `dags/${id}.ts` });
  const ended = async (runId: string, dagId = 'etl'): Promise<DagRunState> => {
    await runEnded(house.client, runId);
    return house.stored(dagId, runId);
  };
  const first = async (id = 'etl', params?: Json): Promise<DagRunState> => ended((await house.start(id, params)).workflowId, id);
  const refused = async (work: Promise<unknown>): Promise<RekindleError> => {
    const error: unknown = await work.then(
      () => undefined,
      (reason: unknown) => reason,
    );
    if (isRekindleError(error)) return error;
    throw new Error(`it was not refused: ${String(error)}`);
  };

  it('runs what was chosen and what is downstream of it in a new run, with outputs from the store; the old run stays', async () => {
    broken.add('last');
    const old = await first();
    expect(old.state).to.equal('failed');
    broken.clear();

    const runId = await clearRun(house.client, house.objects, old.runId, { failed: true });
    expect(runId).to.equal(`${old.runId}~2`);
    const now = await ended(runId);
    // what the failed run had published it took back
    expect(ran.get(runId)).to.have.members(['last', 'publish']);
    expect(now).to.deep.include({ state: 'success', clearedFrom: old.runId, output: { size: 100_000 }, params: old.params });
    expect(now.run).to.deep.include({ logicalDate: old.run.logicalDate, dataInterval: old.run.dataInterval, kind: 'manual' });
    expect(now.tasks['large']).to.deep.include({ state: 'success', from: old.runId });
    expect(await house.stored('etl', old.runId)).to.deep.equal(old);

    const third = await clearRun(house.client, house.objects, runId, { tasks: ['length'], downstream: false });
    expect(third).to.equal(`${old.runId}~3`);
    expect((await ended(third)).state).to.equal('success');
    expect(ran.get(third)).to.deep.equal(['length']);
  });

  it('runs everything again on request', async () => {
    const old = await first();
    const runId = await retryRun(house.client, house.objects, old.runId);
    expect((await ended(runId)).clearedFrom).to.equal(old.runId);
    expect(ran.get(runId)).to.have.members(ran.get(old.runId)!);
  });

  it('takes a task of an ended run as having ended otherwise', async () => {
    broken.add('length');
    const old = await first();
    broken.clear();
    const runId = await markEnded(house.client, house.objects, old.runId, {
      instance: 'length',
      state: 'success',
      output: 7,
      actor: 'ana',
    });
    const now = await ended(runId);
    expect(now).to.deep.include({ state: 'success', output: { size: 7 } });
    expect(now.notes?.[0]?.text).to.equal(`length of ${old.runId} marked as success by ana`);
    expect(ran.get(runId)).to.have.members(['publish', 'last']);
  });

  it('keeps the items of a map that runs in shards', async () => {
    broken.add('each[11].score');
    const old = await first('scores', { items: 12 });
    expect(old.composites['each']).to.deep.include({ state: 'failed' });
    expect(old.composites['each']?.shards).to.have.length(3);
    broken.clear();
    const runId = await clearRun(house.client, house.objects, old.runId, { failed: true });
    const now = await ended(runId, 'scores');
    expect(now.state).to.equal('success');
    expect(ran.get(runId)).to.deep.equal(['each[11].score', 'sum']);
    expect(now.tasks['each[3].score']).to.deep.include({ state: 'success', from: old.runId, output: 'each[3].score' });
  });

  it('takes over more results than an argument can hold', async () => {
    const old = await first('scores', { items: 3 });
    const planned = await planRunClear(house.client, house.objects, old.runId, { tasks: ['sum'] });
    const { 'each[0].score': item } = planned.seed.outcomes;
    const padding = Object.fromEntries(Array.from({ length: 8_000 }, (_, i) => [`padding[${i}]`, { ...item, output: 'y'.repeat(300) }]));
    const long = { 'each[1].score': { ...item, output: 'z'.repeat(5_000) } };
    const outcomes = { ...planned.seed.outcomes, ...padding, ...long } as typeof planned.seed.outcomes;
    const runId = await startCleared(house.client, house.objects, { ...planned, seed: { from: old.runId, outcomes } });
    const now = await ended(runId, 'scores');
    expect(now.state).to.equal('success');
    expect(ran.get(runId)).to.deep.equal(['sum']);
    expect(now.tasks['each[1].score']?.output).to.have.nested.property('$stored.bytes', 5_002);
  });

  it('refuses while the run, or one that was cleared from it, is under way', async () => {
    const old = await first();
    const open = await house.client.workflow.start('etl', { workflowId: `${old.runId}~2`, taskQueue: 'nobody', args: [] });
    const error = await refused(clearRun(house.client, house.objects, old.runId, { all: true }));
    expect(error).to.deep.include({ code: 'DAG_RUN_UNDER_WAY', details: { runId: `${old.runId}~2` } });
    expect(await refused(clearRun(house.client, house.objects, open.workflowId, { all: true }))).to.have.property('code', error.code);
    await open.terminate();
    const third = await clearRun(house.client, house.objects, old.runId, { tasks: ['other'] });
    expect((await ended(third)).runId).to.equal(`${old.runId}~3`);
  });

  it('clears many runs of a DAG, so many at a time, and each only once', async () => {
    const since = new Date().toISOString();
    broken.add('last');
    const failed = [await first(), await first(), await first()];
    broken.clear();
    const fine = await first();
    const all = { dag: 'etl', state: 'failed', since, failed: true } as const;
    let plan = await planBulk(house.client, house.objects, all);
    while (plan.runs.length < failed.length) plan = await planBulk(house.client, house.objects, all); // Temporal's index is a little late
    expect(plan.runs.map(({ runId }) => runId)).to.deep.equal(failed.map(({ runId }) => runId));

    let active = 0;
    let most = 0;
    const results = await clearMany(house.client, house.objects, plan.runs, {
      atATime: 2,
      onChange: ({ state }) => {
        active += state === 'running' ? 1 : -1;
        most = Math.max(most, active);
      },
    });
    expect(results).to.deep.equal(failed.map(({ runId }) => ({ from: runId, runId: `${runId}~2`, state: 'success' })));
    expect(most).to.equal(2);

    const again = await planBulk(house.client, house.objects, all);
    expect(again.runs).to.deep.equal([]);
    expect(again.passedOver).to.have.length(3);
    expect(again.passedOver.map(({ runId }) => runId)).to.not.include(fine.runId);
  });

  it('runs the DAG of now, or that of then', async () => {
    const old = await first();
    expect(old.hash).to.equal(etl.hash);
    loaded[0] = etlNow;
    await released(etlNow);
    const now = await clearRun(house.client, house.objects, old.runId, { tasks: ['length'] });
    expect((await ended(now)).hash).to.equal(etlNow.hash);
    expect(ran.get(now)).to.have.members(['length', 'publish', 'check']);

    const then = await clearRun(house.client, house.objects, old.runId, { tasks: ['length'], version: 'then' });
    expect((await ended(then)).hash).to.equal(etl.hash);
    expect(ran.get(then)).to.have.members(['length', 'publish', 'last']);
    const byHash = { tasks: ['length'], version: etl.hash.slice(0, 10) };
    expect((await planRunClear(house.client, house.objects, old.runId, byHash)).hash).to.equal(etl.hash);
    const nowhere = clearRun(house.client, house.objects, old.runId, { all: true, version: '0123456789' });
    expect(await refused(nowhere)).to.have.property('code', 'DAG_VERSION_NOT_FOUND');
  });
});
