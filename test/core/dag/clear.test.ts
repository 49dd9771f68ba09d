import { expect } from 'chai';
import { planClear, type ClearPlan, type ClearSelection } from '../../../core/dag/clear.js';
import type { TaskOutcome } from '../../../core/dag/run.js';
import type { Body, DagSpec } from '../../../core/dag/spec.js';
import { byName, failed, ok, play, skipped, specOf, statesOf, task, type Played } from './clear-support.js';
import { refusal } from './support.js';

const again = ({ again: cleared }: ClearPlan): string[] => cleared.map(({ instance }) => instance).sort();
const kept = ({ seed }: ClearPlan): string[] => Object.keys(seed.outcomes).sort();

/** A run, cleared, and the run that comes of it. */
const clear = (
  spec: DagSpec,
  ends: Record<string, TaskOutcome>,
  selection: ClearSelection,
  { now = spec, then = {} }: { readonly now?: DagSpec; readonly then?: Record<string, TaskOutcome> } = {},
): { readonly first: Played; readonly plan: ClearPlan; readonly second: Played } => {
  const first = play(spec, byName(ends));
  const plan = planClear(now, first.state, selection);
  return { first, plan, second: play(now, byName(then), { id: 'r1~2', seed: plan.seed }) };
};

const CHAIN: Body['nodes'] = { extract: task(), load: task(['extract']), report: task(['load']), other: task() };
const group = (after: string[], nodes: Body['nodes'], retries = 0): Body['nodes'][string] => ({
  kind: 'group',
  after,
  retries,
  body: { nodes },
});

