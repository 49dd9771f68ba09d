import { expect } from 'chai';
import type { NodeEnd } from '../../../core/dag/actions.js';
import { Planner } from '../../../core/dag/planner.js';
import type { Body, DagSpec, NodeSpec } from '../../../core/dag/spec.js';
import { validate } from '../../../core/dag/validate.js';
import { RUN } from './support.js';

const task = (after: string[] = [], more: object = {}): NodeSpec => ({ kind: 'task', after, type: 't', input: {}, ...more });
const planner = (nodes: Body['nodes'], more: Partial<DagSpec> = {}): Planner => {
  const spec: DagSpec = { id: 'nightly', version: 1, nodes, ...more };
  validate(spec);
  return new Planner(spec, { params: { limit: 7 }, run: RUN });
};
const inputOf = (action: object | undefined): unknown => (action && 'input' in action ? action.input : undefined);
const names = (actions: readonly { instance: string }[]): string[] => actions.map(({ instance }) => instance);
const ok = (output: unknown = null): NodeEnd => ({ state: 'success', output: output as never });
const failed: NodeEnd = { state: 'failed' };
const skipped: NodeEnd = { state: 'skipped' };

/** Every task ends as `ends` says, by instance; else well. */
const play = (subject: Planner, ends: Record<string, NodeEnd> = {}): string[] => {
  const order: string[] = [];
  const queue = subject.start();
  for (let action = queue.shift(); action; action = queue.shift()) {
    if (action.kind === 'undo') {
      queue.push(...subject.proceed(action.instance));
      continue;
    }
    order.push(action.instance);
    queue.push(...subject.finish(action.instance, ends[action.instance] ?? ok(action.instance)));
  }
  return order;
};

