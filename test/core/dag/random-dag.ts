/** Random DAGs of every kind of node, as specs, and how each of their instances ends. */
import fc from 'fast-check';
import type { TaskOutcome } from '../../../core/dag/run.js';
import { TRIGGER_RULES, type TriggerRule } from '../../../core/dag/rules.js';
import type { Body, DagSpec, NodeSpec, TaskNode } from '../../../core/dag/spec.js';
import { nodeOf } from '../../../core/dag/wire.js';
import type { Json } from '../../../core/json.js';

type LeafEnd = 'success' | 'failed' | 'skipped';

interface Drawn {
  readonly kind: 'task' | 'sleep' | 'approve' | 'workflow' | 'branch' | 'group' | 'map';
  readonly rule: TriggerRule;
  /** upstreams, by their number among the nodes before this one, modulo how many there are */
  readonly upstreams: readonly number[];
  readonly mayFail: boolean;
  /** of its instances, in turn */
  readonly ends: readonly LeafEnd[];
  readonly mark: 'none' | 'setup' | 'teardown' | 'onFailureFailRun' | 'branch' | 'short_circuit' | 'short_circuit_direct';
  readonly dependsOnPast: boolean;
  readonly hasUndo: boolean;
  /** items of a map, retries of a group; which choices a branching makes */
  readonly size: number;
  readonly maxConcurrency: number | undefined;
  readonly inner: readonly Drawn[];
  readonly isQuick: boolean;
}

export interface RandomDag {
  readonly spec: DagSpec;
  /** by the instance's name alone, so the same however the run came there */
  readonly outcomeOf: (instance: string) => TaskOutcome;
}

export interface Options {
  /** only what ends the same in whatever order it runs */
  readonly orderly?: boolean;
  readonly maxNodes?: number;
  readonly past?: boolean;
  readonly failFast?: boolean;
  readonly undo?: boolean;
  /** nothing that waits for a person, for another worker or for long */
  readonly quick?: boolean;
}

/** Rules that decide by the first upstream that ends: with a skipped and a failed one the order counts, in Airflow too. */
const RACING: readonly TriggerRule[] = ['all_success'];

const weighted = <T>(...choices: readonly (readonly [number, T])[]): fc.Arbitrary<T> =>
  fc.oneof(...choices.map(([weight, value]) => ({ weight, arbitrary: fc.constant(value) })));

const drawnNode = (depth: number, options: Options): fc.Arbitrary<Drawn> => {
  const composites = depth > 0 ? 2 : 0;
  const { orderly = false, past = !orderly, undo = false, quick = false } = options;
  const rules = orderly ? TRIGGER_RULES.filter((rule) => !RACING.includes(rule)) : TRIGGER_RULES;
  return fc.record({
    kind: weighted<Drawn['kind']>(
      [9, 'task'],
      [1, 'sleep'],
      [quick ? 0 : 1, 'approve'],
      [quick ? 0 : 1, 'workflow'],
      [composites, 'branch'],
      [composites, 'group'],
      [composites, 'map'],
    ),
    rule: fc.oneof(
      { weight: 1, arbitrary: fc.constant<TriggerRule>(orderly ? 'none_failed' : 'all_success') },
      { weight: 1, arbitrary: fc.constantFrom(...rules) },
    ),
    upstreams: fc.array(fc.nat({ max: 9_999 }), { maxLength: 4 }),
    mayFail: weighted([5, false], [1, true]),
    ends: fc.array(weighted<LeafEnd>([4, 'success'], [1, 'failed'], [1, 'skipped']), { minLength: 1, maxLength: 4 }),
    mark: orderly
      ? fc.constant<Drawn['mark']>('none')
      : weighted<Drawn['mark']>(
          [10, 'none'],
          [4, 'setup'],
          [3, 'teardown'],
          [1, 'onFailureFailRun'],
          [3, 'branch'],
          [1, 'short_circuit'],
          [1, 'short_circuit_direct'],
        ),
    dependsOnPast: past ? weighted([7, false], [1, true]) : fc.constant(false),
    hasUndo: undo ? fc.boolean() : fc.constant(false),
    size: fc.nat({ max: 3 }),
    maxConcurrency: fc.constantFrom(undefined, 1, 2),
    inner: depth > 0 ? fc.array(drawnNode(depth - 1, options), { maxLength: 4 }) : fc.constant([]),
    isQuick: fc.constant(quick),
  });
};

