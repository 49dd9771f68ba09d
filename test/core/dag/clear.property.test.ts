/** Random DAGs, random outcomes, cleared at random places: the run that comes of it is the one that had those outcomes from the start. */
import { expect } from 'chai';
import fc from 'fast-check';
import { planClear, type ClearPlan, type ClearSelection } from '../../../core/dag/clear.js';
import { TRIGGER_RULES, type TriggerRule } from '../../../core/dag/rules.js';
import type { TaskOutcome } from '../../../core/dag/run.js';
import type { DagRunState } from '../../../core/dag/run-state.js';
import type { Body, DagSpec, NodeSpec } from '../../../core/dag/spec.js';
import type { Json } from '../../../core/json.js';
import { failed, ok, play, skipped, specOf, statesOf } from './clear-support.js';

interface Drawn {
  readonly rule: TriggerRule;
  /** upstreams, as shares of the nodes before this one */
  readonly upstreams: readonly number[];
  readonly kind: 'task' | 'branch' | 'group' | 'map';
  readonly mayFail: boolean;
}

/** `all_success` with a failed and a skipped upstream goes by which ended first, so a run need not equal another one: left out. */
const RULES = TRIGGER_RULES.filter((rule) => rule !== 'all_success');

const drawn = fc.record<Drawn>({
  rule: fc.constantFrom(...RULES),
  upstreams: fc.array(fc.double({ min: 0, max: 0.999, noNaN: true }), { maxLength: 3 }),
  kind: fc.constantFrom('task', 'task', 'task', 'branch', 'group', 'map'),
  mayFail: fc.boolean(),
});
const level = fc.array(drawn, { minLength: 1, maxLength: 5 });

/** Bodies in bodies; the innermost has tasks only. */
const bodyOf = ([nodes, ...deeper]: readonly (readonly Drawn[])[], prefix = ''): Body => {
  const entries = (nodes ?? []).map(({ rule, upstreams, kind, mayFail }, i): [string, NodeSpec] => {
    const id = `${prefix}n${i}`;
    const after = i === 0 ? [] : [...new Set(upstreams.map((share) => `${prefix}n${Math.floor(share * i)}`))];
    const base = { after, rule, ...(mayFail ? { mayFail: true as const } : {}) };
    // what a task returns: a number, by which branches go, and maps by a list of that length
    const source = after[0] === undefined ? 1 : { $or: [{ $ref: [after[0], 'n'], soft: true }, 1] };
    const list = after[0] === undefined ? [1, 2] : { $or: [{ $ref: [after[0], 'list'], soft: true }, [1]] };
    if (deeper.length === 0 || kind === 'task') return [id, { ...base, kind: 'task', type: 't', input: null }];
    if (kind === 'group') return [id, { ...base, kind, retries: 1, body: bodyOf(deeper, `${id}.`) }];
    if (kind === 'map') return [id, { ...base, kind, over: list, body: bodyOf(deeper, `${id}.`) }];
    return [id, { ...base, kind, on: source, arms: { default: bodyOf(deeper, `${id}.default.`), 2: bodyOf(deeper, `${id}.2.`) } }];
  });
  return { nodes: Object.fromEntries(entries) };
};
const specs = fc.tuple(level, level, level).map((levels): DagSpec => specOf(bodyOf(levels).nodes));

const outcomes = fc.constantFrom<(n: number) => TaskOutcome>(
  (n) => ok({ n, list: Array.from({ length: n }, (_, i) => i) as Json }),
  (n) => ok({ n, list: [n] }),
  () => failed,
  () => skipped,
);
/** How an instance ends, drawn when it is first asked. */
const oracle = (draws: fc.Stream<[(n: number) => TaskOutcome, number]>): ((instance: string) => TaskOutcome) => {
  const known = new Map<string, TaskOutcome>();
  return (instance) => {
    const [make, n] = draws.next().value as [(n: number) => TaskOutcome, number];
    const outcome = known.get(instance) ?? make(n);
    known.set(instance, outcome);
    return outcome;
  };
};
const worlds = fc.infiniteStream(fc.tuple(outcomes, fc.integer({ min: 1, max: 3 })));

const selections = fc.record({
  picks: fc.array(fc.nat(), { maxLength: 3 }),
  failed: fc.boolean(),
  downstream: fc.boolean(),
  upstream: fc.boolean(),
});

/** The same run without anything taken over: a task that is kept ends as it is said to, at once. */
const fresh = (spec: DagSpec, { seed }: ClearPlan, endOf: (instance: string) => TaskOutcome) =>
  play(spec, (instance) => seed.outcomes[instance] ?? endOf(instance), { id: 'fresh' });

const resultOf = ({ state, tasks, composites, output }: ReturnType<typeof play>['state']): unknown => ({
  state,
  tasks: Object.fromEntries(Object.entries(tasks).map(([instance, { state: end, output: made }]) => [instance, [end, made]])),
  composites,
  output,
});

