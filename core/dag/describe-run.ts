/** Every task instance and composite of a run, those included that were never started. */
import { durationMs } from '../duration.js';
import type { BodyPlan, LeafPlan, NodePlan } from './plan.js';
import { isLeaf } from './plan.js';
import { bodiesIn } from './mapping.js';
import type { Planner } from './planner.js';
import type { CompositeState, RunError, TaskInstanceState, TaskState } from './run-state.js';
import type { TaskRecord } from './run.js';
import type { MapRun, Scope } from './scope.js';
import type { Body } from './spec.js';
import { wakesAt } from './wakes-at.js';

interface View {
  readonly outputs: boolean;
  /** what has not started never will */
  readonly isOver: boolean;
}

const iso = (ms: number): string => new Date(ms).toISOString();

const KINDS = { sleep: 'sleep', approve: 'approval', workflow: 'workflow' } as const;
const kindOf = (node: LeafPlan): TaskInstanceState['kind'] => {
  if (node.kind !== 'task') return KINDS[node.kind];
  return node.spec.poll ? 'sensor' : undefined;
};
const typeOf = (node: LeafPlan): string => (node.kind === 'task' || node.kind === 'workflow' ? node.spec.type : node.kind);

const describeTask = (
  task: string,
  state: TaskState,
  record: TaskRecord | undefined,
  outputs: boolean,
  error?: RunError,
): TaskInstanceState => {
  if (!record) return { task, state, tries: 0 };
  const { startMs, endMs, outcome, from, request } = record;
  const failure = error ?? (outcome?.state === 'failed' ? outcome.error : undefined);
  const taken = from ?? (outcome?.state === 'success' ? outcome.cached : undefined);
  return {
    task,
    state,
    start: iso(startMs),
    ...(endMs === undefined ? {} : { end: iso(endMs) }),
    tries: outcome?.tries ?? 1,
    ...(outcome?.state === 'skipped' && outcome.reason !== '' ? { summary: outcome.reason } : {}),
    ...(failure ? { error: failure } : {}),
    ...(outputs && outcome?.state === 'success' && !error ? { output: outcome.output } : {}),
    ...(taken === undefined ? {} : { from: taken }),
    ...(request === undefined || outcome ? {} : { request }),
  };
};

const itemsOf = ({ items, ends }: MapRun): NonNullable<CompositeState['items']> => {
  const counts = { total: items.length, success: 0, failed: 0, skipped: 0 };
  for (const end of ends) if (end) counts[end.state]++;
  return counts;
};

/** What is known of a sleep or an approval while it waits. */
const describeWait = (node: LeafPlan, scope: Scope, { startMs }: TaskRecord): Pick<TaskInstanceState, 'form' | 'until'> => {
  const until = (ms: number | undefined) => (ms === undefined ? {} : { until: iso(ms) });
  if (node.kind === 'sleep') return until(wakesAt(node.how(scope.lookup) ?? null, startMs));
  if (node.kind !== 'approve') return {};
  const { within, input } = node.spec;
  return { ...(input === undefined ? {} : { form: input }), ...until(within === undefined ? undefined : startMs + durationMs(within)) };
};

/** State of what is in a body that was never entered. */
const stateInside = (composite: TaskState): TaskState =>
  composite === 'scheduled' || composite === 'upstream_failed' ? composite : 'skipped';

export const describeRun = (
  planner: Planner,
  records: ReadonlyMap<string, TaskRecord>,
  shards: ReadonlyMap<string, readonly string[]>,
  { outputs, isOver }: View,
): { tasks: Record<string, TaskInstanceState>; composites: Record<string, CompositeState> } => {
  const tasks: Record<string, TaskInstanceState> = {};
  const composites: Record<string, CompositeState> = {};

  const stateOf = (node: NodePlan, scope: Scope | undefined, entered: TaskState): TaskState => {
    const state = scope?.states[node.index] ?? entered;
    if (isOver) return state === 'scheduled' || state === 'deferred' ? 'skipped' : state === 'running' ? 'failed' : state;
    const waits = node.kind === 'sleep' || node.kind === 'approve' || (node.kind === 'task' && node.spec.poll !== undefined);
    return state === 'running' && waits ? 'deferred' : state;
  };

  const describeLeaf = (node: LeafPlan, scope: Scope | undefined, instance: string, state: TaskState): void => {
    const kind = kindOf(node);
    const described = describeTask(typeOf(node), state, records.get(instance), outputs, planner.errors.get(instance));
    const record = records.get(instance);
    const wait = scope && record && state === 'deferred' ? describeWait(node, scope, record) : {};
    tasks[instance] = kind === undefined ? described : { ...described, kind, ...wait };
    const undo = records.get(`${instance}.undo`);
    if (undo) tasks[`${instance}.undo`] = describeTask(undo.task, undo.outcome?.state ?? 'running', undo, outputs);
  };

  const describeBody = (plan: BodyPlan, scope: Scope | undefined, key: string, entered: TaskState): void => {
    for (const node of plan.nodes) {
      const instance = key + node.local;
      const state = stateOf(node, scope, entered);
      if (isLeaf(node)) {
        describeLeaf(node, scope, instance, state);
        continue;
      }
      const inner = scope?.inner.get(node.index) ?? [];
      const arm = scope?.arms.get(node.index);
      const map = scope?.maps.get(node.index);
      const error = planner.errors.get(instance);
      const elsewhere = shards.get(instance);
      composites[instance] = {
        kind: node.kind,
        state,
        ...(error ? { error } : {}),
        ...(arm === undefined ? {} : { arm }),
        ...(map ? { items: itemsOf(map) } : {}),
        ...(elsewhere ? { shards: elsewhere } : {}),
      };
      if (node.kind === 'branch')
        for (const [name, body] of node.arms)
          describeBody(body, name === arm ? inner[0] : undefined, `${instance}.${name}.`, stateInside(state));
      else {
        for (const each of inner) describeBody(node.body, each, each.key, state);
        if (inner.length === 0 && !elsewhere) describeBody(node.body, undefined, `${instance}.`, stateInside(state));
      }
    }
  };

  describeBody(planner.root.plan, planner.root, planner.root.key, 'scheduled');
  // of what a shard did: its own state ends before the run does
  for (const [instance, undo] of records)
    if (instance.endsWith('.undo') && !Object.hasOwn(tasks, instance))
      tasks[instance] = describeTask(undo.task, undo.outcome?.state ?? 'running', undo, outputs);
  return { tasks, composites };
};

export const edgesOf = (body: Body): (readonly [string, string])[] =>
  Object.entries(body.nodes).flatMap(([id, node]) => [
    ...node.after.map((upstream) => [upstream, id] as const),
    ...bodiesIn(node).flatMap(edgesOf),
  ]);
