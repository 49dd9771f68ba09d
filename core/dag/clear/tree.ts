/** What a run has done, laid out by the bodies of a spec: that of then or that of now. */
import { isLeaf, planBody, type BodyPlan, type CompositePlan, type LeafPlan, type NodePlan } from '../plan.js';
import type { DagRunState, TaskInstanceState } from '../run-state.js';
import type { DagSpec } from '../spec.js';

/** A body as it was run last: an item, an arm, the last attempt of a group. What was never entered is there too, without instances. */
export interface RunBody {
  readonly plan: BodyPlan;
  /** what the ids of its instances began with: `etl#2/` */
  readonly key: string;
  /** … and begin with when every group around it has its first attempt: `etl.` */
  readonly firstKey: string;
  readonly owner?: Place<CompositePlan>;
  /** by index of the composite node */
  readonly inner: ReadonlyMap<number, readonly RunBody[]>;
}

/** A node in a body of the run. */
export interface Place<N extends NodePlan = NodePlan> {
  readonly body: RunBody;
  readonly node: N;
}

export type Ran = Pick<DagRunState, 'tasks' | 'composites'>;

export const instanceOf = ({ body, node }: Place): string => body.key + node.local;
export const firstInstanceOf = ({ body, node }: Place): string => body.firstKey + node.local;

/** `etl#2/load` is `etl.load` of another attempt. */
export const firstAttemptOf = (instance: string): string => instance.replace(/#\d+\//g, '.');

/** Last attempts of groups that were tried again, by instance of the group. */
const attemptsIn = ({ tasks, composites }: Ran): ReadonlyMap<string, number> => {
  const attempts = new Map<string, number>();
  for (const instance of [...Object.keys(tasks), ...Object.keys(composites)])
    for (const { 1: attempt, index } of instance.matchAll(/#(\d+)\//g)) {
      const group = instance.slice(0, index);
      attempts.set(group, Math.max(attempts.get(group) ?? 1, Number(attempt)));
    }
  return attempts;
};

export const layOut = (spec: DagSpec, ran: Ran): RunBody => {
  const attempts = attemptsIn(ran);

  const bodyOf = (plan: BodyPlan, key: string, firstKey: string, owner?: Place<CompositePlan>): RunBody => {
    const inner = new Map<number, RunBody[]>();
    const body: RunBody = { plan, key, firstKey, inner, ...(owner ? { owner } : {}) };
    for (const node of plan.nodes) if (!isLeaf(node)) inner.set(node.index, innerOf({ body, node }));
    return body;
  };

  const innerOf = (place: Place<CompositePlan>): RunBody[] => {
    const { node } = place;
    const [instance, first] = [instanceOf(place), firstInstanceOf(place)];
    switch (node.kind) {
      case 'branch':
        return [...node.arms].map(([arm, plan]) => bodyOf(plan, `${instance}.${arm}.`, `${first}.${arm}.`, place));
      case 'group': {
        const attempt = attempts.get(instance) ?? 1;
        return [bodyOf(node.body, attempt === 1 ? `${instance}.` : `${instance}#${attempt}/`, `${first}.`, place)];
      }
      case 'map': {
        const total = ran.composites[instance]?.items?.total ?? 0;
        if (total === 0) return [bodyOf(node.body, `${instance}.`, `${first}.`, place)];
        return Array.from({ length: total }, (_, i) => bodyOf(node.body, `${instance}[${i}].`, `${first}[${i}].`, place));
      }
    }
  };

  return bodyOf(planBody(spec), '', '');
};

/** Every node of the run, upstream first; a composite comes before what is in it. */
export function* placesIn(body: RunBody): Generator<Place> {
  for (const index of body.plan.order) {
    const node = body.plan.nodes[index]!;
    yield { body, node };
    for (const inner of body.inner.get(index) ?? []) yield* placesIn(inner);
  }
}

export const isLeafPlace = (place: Place): place is Place<LeafPlan> => isLeaf(place.node);

const typeOf = (node: LeafPlan): string => (node.kind === 'task' || node.kind === 'workflow' ? node.spec.type : node.kind);

/** What the run says of a leaf; undefined if it knows none of this name, or another task went by it. */
export const taskAt = (ran: Ran, place: Place<LeafPlan>): TaskInstanceState | undefined => {
  const instance = instanceOf(place);
  const task = Object.hasOwn(ran.tasks, instance) ? ran.tasks[instance] : undefined;
  return task?.task === typeOf(place.node) ? task : undefined;
};

/** Everything that can be reached from a node within its body. */
export const reach = ({ plan }: RunBody, start: NodePlan, way: 'upstreams' | 'downstreams'): NodePlan[] => {
  const found = new Set<number>();
  const waiting = [...start[way]];
  for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
    if (found.has(at)) continue;
    found.add(at);
    waiting.push(...plan.nodes[at]![way]);
  }
  return [...found].map((index) => plan.nodes[index]!);
};