describe('the planner', () => {
  it('starts a task when the last of its upstreams has ended, with its input filled in', () => {
    const subject = planner({
      a: task(),
      b: task(),
      c: task(['a', 'b'], { input: { from: { $ref: ['a', 'uri'] }, limit: { $ref: ['params', 'limit'] }, run: { $ref: ['run', 'id'] } } }),
    });
    expect(names(subject.start())).to.deep.equal(['a', 'b']);
    expect(subject.finish('b', ok())).to.deep.equal([]);
    const [c] = subject.finish('a', ok({ uri: 'x' }));
    expect(c).to.deep.include({ instance: 'c', input: { from: 'x', limit: 7, run: 'r1' } });
    expect(subject.end).to.equal(undefined);
    subject.finish('c', ok());
    expect(subject.end).to.deep.equal({ state: 'success', output: null });
  });

  it('fills fields of missing and null values as missing, and lists with null', () => {
    const subject = planner({
      a: task(),
      b: task(['a'], {
        input: {
          gone: { $ref: ['a', 'x', 'y'] },
          listed: [{ $ref: ['a', 'x', 'y'] }],
          other: { $or: [{ $ref: ['a', 'x', 'y'], soft: true }, 'none'] },
          text: { $format: ['n=', { $ref: ['a', 'n'] }, ' ', { $ref: ['a', 'list'] }] },
          size: { $ref: ['a', 'list', 'length'] },
          second: { $get: [{ $or: [{ $ref: ['a', 'list'], soft: true }, []] }, '1'] },
          inherited: { $ref: ['a', 'toString'] },
        },
      }),
    });
    subject.start();
    const [b] = subject.finish('a', ok({ x: null, n: 3, list: ['p', 'q'] }));
    expect(inputOf(b)).to.deep.equal({ listed: [null], other: 'none', text: 'n=3 ["p","q"]', size: 2, second: 'q' });
  });

  it('takes an escaped object as it is, and fills what is in it', () => {
    const subject = planner({
      a: task(),
      b: task(['a'], { input: { $object: { $ref: ['a'], $format: { $object: { $ref: { $ref: ['a'] } } } } } }),
    });
    subject.start();
    const [b] = subject.finish('a', ok(7));
    expect(inputOf(b)).to.deep.equal({ $ref: ['a'], $format: { $ref: 7 } });
  });

  it('takes one arm and hands on its result; the others are never built', () => {
    const nodes: Body['nodes'] = {
      a: task(),
      decide: {
        kind: 'branch',
        after: ['a'],
        on: { $ref: ['a', 'what'] },
        arms: {
          true: { nodes: { 'decide.true.x': task() }, output: { $ref: ['decide.true.x'] } },
          '3': { nodes: {}, output: 'three' },
          default: { nodes: { 'decide.default.y': task(), 'decide.default.z': task(['decide.default.y']) } },
        },
      },
      after: task(['decide'], { input: { $ref: ['decide'] } }),
    };
    const whatHappens = (what: unknown): [string[], unknown] => {
      const subject = planner(nodes);
      subject.start();
      const started = subject.finish('a', ok({ what }));
      const queue = [...started];
      let last: unknown;
      for (let action = queue.shift(); action; action = queue.shift()) {
        last = inputOf(action);
        queue.push(...subject.finish(action.instance, ok('made')));
      }
      return [names(started), last];
    };
    expect(whatHappens(true)).to.deep.equal([['decide.true.x'], 'made']);
    expect(whatHappens(3)).to.deep.equal([['after'], 'three']);
    expect(whatHappens('other')).to.deep.equal([['decide.default.y'], null]);
    expect(whatHappens(null)).to.deep.equal([['decide.default.y'], null]);
  });

  it('fails a branch that has no arm for its value, and nothing else', () => {
    const subject = planner({
      decide: { kind: 'branch', after: [], on: { $ref: ['params', 'limit'] }, arms: { a: { nodes: {} } } },
      b: task(),
    });
    expect(names(subject.start())).to.deep.equal(['b']);
    subject.finish('b', ok());
    expect(subject.end?.state).to.equal('failed');
    expect(subject.errors.get('decide')).to.deep.equal({ code: 'BRANCH_WITHOUT_ARM', message: "no arm for 7, and no arm 'default'" });
  });

  it('passes the skip of a whole arm on, and its failure', () => {
    const nodes = (rule?: string): Body['nodes'] => ({
      decide: { kind: 'branch', after: [], on: 1, arms: { default: { nodes: { 'decide.default.x': task() } } } },
      b: task(['decide'], rule === undefined ? {} : { rule }),
    });
    expect(play(planner(nodes()), { 'decide.default.x': skipped })).to.deep.equal(['decide.default.x']);
    expect(play(planner(nodes('all_skipped')), { 'decide.default.x': skipped })).to.deep.equal(['decide.default.x', 'b']);
    expect(play(planner(nodes('all_failed')), { 'decide.default.x': failed })).to.deep.equal(['decide.default.x', 'b']);
  });

  it('runs the whole body of a group again when it fails, under new names', () => {
    const etl = (retries: number): Body['nodes'] => ({
      etl: {
        kind: 'group',
        after: [],
        retries,
        body: {
          nodes: {
            'etl.a': task([], { input: { $ref: ['etl.attempt'] } }),
            'etl.decide': { kind: 'branch', after: ['etl.a'], on: true, arms: { default: { nodes: { 'etl.decide.default.b': task() } } } },
          },
          output: { attempt: { $ref: ['etl.attempt'] } },
        },
      },
      after: task(['etl'], { input: { $ref: ['etl'] } }),
    });
    const subject = planner(etl(2));
    expect(subject.start()[0]).to.deep.include({ instance: 'etl.a', node: 'etl.a', input: 1 });
    expect(names(subject.finish('etl.a', ok()))).to.deep.equal(['etl.decide.default.b']);
    expect(subject.finish('etl.decide.default.b', failed)).to.deep.equal([{ kind: 'undo', instance: 'etl', node: 'etl', key: 'etl.' }]);
    const [second] = subject.proceed('etl');
    expect(second).to.deep.include({ instance: 'etl#2/a', node: 'etl.a', input: 2 });
    expect(names(subject.finish('etl#2/a', ok()))).to.deep.equal(['etl#2/decide.default.b']);
    expect(subject.finish('etl#2/decide.default.b', ok())[0]).to.deep.include({ instance: 'after', input: { attempt: 2 } });

    const order = play(planner(etl(1)), { 'etl.a': failed, 'etl#2/a': failed });
    expect(order).to.deep.equal(['etl.a', 'etl#2/a']);
  });

  describe('lets mayFail forgive', () => {
    const state = (nodes: Body['nodes'], ...broken: string[]) => {
      const subject = planner(nodes);
      play(subject, Object.fromEntries(broken.map((id) => [id, failed])));
      return subject.end?.state;
    };
    it('the failure of the task and of all that waited for it', () =>
      expect(state({ a: task([], { mayFail: true }), b: task(['a']), c: task() }, 'a')).to.equal('success'));
    it('not the failure of another task that the same one waited for', () =>
      expect(state({ a: task([], { mayFail: true }), c: task(), b: task(['a', 'c']) }, 'a', 'c')).to.equal('failed'));
    it('not what failed before it', () => expect(state({ a: task(), b: task(['a'], { mayFail: true }) }, 'a')).to.equal('failed'));
  });

  it('judges a run by its leaves: a failure that a cleanup coped with is none', () => {
    const subject = planner({ a: task(), cleanup: task(['a'], { rule: 'all_done' }) });
    play(subject, { a: failed });
    expect(subject.end?.state).to.equal('success');
  });

  it('lets ten thousand skips in a row through without deep recursion', () => {
    const size = 10_000;
    const nodes = Object.fromEntries(Array.from({ length: size }, (_, i) => [`n${i}`, task(i === 0 ? [] : [`n${i - 1}`])]));
    const subject = planner(nodes);
    subject.start();
    expect(subject.finish('n0', skipped)).to.deep.equal([]);
    expect(subject.root.states.every((state) => state === 'skipped')).to.equal(true);
  });

  it('starts nothing more once it is halted, and still notes the ends', () => {
    const subject = planner({ a: task(), b: task(['a']), c: task() });
    subject.start();
    subject.halt();
    expect(subject.finish('a', ok('x'))).to.deep.equal([]);
    expect(subject.root.states).to.deep.equal(['success', 'scheduled', 'running']);
    expect(subject.end).to.equal(undefined);
  });

  it('no longer waits for the run before where a branching has passed a task by', () => {
    const subject = planner({
      a: task([], { branching: 'short_circuit' }),
      other: task(),
      b: task(['a', 'other'], { rule: 'one_success', dependsOnPast: true }),
    });
    subject.start();
    expect(subject.finish('other', ok())).to.deep.include.members([{ kind: 'past', instance: 'b', node: 'b', nodes: ['b'] }]);
    expect(subject.finish('a', ok(false))).to.deep.equal([{ kind: 'cancel', instance: 'b', node: 'b' }]);
    expect(subject.end?.state).to.equal('success');
    expect(subject.release('b')).to.deep.equal([]);
  });

  it('runs the teardown after a map whose items a failing run has passed by', () => {
    const item: Body = { nodes: { 'm.x': task() } };
    const subject = planner(
      {
        m: { kind: 'map', after: [], over: [1, 2], maxConcurrency: 1, body: item },
        down: task(['m'], { teardown: { setups: [] }, rule: 'all_done_setup_success' }),
        other: task(['m'], { rule: 'all_done' }),
      },
      { failFast: true },
    );
    expect(names(subject.start())).to.deep.equal(['m[0].x']);
    expect(names(subject.finish('m[0].x', failed))).to.deep.equal(['down']);
    subject.finish('down', ok());
    expect(subject.end?.state).to.equal('failed');
    expect(subject.root.states).to.deep.equal(['failed', 'success', 'skipped']);
  });

  it('refuses an end that it did not wait for', () => {
    const subject = planner({ a: task() });
    subject.start();
    subject.finish('a', ok());
    expect(() => subject.finish('a', ok())).to.throw("task instance 'a' is not running");
    expect(() => subject.finish('b', ok())).to.throw("task instance 'b' is not running");
  });
});
