/** A scope as JSON, so that a run can go on in another execution. Counts are not kept: they follow from the states. */
import type { Json } from '../json.js';
import { isLeaf, type BodyPlan, type NodePlan } from './plan.js';
import { Scope, type EndState, type ItemEnd, type MapRun, type NodeState, type Variables } from './scope.js';

const LETTERS: Readonly<Record<NodeState, string>> = {
  scheduled: '.',
  deferred: 'd',
  running: 'r',
  success: 's',
  failed: 'f',
  skipped: 'k',
  upstream_failed: 'u',
};
const STATES = new Map(Object.entries(LETTERS).map(([state, letter]) => [letter, state as NodeState]));
const ENDED: ReadonlySet<NodeState> = new Set<NodeState>(['success', 'failed', 'skipped', 'upstream_failed']);

interface SavedMap {
  readonly items: readonly Json[];
  readonly next: number;
  readonly shard: number;
  /** by item: its end in a letter */
  readonly ends: string;
  readonly outputs: readonly (Json | null)[];
}

export interface SavedScope {
  readonly key: string;
  readonly states: string;
  readonly variables: Variables;
  readonly attempt?: number;
  readonly item?: number;
  /** of composites; those of leaves are kept by whoever ran them */
  readonly outputs?: readonly (readonly [number, Json])[];
  readonly arms?: readonly (readonly [number, string])[];
  readonly maps?: readonly (readonly [number, SavedMap])[];
  readonly inner?: readonly (readonly [number, readonly SavedScope[]])[];
}

const saveMap = ({ items, next, shard, ends }: MapRun): SavedMap => ({
  items,
  next,
  shard,
  ends: ends.map((end) => (end ? LETTERS[end.state] : '.')).join(''),
  outputs: ends.map((end) => end?.output ?? null),
});

const loadMap = ({ items, next, shard, ends, outputs }: SavedMap): MapRun => {
  const loaded = [...ends].map((letter, i): ItemEnd | undefined =>
    letter === '.' ? undefined : { state: STATES.get(letter) as ItemEnd['state'], output: outputs[i] },
  );
  const open = loaded.filter((end) => end === undefined).length;
  const begun = loaded.slice(0, next).filter((end) => end === undefined).length;
  return { items, next, shard, ends: loaded, open, busy: shard > 0 ? Math.ceil(begun / shard) : begun };
};

export const saveScope = (scope: Scope): SavedScope => {
  const { nodes } = scope.plan;
  const outputs = nodes.flatMap((node): (readonly [number, Json])[] => {
    const output = scope.outputs[node.index];
    return output === undefined || isLeaf(node) ? [] : [[node.index, output]];
  });
  const inner = [...scope.inner].map(([index, scopes]) => [index, scopes.map(saveScope)] as const);
  return {
    key: scope.key,
    states: scope.states.map((state) => LETTERS[state]).join(''),
    variables: scope.variables,
    ...(scope.attempt === 1 ? {} : { attempt: scope.attempt }),
    ...(scope.item === undefined ? {} : { item: scope.item }),
    ...(outputs.length > 0 ? { outputs } : {}),
    ...(scope.arms.size > 0 ? { arms: [...scope.arms] } : {}),
    ...(scope.maps.size > 0 ? { maps: [...scope.maps].map(([index, map]) => [index, saveMap(map)] as const) } : {}),
    ...(inner.length > 0 ? { inner } : {}),
  };
};

const bodyOf = (node: NodePlan, scope: Scope): BodyPlan => {
  if (node.kind === 'branch') return node.arms.get(scope.arms.get(node.index)!)!;
  if (node.kind === 'group' || node.kind === 'map') return node.body;
  throw new Error(`'${node.id}' has no body`);
};

/** As if each end had been told one by one. */
const count = (scope: Scope): void => {
  for (const node of scope.plan.nodes) {
    const map = scope.maps.get(node.index);
    if (map)
      for (const downstream of node.downstreams) {
        scope.counts.grow(downstream, map.items.length - 1);
        for (const end of map.ends) if (end) scope.counts.add(downstream, end.state, false);
      }
    const state = scope.states[node.index]!;
    if (!ENDED.has(state)) continue;
    scope.open--;
    if (!map) for (const downstream of node.downstreams) scope.counts.add(downstream, state as EndState, node.isSetup);
    for (const index of node.gateOf) scope.counts.addGate(index, state as EndState);
  }
};

export const loadScope = (saved: SavedScope, plan: BodyPlan, parent?: { readonly scope: Scope; readonly node: NodePlan }): Scope => {
  const { key, variables, attempt, item } = saved;
  const place = { key, variables, ...(parent ? { parent } : {}) };
  const scope = new Scope(plan, { ...place, ...(attempt === undefined ? {} : { attempt }), ...(item === undefined ? {} : { item }) });
  [...saved.states].forEach((letter, index) => (scope.states[index] = STATES.get(letter)!));
  for (const [index, output] of saved.outputs ?? []) scope.outputs[index] = output;
  for (const [index, arm] of saved.arms ?? []) scope.arms.set(index, arm);
  for (const [index, map] of saved.maps ?? []) scope.maps.set(index, loadMap(map));
  for (const [index, scopes] of saved.inner ?? []) {
    const node = plan.nodes[index]!;
    scope.inner.set(
      index,
      scopes.map((inner) => loadScope(inner, bodyOf(node, scope), { scope, node })),
    );
  }
  count(scope);
  return scope;
};