/** Everything that the body made, failed and skipped nodes left out. */
const outputOf = (ids: readonly string[]): Json => Object.fromEntries(ids.map((id, i) => [`o${i}`, { $ref: [id], soft: true }]));

const setupsAmong = (after: readonly string[], nodes: Body['nodes']): string[] =>
  after.filter((id) => {
    const node = nodes[id];
    return node?.kind === 'task' && node.setup === true;
  });

/** Is its output a list? */
const makesList = (node: NodeSpec | undefined): boolean => node?.kind === 'task' && node.branching === undefined;

const taskOf = (
  drawn: Drawn,
  id: string,
  base: { after: string[]; rule: TriggerRule },
  nodes: Body['nodes'],
  isLast: boolean,
): TaskNode => {
  const { mark, hasUndo, dependsOnPast } = drawn;
  const more = {
    ...(hasUndo ? { undo: { type: 't', input: { of: { $ref: [id], soft: true } } } } : {}),
    ...(dependsOnPast ? { dependsOnPast: true as const } : {}),
  };
  const task = { kind: 'task' as const, type: 't', input: { read: base.after.map((upstream) => ({ $ref: [upstream], soft: true })) } };
  switch (mark) {
    case 'setup':
      return { ...task, ...base, ...more, setup: true };
    case 'teardown':
    case 'onFailureFailRun': {
      const teardown = { setups: setupsAmong(base.after, nodes), ...(mark === 'teardown' ? {} : { onFailureFailRun: true as const }) };
      return { ...task, ...base, rule: 'all_done_setup_success', ...more, teardown };
    }
    case 'branch':
    case 'short_circuit':
    case 'short_circuit_direct':
      return { ...task, ...base, ...more, ...(mark === 'branch' && isLast ? {} : { branching: mark }) };
    default:
      return { ...task, ...base, ...more };
  }
};

/** Done by the time that it starts: what such a map goes over does not depend on the order. */
const WAITING: readonly TriggerRule[] = ['none_failed', 'all_done', 'all_success'];

const nodeFrom = (drawn: Drawn, id: string, after: string[], nodes: Body['nodes'], isLast: boolean): NodeSpec => {
  const { kind, rule, mayFail, size, maxConcurrency, inner } = drawn;
  const base = { after, rule, ...(mayFail ? { mayFail: true as const } : {}) };
  switch (kind) {
    case 'task':
      return taskOf(drawn, id, base, nodes, isLast);
    case 'sleep':
      return { kind, ...base, how: drawn.isQuick ? size * 10 : `${size} minutes` };
    case 'approve':
      return { kind, ...base, request: { title: id }, within: '1 hour' };
    case 'workflow':
      return { kind, ...base, type: 'elsewhere', queue: 'q', input: {}, ...(drawn.hasUndo ? { undo: { type: 't', input: {} } } : {}) };
    case 'branch': {
      const arms = { a: bodyFrom(inner.slice(0, 2), `${id}.a.`), default: bodyFrom(inner.slice(2), `${id}.default.`) };
      const [first] = after.filter((upstream) => makesList(nodes[upstream]));
      // the length of a list: sometimes an arm of its own, mostly the default
      return {
        kind,
        ...base,
        on: size % 2 === 0 || first === undefined ? ['a', 'b'][size % 2]! : { $ref: [first, 'length'], soft: true },
        arms,
      };
    }
    case 'group':
      return { kind, ...base, retries: size % 3, body: bodyFrom(inner, `${id}.`) };
    case 'map': {
      const [source] = after.filter((upstream) => makesList(nodes[upstream]));
      const isRead = source !== undefined && WAITING.includes(rule);
      const over: Json = isRead ? { $ref: [source], soft: true } : Array.from({ length: size }, (_, i) => ({ i }));
      return { kind, ...base, over, ...(maxConcurrency === undefined ? {} : { maxConcurrency }), body: bodyFrom(inner, `${id}.`) };
    }
  }
};

