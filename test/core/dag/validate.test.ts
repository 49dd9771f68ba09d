import { expect } from 'chai';
import type { Body, DagSpec, NodeSpec } from '../../../core/dag/spec.js';
import { validate } from '../../../core/dag/validate.js';
import { refusal } from './support.js';

const task = (after: string[] = [], more: object = {}): NodeSpec => ({ kind: 'task', after, type: 't', input: {}, ...more });
const spec = (nodes: Body['nodes'], more: Partial<DagSpec> = {}): DagSpec => ({ id: 'nightly', version: 1, nodes, ...more });

describe('validation of a spec', () => {
  const cases: [what: string, spec: DagSpec, task: string | undefined, message: RegExp][] = [
    [
      'a cycle',
      spec({ a: task(), b: task(['a', 'd']), c: task(['b']), d: task(['c']) }),
      'b',
      /it waits for itself \(cycle: .*b → c → d → b|c → d → b → c|d → b → c → d/,
    ],
    ['a node that waits for itself', spec({ a: task(['a']) }), 'a', /cycle: a → a/],
    ['an upstream that is not there', spec({ a: task(['b']) }), 'a', /it comes after 'b', which is no node of the same body/],
    [
      'a reference to what is not there',
      spec({ a: task([], { input: { $ref: ['b'] } }) }),
      'a',
      /it reads 'b', which is no node that it can see/,
    ],
    [
      'a reference without an edge',
      spec({ a: task(), b: task([], { input: { x: [{ $ref: ['a', 'y'] }] } }) }),
      'b',
      /it reads 'a' without being downstream/,
    ],
    [
      'a reference out of a body whose node does not wait',
      spec({ a: task(), g: { kind: 'group', after: [], retries: 1, body: { nodes: { 'g.b': task([], { input: { $ref: ['a'] } }) } } } }),
      'g',
      /it reads 'a' without being downstream/,
    ],
    [
      'a reference into a body',
      spec({
        g: { kind: 'group', after: [], retries: 1, body: { nodes: { 'g.b': task() } } },
        c: task(['g'], { input: { $ref: ['g.b'] } }),
      }),
      'c',
      /it reads 'g.b', which is no node that it can see/,
    ],
    [
      'the same id in two bodies',
      spec({ a: task(), g: { kind: 'group', after: [], retries: 1, body: { nodes: { a: task() } } } }),
      'a',
      /two nodes are called 'a'/,
    ],
    [
      'a strict read under a tolerant rule',
      spec({ a: task(), b: task(['a'], { rule: 'all_done', input: { $ref: ['a'] } }) }),
      'b',
      /maybe/,
    ],
    [
      'an undo that reads what is not upstream',
      spec({ a: task(), b: task([], { undo: { type: 'u', input: { $ref: ['a'] } } }) }),
      'b',
      /without being downstream/,
    ],
    [
      'a teardown of a setup that is not there',
      spec({ a: task([], { teardown: { setups: ['b'] } }) }),
      'a',
      /it tears down 'b', which is no node/,
    ],
    [
      'a teardown that does not come after its setup',
      spec({ a: task([], { setup: true }), b: task([], { teardown: { setups: ['a'] } }) }),
      'b',
      /it tears down 'a' without being downstream of it/,
    ],
    [
      'a teardown that is sure of one of several setups',
      spec({
        a: task([], { setup: true }),
        b: task([], { setup: true }),
        c: task(['a', 'b'], { teardown: { setups: ['a', 'b'] }, input: { $ref: ['a'] } }),
      }),
      'c',
      /under the rule all_done_setup_success 'a' may have no output/,
    ],
    [
      'the item of a map outside of it',
      spec({ m: { kind: 'map', after: [], over: [1], body: { nodes: {} } }, a: task(['m'], { input: { $ref: ['m.item'] } }) }),
      'a',
      /it reads 'm.item', which is no node that it can see/,
    ],
    [
      'a map that goes over what it does not wait for',
      spec({ a: task(), m: { kind: 'map', after: [], over: { $ref: ['a'] }, body: { nodes: {} } } }),
      'm',
      /it reads 'a' without being downstream/,
    ],
    [
      'an approval that shows what may be missing',
      spec({ a: task(), b: { kind: 'approve', after: ['a'], rule: 'all_done', request: { show: { $ref: ['a'] } } } }),
      'b',
      /maybe/,
    ],
    ['a sleep until a list', spec({ a: { kind: 'sleep', after: [], how: [1] } }), 'a', /\[1\] is neither a duration/],
    ['a child run that nobody would take', spec({ a: { kind: 'workflow', after: [], type: 'W', input: {} } }), 'a', /say the queue/],
    [
      'a callback of a wrong option',
      spec({ a: task([], { callbacks: { failure: [{ type: 'u', input: {}, options: { retries: -1 } }] } }) }),
      'a',
      /retries: -1/,
    ],
    [
      'a cache where nobody would look results up',
      spec({ a: task([], { foreign: true, options: { cache: { ttl: '1 day' } } }) }),
      'a',
      /cache: '.+' is an activity of another worker, where nobody looks results up; call it from a task of yours/,
    ],
    [
      'a cache of an undo elsewhere',
      spec({ a: task([], { undo: { type: 'u', input: {}, foreign: true, options: { cache: { ttl: '1 day' } } } }) }),
      'a',
      /cache: 'u' is an activity of another worker/,
    ],
    ['a kind of another version', spec({ a: { kind: 'quantum', after: [] } as never }), 'a', /'quantum' is no kind of node/],
    ['a result that nobody makes', spec({ a: task() }, { output: { $ref: ['b'] } }), undefined, /it reads 'b'/],
    ['no runs at all', spec({}, { maxActiveRuns: 0 }), undefined, /maxActiveRuns: 0/],
    ['a schedule of no time', spec({}, { schedule: { kind: 'every', every: '0 ms' } }), undefined, /schedule: '0 ms'/],
  ];
  for (const [what, wrong, name, message] of cases)
    it(`refuses ${what}`, () => {
      const error = refusal(() => validate(wrong));
      expect(error.code).to.equal('DAG_INVALID');
      expect(error.message).to.match(message).and.to.contain("DAG 'nightly'");
      expect(error.details['task']).to.equal(name);
    });

  it('accepts tolerant reads, undos that read their own deed, and results of bodies', () => {
    validate(
      spec(
        {
          a: task([], { undo: { type: 'u', input: { x: { $ref: ['a', 'id'] } } } }),
          b: task(['a'], { rule: 'all_done', input: { $ref: ['a'], soft: true } }),
          g: {
            kind: 'group',
            after: ['a'],
            retries: 1,
            body: {
              nodes: { 'g.c': task([], { input: [{ $ref: ['a'] }, { $ref: ['g.attempt'] }, { $ref: ['run', 'id'] }] }) },
              output: { $ref: ['g.c'] },
            },
          },
        },
        { output: { $ref: ['g'] } },
      ),
    );
  });

  it('accepts what Airflow does: teardowns that read their one setup, short circuits at the end, marks without a schedule', () => {
    validate(
      spec({
        a: task([], { setup: true, dependsOnPast: true }),
        b: task(['a'], { branching: 'short_circuit' }),
        c: task(['a', 'b'], { teardown: { setups: ['a'] }, input: { $ref: ['a'] } }),
        d: task(['b'], { teardown: { setups: [] } }),
        m: {
          kind: 'map',
          after: ['a'],
          over: { $cross: [{ $ref: ['a'] }, [1, 2]] },
          body: { nodes: { 'm.n': task([], { input: [{ $ref: ['m.item', '0'] }, { $ref: ['m.index'] }, { $ref: ['a'] }] }) } },
        },
      }),
    );
  });

  it('looks at each edge a bounded number of times, so that ten thousand tasks are no trouble', () => {
    let reads = 0;
    const size = 10_000;
    const counted = (after: string[]): NodeSpec => ({
      kind: 'task',
      type: 't',
      input: {},
      get after() {
        reads++;
        return after;
      },
    });
    // backwards, the worst order for those who look for a ready node again and again
    const nodes = Object.fromEntries(
      Array.from({ length: size }, (_, i) => [`n${size - i}`, counted(i === size - 1 ? [] : [`n${size - i - 1}`])]),
    );
    validate(spec(nodes));
    expect(reads).to.be.at.most(3 * size);
  });
});
