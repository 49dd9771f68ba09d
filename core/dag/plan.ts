/** A body of a spec, prepared once for the planner: numbers instead of names. */
import { assertNever } from '../assert-never.js';
import { compile, visitRefs, type Lookup } from './expression.js';
import type { Json } from '../json.js';
import type { TriggerRule } from './rules.js';
import { govern } from './setup-scope.js';
import type { ApproveNode, Body, BranchNode, GroupNode, MapNode, NodeSpec, SleepNode, TaskCall, TaskNode, WorkflowNode } from './spec.js';

type Filler = (lookup: Lookup) => Json | undefined;

interface NodePlanBase {
  readonly id: string;
  /** the id without the body's prefix */
  readonly local: string;
  readonly index: number;
  readonly rule: TriggerRule;
  readonly mayFail: boolean;
  readonly isSetup: boolean;
  readonly isTeardown: boolean;
  readonly upstreams: readonly number[];
  readonly downstreams: number[];
  /** how many of the upstreams are setup tasks */
  readonly setups: number;
  /** setups, not among the upstreams, that must have succeeded; of a teardown: everything between its setups and itself, which must be over */
  readonly gates: readonly number[];
  /** nodes that this one is a gate of */
  readonly gateOf: number[];
}
/** What has an undo. */
interface Undoable {
  readonly undoInput: Filler | undefined;
  /** the undo reads the node's output and cannot do without it */
  readonly undoNeedsOutput: boolean;
}
export interface TaskPlan extends NodePlanBase, Undoable {
  readonly kind: 'task';
  readonly spec: TaskNode;
  readonly input: Filler;
  /** paths in the output that must be lists, because maps go over them */
  readonly mapped: readonly (readonly string[])[];
}
export interface BranchPlan extends NodePlanBase {
  readonly kind: 'branch';
  readonly spec: BranchNode;
  readonly on: Filler;
  readonly arms: ReadonlyMap<string, BodyPlan>;
}
export interface GroupPlan extends NodePlanBase {
  readonly kind: 'group';
  readonly spec: GroupNode;
  readonly body: BodyPlan;
}
export interface MapPlan extends NodePlanBase {
  readonly kind: 'map';
  readonly spec: MapNode;
  readonly over: Filler;
  readonly body: BodyPlan;
}
export interface SleepPlan extends NodePlanBase {
  readonly kind: 'sleep';
  readonly spec: SleepNode;
  readonly how: Filler;
}
export interface ApprovePlan extends NodePlanBase {
  readonly kind: 'approve';
  readonly spec: ApproveNode;
  readonly request: Filler;
}
export interface WorkflowPlan extends NodePlanBase, Undoable {
  readonly kind: 'workflow';
  readonly spec: WorkflowNode;
  readonly input: Filler;
}
/** what starts something outside */
export type LeafPlan = TaskPlan | SleepPlan | ApprovePlan | WorkflowPlan;
/** what has a body */
export type CompositePlan = BranchPlan | GroupPlan | MapPlan;
export type NodePlan = LeafPlan | CompositePlan;

export const isLeaf = (node: NodePlan): node is LeafPlan =>
  node.kind === 'task' || node.kind === 'sleep' || node.kind === 'approve' || node.kind === 'workflow';

export interface BodyPlan {
  /** in the order of the spec; `index` counts here */
  readonly nodes: readonly NodePlan[];
  /** upstream first */
  readonly order: readonly number[];
  readonly byId: ReadonlyMap<string, number>;
  /** 1 for nodes about which a success says nothing until all their upstreams have ended: most, and they are passed by unread */
  readonly needsAll: Uint8Array;
  /** by whose end the body is judged */
  readonly leaves: readonly number[];
  readonly output: Filler;
}

const refersTo = (undo: TaskCall, id: string): boolean => {
  let needed = false;
  visitRefs(undo.input, (name, soft) => (needed ||= name === id && !soft));
  return needed;
};

const undoable = (id: string, undo: TaskCall | undefined): Undoable => ({
  undoInput: undo && compile(undo.input),
  undoNeedsOutput: undo !== undefined && refersTo(undo, id),
});

