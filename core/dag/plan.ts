/** A body of a spec, prepared once for the planner: numbers instead of names. */
import { assertNever } from '../assert-never.js';
import { compile, visitRefs, type Lookup } from './expression.js';
import type { Json } from '../json.js';
import type { TriggerRule } from './rules.js';
import type { Body, BranchNode, GroupNode, NodeSpec, TaskNode } from './spec.js';

type Filler = (lookup: Lookup) => Json | undefined;

interface NodePlanBase {
  readonly id: string;
  /** the id without the body's prefix */
  readonly local: string;
  readonly index: number;
  readonly rule: TriggerRule;
  readonly mayFail: boolean;
  readonly isSetup: boolean;
  readonly upstreams: readonly number[];
  readonly downstreams: number[];
  /** how many of the upstreams are setup tasks */
  readonly setups: number;
}
export interface TaskPlan extends NodePlanBase {
  readonly kind: 'task';
  readonly spec: TaskNode;
  readonly input: Filler;
  readonly undoInput: Filler | undefined;
  /** the undo reads the task's output and cannot do without it */
  readonly undoNeedsOutput: boolean;
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
export type NodePlan = TaskPlan | BranchPlan | GroupPlan;

export interface BodyPlan {
  /** in the order of the spec; `index` counts here */
  readonly nodes: readonly NodePlan[];
  /** upstream first */
  readonly order: readonly number[];
  readonly byId: ReadonlyMap<string, number>;
  readonly output: Filler;
}

const refersTo = (spec: TaskNode, id: string): boolean => {
  let needed = false;
  if (spec.undo) visitRefs(spec.undo.input, (name, soft) => (needed ||= name === id && !soft));
  return needed;
};

const planNode = (spec: NodeSpec, base: NodePlanBase): NodePlan => {
  const { id } = base;
  switch (spec.kind) {
    case 'task':
      return {
        ...base,
        kind: 'task',
        spec,
        input: compile(spec.input),
        undoInput: spec.undo && compile(spec.undo.input),
        undoNeedsOutput: refersTo(spec, id),
      };
    case 'branch': {
      const arms = new Map(Object.entries(spec.arms).map(([arm, body]) => [arm, planBody(body, `${id}.${arm}.`)]));
      return { ...base, kind: 'branch', spec, on: compile(spec.on), arms };
    }
    case 'group':
      return { ...base, kind: 'group', spec, body: planBody(spec.body, `${id}.`) };
    default:
      return assertNever(spec);
  }
};

/** Indices, upstream first. The spec has been validated, so there is no cycle. */
const inOrder = (nodes: readonly NodePlan[]): number[] => {
  const waiting = nodes.map(({ upstreams }) => upstreams.length);
  const order = nodes.filter(({ upstreams }) => upstreams.length === 0).map(({ index }) => index);
  for (let at = 0; at < order.length; at++) for (const next of nodes[order[at]!]!.downstreams) if (--waiting[next]! === 0) order.push(next);
  return order;
};

/** @param prefix of the ids in it: `decide.promote.` */
export const planBody = (body: Body, prefix = ''): BodyPlan => {
  const specs = Object.entries(body.nodes);
  const byId = new Map(specs.map(([id], index) => [id, index]));
  const isSetup = (spec: NodeSpec | undefined): boolean => spec?.kind === 'task' && spec.setup === true;
  const nodes = specs.map(([id, spec], index) =>
    planNode(spec, {
      id,
      local: id.slice(prefix.length),
      index,
      rule: spec.rule ?? 'all_success',
      mayFail: spec.mayFail === true,
      isSetup: isSetup(spec),
      upstreams: spec.after.map((upstream) => byId.get(upstream)!),
      downstreams: [],
      setups: spec.after.filter((upstream) => isSetup(body.nodes[upstream])).length,
    }),
  );
  for (const { upstreams, index } of nodes) for (const upstream of upstreams) nodes[upstream]!.downstreams.push(index);
  return { nodes, order: inOrder(nodes), byId, output: compile(body.output ?? null) };
};
