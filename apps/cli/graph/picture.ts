/** What is drawn of a DAG, whatever it is drawn with: its nodes, their edges, and the bodies inside them. */
import type { Body, DagSpec, NodeSpec } from '../../../core/dag/spec.js';
import type { TaskState } from '../../../core/dag/run-state.js';

export type ShapeKind = 'task' | 'sensor' | 'branch' | 'group' | 'map' | 'sleep' | 'approval' | 'run';

/** How it goes in a run. */
export interface Live {
  readonly state: TaskState;
  /** `3 of 40 failed`, `12.1 s` */
  readonly text?: string;
}

export interface Shape {
  /** id of the node in the DAG */
  readonly id: string;
  /** … without that of the body around it */
  readonly label: string;
  readonly kind: ShapeKind;
  /** what is special about it: `setup`, `may fail`, a trigger rule */
  readonly marks: readonly string[];
  /** ids of the same body */
  readonly after: readonly string[];
  readonly doc?: string;
  readonly parts: readonly Part[];
  readonly live?: Live;
}

/** A body inside a shape; of a branch, one for each arm. */
export interface Part {
  /** empty unless it is an arm */
  readonly name: string;
  readonly shapes: readonly Shape[];
}

export interface Picture {
  readonly title: string;
  readonly doc?: string;
  /** upstream first */
  readonly shapes: readonly Shape[];
}

const kindOf = (node: NodeSpec): ShapeKind => {
  if (node.kind === 'task') return node.poll ? 'sensor' : 'task';
  if (node.kind === 'approve') return 'approval';
  return node.kind === 'workflow' ? 'run' : node.kind;
};

const BRANCHING = { branch: 'branches', short_circuit: 'short circuit', short_circuit_direct: 'short circuit of the next' } as const;

const taskMarks = (node: NodeSpec): (string | undefined)[] => {
  if (node.kind === 'workflow') return [`${node.dag ? 'DAG' : 'workflow'} ${node.type}`];
  if (node.kind === 'group') return [node.retries > 0 ? `${node.retries} ${node.retries === 1 ? 'retry' : 'retries'}` : undefined];
  if (node.kind === 'map') return [node.maxConcurrency === undefined ? undefined : `${node.maxConcurrency} at a time`];
  if (node.kind !== 'task') return [];
  const { setup, teardown, branching, poll, foreign, dependsOnPast, undo } = node;
  return [
    setup ? 'setup' : undefined,
    teardown ? `teardown of ${teardown.setups.join(', ')}` : undefined,
    branching && BRANCHING[branching],
    poll && `every ${poll.every}`,
    foreign ? 'foreign' : undefined,
    dependsOnPast ? 'depends on the run before' : undefined,
    undo && `undone by ${undo.type}`,
  ];
};

const marksOf = (node: NodeSpec): string[] =>
  [...taskMarks(node), node.rule, node.mayFail ? 'may fail' : undefined].filter((mark) => mark !== undefined);

const partsOf = (id: string, node: NodeSpec): Part[] => {
  switch (node.kind) {
    case 'branch':
      return Object.entries(node.arms).map(([arm, body]) => ({ name: arm, shapes: shapesOf(body, `${id}.${arm}.`) }));
    case 'group':
    case 'map':
      return [{ name: '', shapes: shapesOf(node.body, `${id}.`) }];
    default:
      return [];
  }
};

/**
 * Upstream first, and what follows from one node stays together: the last one that became ready comes next.
 * @param after ids of its upstreams, by node
 */
export const inOrder = (ids: readonly string[], after: (id: string) => readonly string[]): string[] => {
  const known = new Set(ids);
  const downstream = new Map<string, string[]>(ids.map((id) => [id, []]));
  const waiting = new Map<string, number>();
  for (const id of ids) {
    const upstream = after(id).filter((one) => known.has(one));
    waiting.set(id, upstream.length);
    for (const one of upstream) downstream.get(one)!.push(id);
  }
  const ready = ids.filter((id) => waiting.get(id) === 0).reverse();
  const order: string[] = [];
  for (let id = ready.pop(); id !== undefined; id = ready.pop()) {
    order.push(id);
    for (const next of downstream.get(id)!.toReversed()) {
      waiting.set(next, waiting.get(next)! - 1);
      if (waiting.get(next) === 0) ready.push(next);
    }
  }
  return order;
};

const shapesOf = ({ nodes }: Body, prefix: string): Shape[] =>
  inOrder(Object.keys(nodes), (id) => nodes[id]!.after).map((id) => {
    const node = nodes[id]!;
    return {
      id,
      label: id.slice(prefix.length),
      kind: kindOf(node),
      marks: marksOf(node),
      after: node.after,
      ...(node.doc === undefined ? {} : { doc: node.doc }),
      parts: partsOf(id, node),
    };
  });

export const pictureOf = (spec: DagSpec): Picture => ({
  title: spec.id,
  ...(spec.doc === undefined ? {} : { doc: spec.doc }),
  shapes: shapesOf(spec, ''),
});

/** What a shape is besides a task, and what is special about it. */
export const aboutShape = ({ kind, marks }: Shape): string[] => [...(kind === 'task' ? [] : [kind]), ...marks];

/** Every shape, those inside others included. */
export const allShapes = (shapes: readonly Shape[]): Shape[] =>
  shapes.flatMap((shape) => [shape, ...shape.parts.flatMap((part) => allShapes(part.shapes))]);

/** The state in words: colours alone do not reach everybody. */
export const liveText = ({ live }: Shape): string => (live ? [live.state, live.text].filter(Boolean).join(', ') : '');