const isTeardown = ({ mark }: Drawn): boolean => mark === 'teardown' || mark === 'onFailureFailRun';

const bodyFrom = (drawn: readonly Drawn[], prefix: string): Body => {
  const nodes: Record<string, NodeSpec> = {};
  const isUpstream = new Set(drawn.flatMap(({ upstreams }, i) => (i === 0 ? [] : upstreams.map((number) => number % i))));
  drawn.forEach((one, i) => {
    const drawnAfter = i === 0 ? [] : one.upstreams.map((number) => `${prefix}n${number % i}`);
    // a teardown of nothing is a rare thing
    const setups = one.kind === 'task' && isTeardown(one) ? setupsAmong(Object.keys(nodes), nodes).slice(0, 1) : [];
    const after = [...new Set([...drawnAfter, ...setups])];
    const id = `${prefix}n${i}`;
    nodes[id] = nodeFrom(one, id, after, nodes, !isUpstream.has(i));
  });
  return { nodes, output: outputOf(Object.keys(nodes)) };
};

const numberOf = (text: string): number => [...text].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) % 1_000_003, 7);

/** Drawn nodes and their specs, by id. */
const index = (drawn: readonly Drawn[], body: Body, prefix: string, found: Map<string, { drawn: Drawn; body: Body }>): void =>
  drawn.forEach((one, i) => {
    const id = `${prefix}n${i}`;
    const node = body.nodes[id]!;
    found.set(id, { drawn: one, body });
    if (node.kind === 'branch') {
      index(one.inner.slice(0, 2), node.arms['a']!, `${id}.a.`, found);
      index(one.inner.slice(2), node.arms['default']!, `${id}.default.`, found);
    }
    if (node.kind === 'group' || node.kind === 'map') index(one.inner, node.body, `${id}.`, found);
  });

const choose = ({ drawn: { size }, body }: { drawn: Drawn; body: Body }, id: string): Json => {
  const { branching } = body.nodes[id] as TaskNode;
  if (branching !== 'branch') return size % 2 === 0;
  const direct = Object.entries(body.nodes).flatMap(([other, { after }]) => (after.includes(id) ? [other] : []));
  return direct.filter((_, i) => (size >> i) % 2 === 0);
};

export const randomDag = (options: Options = {}): fc.Arbitrary<RandomDag> => {
  const { maxNodes = 8, failFast = !options.orderly } = options;
  return fc
    .record({
      drawn: fc.array(drawnNode(2, options), { minLength: 1, maxLength: maxNodes }),
      failFast: failFast ? weighted([4, false], [1, true]) : fc.constant(false),
    })
    .map(({ drawn, failFast: fast }) => {
      const body = bodyFrom(drawn, '');
      const found = new Map<string, { drawn: Drawn; body: Body }>();
      index(drawn, body, '', found);
      const outcomeOf = (instance: string): TaskOutcome => {
        const id = nodeOf(instance);
        const at = found.get(id)!;
        const node = at.body.nodes[id]!;
        const { ends } = at.drawn;
        const end = ends[numberOf(instance) % ends.length]!;
        if (node.kind === 'sleep') return { state: 'success', output: null, tries: 1 };
        // a person and another worker's workflow cannot skip
        if (end === 'skipped' && node.kind === 'task') return { state: 'skipped', reason: '', tries: 1 };
        if (end !== 'success') return { state: 'failed', error: { code: 'CHOSEN', message: 'chosen' }, tries: 1 };
        if (node.kind === 'approve') return { state: 'success', output: { decision: 'approved' }, tries: 1 };
        if (node.kind === 'task' && node.branching) return { state: 'success', output: choose(at, id), tries: 1 };
        return { state: 'success', output: Array.from({ length: numberOf(instance) % 4 }, (_, i) => `${instance}:${i}`), tries: 1 };
      };
      const spec: DagSpec = { id: 'random', version: 1, ...body, ...(fast ? { failFast: true as const } : {}) };
      return { spec, outcomeOf, [fc.toStringMethod]: () => `\n${JSON.stringify(spec)}` };
    });
};
