import { expect } from 'chai';
import fc from 'fast-check';
import { replay, type Difference, type ReplayResult } from '../../../core/dag/replay.js';
import type { TaskOutcome } from '../../../core/dag/run.js';
import type { Body, DagSpec } from '../../../core/dag/spec.js';
import { byName, failed, ok, play, skipped, specOf, task } from './clear-support.js';

const compared = (was: DagSpec, now: DagSpec, ends: Record<string, TaskOutcome> = {}): ReplayResult =>
  replay(play(was, byName(ends)).state, now, { was });
/** `kind instance: text` of each. */
const told = ({ differences }: { readonly differences: readonly Difference[] }): string[] =>
  differences.map(({ kind, instance, text }) => `${kind} ${instance}: ${text}`);

const CHAIN: Body['nodes'] = {
  extract: task([], { input: { from: { $ref: ['run', 'dataInterval', 'start'] } } }),
  load: task(['extract'], { input: { rows: { $ref: ['extract', 'rows'] } } }),
  report: task(['load'], { input: { of: { $ref: ['load'] } } }),
};

describe('replaying a run against another DAG', () => {
  it('finds no difference in the same DAG', () => {
    const result = compared(specOf(CHAIN), specOf(CHAIN), { load: failed });
    expect(result.differences).to.deep.equal([]);
    expect(result.tookMs.would).to.equal(result.tookMs.was);
  });

  it('tells which task would have run for the first time, what waits for it, and what may come out otherwise', () => {
    const now = specOf({
      ...CHAIN,
      check: task(['extract'], { input: { rows: { $ref: ['extract', 'rows'] } } }),
      load: task(['check'], { input: { rows: { $ref: ['check', 'good'] } } }),
    });
    const result = compared(specOf(CHAIN), now, { extract: ok({ rows: 3 }) });
    expect(told(result)).to.have.members([
      'new check: would have run, and nothing is recorded of it',
      'input load: input differs at rows (it comes of check, which was not run), so its result may too',
      "order load: waits for 'check' too, no longer waits for 'extract'",
    ]);
    expect(result.doubtful).to.deep.equal(['report']);
  });

  it('tells what would not exist, and how the run would have ended', () => {
    const was = specOf({ ...CHAIN, audit: task(['load']) });
    const result = compared(was, specOf(CHAIN), { audit: failed });
    expect(told(result)).to.deep.equal(['run r1: was failed, would have been success', 'gone audit: ran (failed) and would not exist']);
  });

  it('tells what another rule does', () => {
    const now = specOf({ ...CHAIN, report: task(['load'], { rule: 'all_done', input: { of: { $ref: ['load'], soft: true } } }) });
    expect(told(compared(specOf(CHAIN), now, { load: failed }))).to.deep.equal([
      'run r1: was failed, would have been success, if what was not run succeeds',
      'new report: would have run, and nothing is recorded of it: it was upstream_failed',
      'task report: differs in rule',
    ]);
    expect(told(compared(now, specOf(CHAIN), { load: failed }))).to.deep.equal([
      'run r1: was success, would have been failed',
      'state report: was success, would have been upstream_failed',
      'task report: differs in rule',
    ]);
  });

  it('compares inputs field by field, with the outputs that are recorded', () => {
    const now = specOf({ ...CHAIN, load: task(['extract'], { input: { rows: { $ref: ['extract', 'size'] }, mode: 'fast' } }) });
    const [difference, ...others] = compared(specOf(CHAIN), now, { extract: ok({ rows: 3, size: 4 }) }).differences;
    expect(others).to.deep.equal([]);
    expect(difference).to.deep.equal({
      kind: 'input',
      instance: 'load',
      was: { rows: 3, mode: null },
      would: { rows: 4, mode: 'fast' },
      text: 'input differs at rows, at mode, so its result may too',
    });
  });

  it('says which arm and how many items it would have been', () => {
    const specBy = (field: string, list: string): DagSpec =>
      specOf({
        source: task(),
        decide: {
          kind: 'branch',
          after: ['source'],
          on: { $ref: ['source', field] },
          arms: { a: { nodes: { 'decide.a.x': task() } }, b: { nodes: { 'decide.b.y': task() } } },
        },
        each: {
          kind: 'map',
          after: ['source'],
          over: { $ref: ['source', list] },
          body: { nodes: { 'each.z': task([], { input: { $ref: ['each.item'] } }) } },
        },
      });
    const source = ok({ old: 'a', new: 'b', short: [1, 2, 3], long: [1, 2, 3, 4] });
    const result = compared(specBy('old', 'short'), specBy('new', 'long'), { source });
    expect(told(result)).to.have.members([
      "arm decide: went by arm 'a', would have gone by 'b'",
      'items each: had 3 items, would have had 4',
      'state decide.a.x: was success, would have been skipped',
      'new decide.b.y: would have run, and nothing is recorded of it: it was skipped',
      'new each[3].z: would have run, and nothing is recorded of it',
    ]);
  });

  it('goes on as recorded where nobody can tell, and says so', () => {
    const was = specOf({
      pick: task(),
      decide: {
        kind: 'branch',
        after: ['pick'],
        on: { $ref: ['pick'] },
        arms: { a: { nodes: { 'decide.a.x': task() } }, b: { nodes: {} } },
      },
    });
    const now = specOf({ ...was.nodes, pick: task([], { type: 'other' }) });
    const result = compared(was, now, { pick: ok('a') });
    expect(told(result)).to.have.members([
      'undecided decide: it depends on pick, which was not run',
      'new pick: would have run, and nothing is recorded of it: it was success',
      'task pick: differs in type',
    ]);
    expect(result.doubtful).to.deep.equal(['decide.a.x']);
  });

  it('leaves open what it cannot even guess', () => {
    const now = specOf({
      ...CHAIN,
      pick: task(['load']),
      decide: {
        kind: 'branch',
        after: ['pick'],
        on: { $ref: ['pick'] },
        arms: { a: { nodes: { 'decide.a.x': task() } }, b: { nodes: {} } },
      },
      end: task(['decide']),
    });
    expect(told(compared(specOf(CHAIN), now))).to.include.members([
      'undecided r1: was success; nobody can tell how it would have ended',
      'undecided decide: it depends on pick, which was not run',
      'undecided end: waits for something that nobody can tell',
    ]);
  });

  it('tells how long it would have taken, by the recorded durations', () => {
    const one = play(specOf(CHAIN)).state; // a second for each
    const parallel = specOf({ ...CHAIN, report: task([], { input: null }) });
    expect(replay(one, parallel, { was: specOf(CHAIN) }).tookMs).to.deep.equal({ was: 3_000, would: 2_000 });
  });

  it('follows retries of groups and skips by the task itself', () => {
    const grouped = (retries: number): DagSpec =>
      specOf({ etl: { kind: 'group', after: [], retries, body: { nodes: { 'etl.load': task() } } }, end: task(['etl']), idle: task() });
    const ends = { 'etl.load': failed, idle: skipped };
    expect(told(compared(grouped(1), grouped(1), ends))).to.deep.equal([]);
    expect(told(compared(grouped(1), grouped(0), ends))).to.have.members([
      'run r1: was success, would have been failed',
      'gone etl#2/load: ran (success) and would not exist',
      'state end: was success, would have been upstream_failed',
      'task etl: differs in retries',
    ]);
  });

  it('compares only states where the DAG of then is not at hand', () => {
    const { state } = play(specOf(CHAIN), byName({ load: failed }));
    const result = replay(state, specOf({ ...CHAIN, load: task(['extract'], { input: 1 }) }));
    expect(result).to.deep.include({ was: null, differences: [] });
  });

  it('says so when the DAG would not have taken the params', () => {
    const { state } = play(specOf(CHAIN));
    const result = replay(state, specOf(CHAIN), { refused: ['model: a string is expected'] });
    expect(told(result)).to.deep.equal(['params r1: the run would have been refused: model: a string is expected']);
  });

  it('never finds a difference between a DAG and itself, however its tasks ended', () => {
    const outcomes = fc.constantFrom(ok({ list: [1, 2], pick: 'a' }), ok({ list: [], pick: 'b' }), failed, skipped);
    const spec = specOf({
      a: task([], { undo: { type: 'u', input: null } }),
      b: task(['a'], { mayFail: true }),
      g: { kind: 'group', after: ['a'], retries: 1, body: { nodes: { 'g.x': task(), 'g.y': task(['g.x'], { rule: 'one_failed' }) } } },
      m: {
        kind: 'map',
        after: ['a'],
        over: { $or: [{ $ref: ['a', 'list'], soft: true }, []] },
        body: { nodes: { 'm.x': task(), 'm.y': task(['m.x'], { rule: 'all_done' }) } },
      },
      d: {
        kind: 'branch',
        after: ['b'],
        rule: 'all_done',
        on: { $or: [{ $ref: ['b', 'pick'], soft: true }, 'a'] },
        arms: { a: { nodes: { 'd.a.x': task() } }, b: { nodes: { 'd.b.x': task() } } },
      },
      z: task(['g', 'm', 'd'], { rule: 'none_failed' }),
    });
    fc.assert(
      fc.property(fc.infiniteStream(outcomes), (draws) => {
        const { state } = play(spec, () => draws.next().value as TaskOutcome);
        expect(told(replay(state, spec, { was: spec }))).to.deep.equal([]);
        expect(told(replay(state, spec))).to.deep.equal([]);
      }),
    );
  });
});
