/** The rules once more, written as the table in the documentation says them, asked of random DAGs that end in random orders. */
import { expect } from 'chai';
import fc from 'fast-check';
import type { NodeEnd } from '../../../core/dag/actions.js';
import { Planner } from '../../../core/dag/planner.js';
import { TRIGGER_RULES, type TriggerRule } from '../../../core/dag/rules.js';
import type { Body, NodeSpec } from '../../../core/dag/spec.js';
import { validate } from '../../../core/dag/validate.js';
import { RUN } from './support.js';

interface Drawn {
  readonly rule: TriggerRule;
  readonly end: 'success' | 'failed' | 'skipped';
  /** upstreams, as shares of the nodes before this one */
  readonly upstreams: readonly number[];
  readonly kind: 'task' | 'branch' | 'group';
}

const drawn: fc.Arbitrary<Drawn> = fc.record({
  rule: fc.constantFrom(...TRIGGER_RULES),
  end: fc.constantFrom('success', 'success', 'failed', 'skipped'),
  upstreams: fc.array(fc.double({ min: 0, max: 0.999, noNaN: true }), { maxLength: 4 }),
  kind: fc.constantFrom('task', 'task', 'task', 'branch', 'group'),
});

const bodyOf = (nodes: readonly Drawn[], prefix: string, inner: readonly Drawn[]): Body => {
  const entries = nodes.map(({ rule, upstreams, kind }, i): [string, NodeSpec] => {
    const id = `${prefix}n${i}`;
    const after = i === 0 ? [] : [...new Set(upstreams.map((share) => `${prefix}n${Math.floor(share * i)}`))];
    const base = { after, rule };
    if (kind === 'branch' && prefix === '')
      return [id, { ...base, kind, on: 'x', arms: { default: bodyOf(inner, `${id}.default.`, []), y: { nodes: {} } } }];
    if (kind === 'group' && prefix === '') return [id, { ...base, kind, retries: 1, body: bodyOf(inner, `${id}.`, []) }];
    return [id, { ...base, kind: 'task', type: 't', input: null }];
  });
  return { nodes: Object.fromEntries(entries) };
};

/** Could the rule have let it start, given how its upstreams ended (undefined: not yet)? */
const allows = (rule: TriggerRule, ends: readonly (string | undefined)[]): boolean => {
  const count = (...states: string[]): number => ends.filter((end) => end !== undefined && states.includes(end)).length;
  const done = ends.filter((end) => end !== undefined).length;
  const all = done === ends.length;
  if (ends.length === 0 || rule === 'always') return true;
  switch (rule) {
    case 'all_success':
      return count('success') === ends.length;
    case 'all_failed':
      return count('failed', 'upstream_failed') === ends.length;
    case 'all_done':
    case 'all_done_setup_success':
      return all;
    case 'all_done_min_one_success':
      return all && count('success') > 0 && count('skipped') === 0;
    case 'one_success':
      return count('success') > 0;
    case 'one_failed':
      return count('failed', 'upstream_failed') > 0;
    case 'one_done':
      return count('success', 'failed') > 0;
    case 'none_failed':
      return all && count('failed', 'upstream_failed') === 0;
    case 'none_failed_min_one_success':
      return all && count('failed', 'upstream_failed') === 0 && count('success') > 0;
    case 'none_skipped':
      return all && count('skipped') === 0;
    case 'all_skipped':
      return count('skipped') === ends.length;
  }
};

describe('the planner, on random DAGs', () => {
  it('ends every run, and starts no task before its rule allows it', () => {
    fc.assert(
      fc.property(
        fc.array(drawn, { maxLength: 12 }),
        fc.array(drawn, { maxLength: 4 }),
        fc.infiniteStream(fc.nat()),
        (outer, inner, picks) => {
          const body = bodyOf(outer, '', inner);
          const spec = { id: 'random', version: 1, ...body } as const;
          validate(spec);
          const planner = new Planner(spec, { params: {}, run: RUN });
          const endOf = (instance: string): NodeEnd => {
            const top = /^n(\d+)$/.exec(instance);
            const { end } = (top ? outer[Number(top[1])] : inner[Number(/n(\d+)$/.exec(instance)![1])])!;
            return end === 'success' ? { state: 'success', output: null } : { state: end };
          };
          const started = new Set<string>();
          const check = (instance: string): void => {
            expect(started.has(instance), `${instance} started twice`).to.equal(false);
            started.add(instance);
            const node = body.nodes[instance];
            if (!node) return;
            const { plan, states } = planner.root;
            const ends = node.after
              .map((id) => states[plan.byId.get(id)!]!)
              .map((s) => (s === 'scheduled' || s === 'running' ? undefined : s));
            expect(allows(node.rule ?? 'all_success', ends), `${instance} (${node.rule}) after ${ends.join()}`).to.equal(true);
          };
          const running = planner.start().map(({ instance }) => instance);
          running.forEach(check);
          for (const pick of picks) {
            if (running.length === 0) break;
            const [instance] = running.splice(pick % running.length, 1);
            const next = planner.finish(instance!, endOf(instance!)).map((action) => action.instance);
            next.forEach(check);
            running.push(...next);
          }
          expect(planner.end?.state).to.be.oneOf(['success', 'failed']);
          expect(planner.root.states).to.not.include.members(['running']);
          expect(planner.root.states.every((state) => state !== 'scheduled' && state !== 'running')).to.equal(true);
        },
      ),
      { numRuns: 500 },
    );
  });
});