/** Fields are added to `base`, not copied with it: an object spread of so many is slow to make and slow to read ever after. */
const planNode = (spec: NodeSpec, base: NodePlanBase, mapped: readonly (readonly string[])[]): NodePlan => {
  const { id } = base;
  switch (spec.kind) {
    case 'task':
      return Object.assign(base, { kind: 'task' as const, spec, input: compile(spec.input), mapped }, undoable(id, spec.undo));
    case 'branch': {
      const arms = new Map(Object.entries(spec.arms).map(([arm, body]) => [arm, planBody(body, `${id}.${arm}.`)]));
      return Object.assign(base, { kind: 'branch' as const, spec, on: compile(spec.on), arms });
    }
    case 'group':
      return Object.assign(base, { kind: 'group' as const, spec, body: planBody(spec.body, `${id}.`) });
    case 'map':
      return Object.assign(base, { kind: 'map' as const, spec, over: compile(spec.over), body: planBody(spec.body, `${id}.`) });
    case 'sleep':
      return Object.assign(base, { kind: 'sleep' as const, spec, how: compile(spec.how) });
    case 'approve':
      return Object.assign(base, { kind: 'approve' as const, spec, request: compile(spec.request) });
    case 'workflow':
      return Object.assign(base, { kind: 'workflow' as const, spec, input: compile(spec.input) }, undoable(id, spec.undo));
    default:
      return assertNever(spec);
  }
};

/** Indices, upstream first. The spec has been validated, so there is no cycle. */
const inOrder = (nodes: readonly NodePlanBase[]): number[] => {
  const waiting = nodes.map(({ upstreams }) => upstreams.length);
  const order = nodes.filter(({ upstreams }) => upstreams.length === 0).map(({ index }) => index);
  for (let at = 0; at < order.length; at++) for (const next of nodes[order[at]!]!.downstreams) if (--waiting[next]! === 0) order.push(next);
  return order;
};

/** Airflow's: teardowns do not decide, unless they say so or there is nothing else. */
const leavesOf = (nodes: readonly NodePlan[]): number[] => {
  const decides = (node: NodePlan): boolean => node.kind !== 'task' || !node.spec.teardown || node.spec.teardown.onFailureFailRun === true;
  const leaves = nodes.filter((node) => decides(node) && !node.downstreams.some((downstream) => decides(nodes[downstream]!)));
  return (leaves.length > 0 ? leaves : nodes.filter(({ downstreams }) => downstreams.length === 0)).map(({ index }) => index);
};

/** Which outputs maps of this body go over directly. */
const mappedPaths = (body: Body): ReadonlyMap<string, string[][]> => {
  const paths = new Map<string, string[][]>();
  for (const node of Object.values(body.nodes)) {
    if (node.kind !== 'map') continue;
    const { over } = node;
    const zipped = typeof over === 'object' && over !== null && !Array.isArray(over) ? (over as { readonly [key: string]: Json }) : {};
    const lists = [zipped['$zip'], zipped['$cross']].find(Array.isArray) as readonly Json[] | undefined;
    for (const list of lists ?? [over]) {
      const { $ref: ref } = (typeof list === 'object' && list !== null ? list : {}) as { readonly $ref?: readonly [string, ...string[]] };
      if (!Array.isArray(ref)) continue;
      const [name, ...path] = ref as [string, ...string[]];
      const known = paths.get(name);
      if (known) known.push(path);
      else paths.set(name, [path]);
    }
  }
  return paths;
};

/** @param prefix of the ids in it: `decide.promote.` */
export const planBody = (body: Body, prefix = ''): BodyPlan => {
  const specs = Object.entries(body.nodes);
  const byId = new Map(specs.map(([id], index) => [id, index]));
  const isSetup = (spec: NodeSpec | undefined): boolean => spec?.kind === 'task' && spec.setup === true;
  const mapped = mappedPaths(body);
  const bases = specs.map(([id, spec], index) => {
    const teardown = spec.kind === 'task' ? spec.teardown : undefined;
    return {
      id,
      local: id.slice(prefix.length),
      index,
      rule: spec.rule ?? (teardown ? ('all_done_setup_success' as const) : ('all_success' as const)),
      mayFail: spec.mayFail === true,
      isSetup: isSetup(spec),
      isTeardown: teardown !== undefined,
      upstreams: spec.after.map((upstream) => byId.get(upstream)!),
      downstreams: [] as number[],
      setups: spec.after.filter((upstream) => isSetup(body.nodes[upstream])).length,
      gates: [] as readonly number[],
      gateOf: [] as number[],
    };
  });
  for (const { upstreams, index } of bases) for (const upstream of upstreams) bases[upstream]!.downstreams.push(index);
  const order = inOrder(bases);
  govern(bases, order, (index) => {
    const spec = specs[index]![1];
    return spec.kind === 'task' ? spec.teardown?.setups.map((setup) => byId.get(setup)!) : undefined;
  });
  const nodes = bases.map((base) => planNode(specs[base.index]![1], base, mapped.get(base.id) ?? []));
  const needsAll = Uint8Array.from(nodes, ({ rule, gates }) => Number(rule === 'all_success' && gates.length === 0));
  return { nodes, order, byId, needsAll, leaves: leavesOf(nodes), output: compile(body.output ?? null) };
};