describe('clearing a run', () => {
  it('runs the task and all that is downstream of it again, and keeps everything else with its output', () => {
    const { plan, second } = clear(specOf(CHAIN), {}, { tasks: ['load'] });
    expect(plan.again).to.deep.equal([
      { instance: 'load', reason: 'selected' },
      { instance: 'report', reason: 'downstream' },
    ]);
    expect(plan.seed).to.deep.equal({
      from: 'r1',
      outcomes: { extract: { state: 'success', output: 'extract', tries: 1 }, other: { state: 'success', output: 'other', tries: 1 } },
    });
    expect(second.ran).to.deep.equal(['load', 'report']);
    expect(second.state).to.deep.include({ state: 'success', clearedFrom: 'r1' });
    expect(second.state.tasks['extract']).to.deep.include({ state: 'success', output: 'extract', from: 'r1' });
  });

  it('leaves downstreams alone where that was asked for, and takes upstreams along where that was', () => {
    expect(clear(specOf(CHAIN), {}, { tasks: ['load'], downstream: false }).second.ran).to.deep.equal(['load']);
    expect(clear(specOf(CHAIN), {}, { tasks: ['load'], downstream: false, upstream: true }).second.ran).to.deep.equal(['extract', 'load']);
    expect(clear(specOf(CHAIN), {}, { all: true }).second.ran).to.deep.equal(['extract', 'other', 'load', 'report']);
  });

  it('decides anew what the rules had decided: what waited for a failed task runs', () => {
    const { plan, second } = clear(specOf(CHAIN), { load: failed }, { failed: true });
    expect(plan).to.deep.include({ again: [{ instance: 'load', reason: 'selected' }], open: ['report'] });
    expect(second.ran).to.deep.equal(['load', 'report']);
    expect(second.state.state).to.equal('success');
  });

  it('keeps failures that are not cleared, and skips by the task itself', () => {
    const spec = specOf({ a: task(), b: task(), c: task(), d: task(['a', 'b', 'c'], { rule: 'all_done' }) });
    const { plan, second } = clear(spec, { a: failed, b: skipped }, { tasks: ['d'] });
    expect(kept(plan)).to.deep.equal(['a', 'b', 'c']);
    expect(second.ran).to.deep.equal(['d']);
    expect(statesOf(second.state)).to.deep.equal({ a: 'failed', b: 'skipped', c: 'success', d: 'success' });
    expect(second.state.tasks['a']?.error).to.deep.equal({ code: 'Error', message: 'broken' });
    expect(second.state.tasks['b']?.summary).to.equal('nothing to do');
  });

  it('runs the other arm when the branch is decided otherwise', () => {
    const spec = specOf({
      compare: task(),
      decide: {
        kind: 'branch',
        after: ['compare'],
        on: { $ref: ['compare'] },
        arms: { promote: { nodes: { 'decide.promote.deploy': task() } }, keep: { nodes: { 'decide.keep.log': task() } } },
      },
      report: task(['decide']),
    });
    const { plan, second } = clear(spec, { compare: ok('keep') }, { tasks: ['compare'] }, { then: { compare: ok('promote') } });
    expect(again(plan)).to.deep.equal(['compare', 'decide.keep.log', 'report']);
    expect(second.ran).to.deep.equal(['compare', 'decide.promote.deploy', 'report']);
    // an arm goes by its own name
    expect(again(planClear(spec, play(spec, byName({ compare: ok('keep') })).state, { tasks: ['decide.keep'] }))).to.deep.equal([
      'decide.keep.log',
      'report',
    ]);
  });

  describe('with maps', () => {
    const spec = specOf({
      list: task(),
      scores: {
        kind: 'map',
        after: ['list'],
        over: { $ref: ['list'] },
        body: { nodes: { 'scores.score': task(), 'scores.save': task(['scores.score']) } },
      },
      sum: task(['scores'], { input: { all: { $ref: ['scores'] } } }),
    });
    const ends = { list: ok(['a', 'b', 'c']), 'scores[1].score': failed };

    it('runs one item again, and what is downstream of the map; the other items keep their results', () => {
      for (const name of ['scores[2]', 'scores[2].score']) {
        const { plan, second } = clear(spec, { list: ends.list }, { tasks: [name] });
        expect(again(plan), name).to.deep.equal(['scores[2].save', 'scores[2].score', 'sum']);
        expect(second.ran, name).to.deep.equal(['scores[2].score', 'scores[2].save', 'sum']);
      }
    });

    it('runs failed items again', () => {
      const { second } = clear(spec, ends, { failed: true });
      expect(second.ran).to.deep.equal(['scores[1].score', 'scores[1].save', 'sum']);
      expect(second.state.composites['scores']?.items).to.deep.equal({ total: 3, success: 3, failed: 0, skipped: 0 });
    });

    it('takes the id of a node in the map for that task of all items', () => {
      expect(again(clear(spec, { list: ends.list }, { tasks: ['scores.save'] }).plan)).to.deep.equal([
        'scores[0].save',
        'scores[1].save',
        'scores[2].save',
        'sum',
      ]);
    });

    it('runs all items again when the list is made again, however many there are now', () => {
      const { plan, second } = clear(spec, { list: ends.list }, { tasks: ['list'] }, { then: { list: ok(['x']) } });
      expect(kept(plan)).to.deep.equal([]);
      expect(second.ran).to.deep.equal(['list', 'scores[0].score', 'scores[0].save', 'sum']);
    });
  });

  describe('with groups that are retried as a unit', () => {
    const spec = specOf({
      start: task(),
      etl: group(['start'], { 'etl.extract': task(), 'etl.load': task(['etl.extract']) }, 2),
      end: task(['etl']),
    });
    const firstFails = { 'etl.load': failed, 'etl.extract': ok('old'), 'etl#2/extract': ok('new') };

    it('keeps the last attempt as the first one of the new run', () => {
      const { plan, second } = clear(spec, firstFails, { tasks: ['end'] });
      expect(plan.seed.outcomes).to.have.all.keys('start', 'etl.extract', 'etl.load');
      expect(plan.seed.outcomes['etl.extract']).to.deep.equal({ state: 'success', output: 'new', tries: 1 });
      expect(second.ran).to.deep.equal(['end']);
    });

    it('runs the whole group again by its name, and a part of it by whichever attempt', () => {
      expect(clear(spec, firstFails, { tasks: ['etl'] }).second.ran).to.deep.equal(['etl.extract', 'etl.load', 'end']);
      for (const name of ['etl.load', 'etl#2/load'])
        expect(clear(spec, firstFails, { tasks: [name] }).second.ran, name).to.deep.equal(['etl.load', 'end']);
    });

    it('does not retry a group whose failure is kept', () => {
      const never = { 'etl.load': failed, 'etl#2/load': failed, 'etl#3/load': failed };
      const { plan, second } = clear(spec, never, { tasks: ['start'], downstream: false });
      expect(kept(plan)).to.deep.equal(['etl#2/extract', 'etl#2/load', 'etl#3/extract', 'etl#3/load', 'etl.extract', 'etl.load']);
      expect(second.ran).to.deep.equal(['start']);
      expect(second.state.composites['etl']?.state).to.equal('failed');
    });

    it('gives a group that is partly cleared all its attempts back', () => {
      const never = { 'etl.load': failed, 'etl#2/load': failed, 'etl#3/load': failed };
      const { second } = clear(spec, never, { failed: true }, { then: { 'etl.load': failed } });
      expect(second.ran).to.deep.equal(['etl.load', 'etl#2/extract', 'etl#2/load', 'end']);
    });
  });

  describe('with what was undone', () => {
    const undo = { undo: { type: 'u', input: null } };
    const spec = specOf({ a: task(), deploy: task(['a'], undo), tell: task(['deploy']), other: task() });

    it('clears it, says why, and does it again', () => {
      const { first, plan, second } = clear(spec, { other: failed }, { tasks: ['other'] });
      expect(first.ran).to.include('deploy.undo');
      expect(plan.again).to.deep.equal([
        { instance: 'other', reason: 'selected' },
        { instance: 'deploy', reason: 'undone' },
        { instance: 'tell', reason: 'downstream' },
      ]);
      expect(second.ran).to.deep.equal(['other', 'deploy', 'tell']);
    });

    it('leaves it undone in a group that failed and stays so', () => {
      const may = specOf({
        etl: { ...(group([], { 'etl.do': task([], undo), 'etl.check': task(['etl.do']) }, 1) as object), mayFail: true } as never,
        end: task(['etl'], { rule: 'all_done' }),
      });
      const ends = { 'etl.check': failed, 'etl#2/check': failed };
      const { plan, second } = clear(may, ends, { tasks: ['end'] });
      expect(again(plan)).to.deep.equal(['end']);
      expect(second.ran).to.deep.equal(['end']);
      expect(again(clear(may, ends, { tasks: ['etl.check'] }).plan)).to.deep.equal(['end', 'etl.check', 'etl.do']);
    });
  });

  describe('by another version of the DAG', () => {
    it('runs what is new, and what is another task by an old name, and drops what is gone', () => {
      const now = specOf({
        extract: task(),
        check: task(['extract']),
        load: task(['check']),
        report: task(['load'], { type: 'mail' }),
      });
      const { plan, second } = clear(specOf(CHAIN), {}, { tasks: [] }, { now });
      expect(plan).to.deep.include({ again: [], fresh: ['check', 'report'], dropped: ['other'] });
      expect(second.ran).to.deep.equal(['check', 'report']);
    });
  });

  describe('by marks', () => {
    it('takes the task to have ended that way and clears what is downstream', () => {
      const { plan, second } = clear(specOf(CHAIN), { load: failed }, { marks: { load: ok('by hand') } });
      expect(plan.seed.outcomes['load']).to.deep.equal({ state: 'success', output: 'by hand', tries: 1 });
      expect(second.ran).to.deep.equal(['report']);
      expect(second.state.state).to.equal('success');
      expect(clear(specOf(CHAIN), {}, { marks: { load: failed } }).second.state.tasks['report']?.state).to.equal('upstream_failed');
    });

    it('refuses what never started, and what is no task', () => {
      const { state } = play(specOf({ ...CHAIN, etl: group([], { 'etl.a': task() }) }), byName({ load: failed }));
      const spec = specOf({ ...CHAIN, etl: group([], { 'etl.a': task() }) });
      expect(refusal(() => planClear(spec, state, { marks: { report: ok() } })).code).to.equal('TASK_NOT_STARTED');
      expect(refusal(() => planClear(spec, state, { marks: { etl: ok() } })).code).to.equal('USAGE');
    });
  });

  it('refuses a name that the run does not know', () => {
    const { state } = play(specOf(CHAIN));
    const error = refusal(() => planClear(specOf(CHAIN), state, { tasks: ['lod'] }));
    expect(error).to.deep.include({ code: 'TASK_INSTANCE_NOT_FOUND', details: { run: 'r1', task: 'lod' } });
  });
});