describe('clearing, on random runs of random DAGs', () => {
  it('gives the run that a fresh one with those outcomes is, and never runs again what is kept', () => {
    fc.assert(
      fc.property(specs, worlds, worlds, selections, (spec, before, after, { picks, ...reach }) => {
        const first = play(spec, oracle(before));
        const instances = Object.keys(first.state.tasks).filter(known(first.state));
        const selection: ClearSelection = { ...reach, tasks: picks.map((pick) => instances[pick % instances.length]!) };
        const plan = planClear(spec, first.state, selection);
        const endOf = oracle(after);
        const second = play(spec, endOf, { id: 'r1~2', seed: plan.seed });

        expect(resultOf(second.state)).to.deep.equal(resultOf(fresh(spec, plan, endOf).state));
        for (const instance of second.ran) expect(plan.seed.outcomes, instance).to.not.have.property(instance);
        for (const { instance } of plan.again) expect(plan.seed.outcomes, instance).to.not.have.property(instance);
      }),
      { numRuns: 300 },
    );
  });

  it('keeps what happened: with nothing cleared, nothing is run and all ends as it did', () => {
    fc.assert(
      fc.property(specs, worlds, (spec, before) => {
        const first = play(spec, oracle(before));
        const plan = planClear(spec, first.state, {});
        const second = play(spec, oracle(before), { id: 'r1~2', seed: plan.seed });
        expect(second.ran).to.deep.equal([]);
        expect(second.state.state).to.equal(first.state.state);
        // the last attempt of a group is the first one of the new run, unless it failed: then it is each of them
        const composites = Object.entries(second.state.composites).filter(([instance]) => !instance.includes('#'));
        for (const [instance, { state }] of composites) expect(lastOf(first.state.composites, instance)?.state, instance).to.equal(state);
        const tasks = Object.entries(statesOf(second.state)).filter(([instance]) => !instance.includes('#'));
        for (const [instance, state] of tasks) expect(lastOf(first.state.tasks, instance)?.state, instance).to.equal(state);
      }),
      { numRuns: 300 },
    );
  });

  it('clears everything downstream, whatever it is in', () => {
    fc.assert(
      fc.property(specs, worlds, fc.nat(), (spec, before, pick) => {
        const { state } = play(spec, oracle(before));
        const instances = Object.keys(state.tasks);
        const target = instances[pick % instances.length]!;
        if (!known(state)(target)) {
          expect(() => planClear(spec, state, { tasks: [target] })).to.throw(`has no task '${target}'`);
          return;
        }
        const { seed } = planClear(spec, state, { tasks: [target] });
        const below = downstreamOf(spec, target);
        for (const kept of Object.keys(seed.outcomes))
          expect(
            below.some((prefix) => kept === prefix || kept.startsWith(`${prefix}.`) || kept.startsWith(`${prefix}[`)),
            kept,
          ).to.equal(false);
      }),
      { numRuns: 300 },
    );
  });
});

/** Is there such an instance in the last attempts of the groups around it? An earlier one may have had more items. */
const known = ({ tasks, composites }: Ran): ((instance: string) => boolean) => {
  const stale = (instance: string): boolean =>
    Object.entries(composites).some(([group, { kind }]) => {
      const attempts = Object.keys(tasks).flatMap((name) =>
        name.startsWith(`${group}#`) ? [Number.parseInt(name.slice(group.length + 1))] : [],
      );
      if (kind !== 'group' || attempts.length === 0) return false;
      return (
        instance.startsWith(`${group}.`) || (instance.startsWith(`${group}#`) && !instance.startsWith(`${group}#${Math.max(...attempts)}/`))
      );
    });
  const first = (instance: string): string => instance.replace(/#\d+\//g, '.');
  const last = new Set(
    Object.keys(tasks)
      .filter((instance) => !stale(instance))
      .map(first),
  );
  // the name of what was never entered is that of its node, and stands for all of its instances
  return (instance) => last.has(first(instance)) || !/[[#]/.test(instance);
};
type Ran = Pick<DagRunState, 'tasks' | 'composites'>;

/** `a.b` as it was in the last attempt of whatever groups are around it. */
const lastOf = <T>(table: Readonly<Record<string, T>>, instance: string): T | undefined => {
  const attempt = (name: string): number[] => [...name.matchAll(/#(\d+)\//g)].map(([, n]) => Number(n));
  const same = Object.keys(table).filter((name) => name.replace(/#\d+\//g, '.') === instance);
  const later = (a: string, b: string): number => {
    // attempts of the outermost group that differ decide
    const [x, y] = [a, b].map((name) => name.split('.').flatMap((part) => (attempt(part).length > 0 ? attempt(part) : [1])));
    for (let i = 0; i < Math.min(x!.length, y!.length); i++) if (x![i] !== y![i]) return x![i]! - y![i]!;
    return 0;
  };
  return table[same.sort(later).at(-1) ?? ''];
};

/** What instances of everything downstream of a task begin with, by edges of the spec alone; of the same item and the bodies around. */
const downstreamOf = (spec: DagSpec, instance: string): string[] => {
  const parts = instance.replace(/#\d+\//g, '.').split('.');
  const found: string[] = [];
  let body: Body | undefined = spec;
  let key = '';
  let id = '';
  for (let i = 0; i < parts.length && body; i++) {
    const local = parts[i]!.replace(/\[\d+\]/, '');
    id = id === '' ? local : `${id}.${local}`;
    const nodes: Body['nodes'] = body.nodes;
    const below = new Set<string>([id]);
    for (const [other, { after }] of Object.entries(nodes)) if (after.some((upstream) => below.has(upstream))) below.add(other);
    below.delete(id);
    for (const other of below) found.push(key + other.split('.').at(-1)!);
    key += `${parts[i]}.`;
    const node: NodeSpec = nodes[id]!;
    if (node.kind === 'branch') {
      const arm = parts[++i]!;
      id += `.${arm}`;
      key += `${arm}.`;
      body = node.arms[arm];
    } else body = node.kind === 'group' || node.kind === 'map' ? node.body : undefined;
  }
  return found;
};
