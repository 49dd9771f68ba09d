/** Every task instance and composite of a run, those included that were never started. */
import { assertNever } from '../assert-never.js';
import type { BodyPlan, NodePlan } from './plan.js';
import type { Planner } from './planner.js';
import type { CompositeState, TaskInstanceState, TaskState } from './run-state.js';
import type { TaskRecord } from './run.js';
import type { Scope } from './scope.js';
import type { Body } from './spec.js';

interface View {
  readonly outputs: boolean;
  /** what has not started never will */
  readonly isOver: boolean;
}

const iso = (ms: number): string => new Date(ms).toISOString();

const describeTask = (task: string, state: TaskState, record: TaskRecord | undefined, outputs: boolean): TaskInstanceState => {
  if (!record) return { task, state, tries: 0 };
  const { startMs, endMs, outcome } = record;
  return {
    task,
    state,
    start: iso(startMs),
    ...(endMs === undefined ? {} : { end: iso(endMs) }),
    tries: outcome?.tries ?? 1,
    ...(outcome?.state === 'skipped' && outcome.reason !== '' ? { summary: outcome.reason } : {}),
    ...(outcome?.state === 'failed' ? { error: outcome.error } : {}),
    ...(outputs && outcome?.state === 'success' ? { output: outcome.output } : {}),
  };
};

/** State of what is in a body that was never entered. */
const stateInside = (composite: TaskState): TaskState =>
  composite === 'scheduled' || composite === 'upstream_failed' ? composite : 'skipped';

export const describeRun = (
  planner: Planner,
  records: ReadonlyMap<string, TaskRecord>,
  { outputs, isOver }: View,
): { tasks: Record<string, TaskInstanceState>; composites: Record<string, CompositeState> } => {
  const tasks: Record<string, TaskInstanceState> = {};
  const composites: Record<string, CompositeState> = {};

  const stateOf = (node: NodePlan, scope: Scope | undefined, entered: TaskState): TaskState => {
    const state = scope?.states[node.index] ?? entered;
    if (!isOver) return state;
    return state === 'scheduled' ? 'skipped' : state === 'running' ? 'failed' : state;
  };

  const describeBody = (plan: BodyPlan, scope: Scope | undefined, key: string, entered: TaskState): void => {
    for (const node of plan.nodes) {
      const instance = key + node.local;
      const state = stateOf(node, scope, entered);
      if (node.kind === 'task') {
        tasks[instance] = describeTask(node.spec.type, state, records.get(instance), outputs);
        const undo = records.get(`${instance}.undo`);
        if (undo) tasks[`${instance}.undo`] = describeTask(undo.task, undo.outcome?.state ?? 'running', undo, outputs);
        continue;
      }
      const inner = scope?.inner.get(node.index) ?? [];
      const arm = scope?.arms.get(node.index);
      const error = planner.errors.get(instance);
      composites[instance] = { kind: node.kind, state, ...(error ? { error } : {}), ...(arm === undefined ? {} : { arm }) };
      switch (node.kind) {
        case 'branch':
          for (const [name, body] of node.arms)
            describeBody(body, name === arm ? inner[0] : undefined, `${instance}.${name}.`, stateInside(state));
          break;
        case 'group':
          for (const attempt of inner) describeBody(node.body, attempt, attempt.key, state);
          if (inner.length === 0) describeBody(node.body, undefined, `${instance}.`, stateInside(state));
          break;
        default:
          assertNever(node);
      }
    }
  };

  describeBody(planner.root.plan, planner.root, '', 'scheduled');
  return { tasks, composites };
};

export const edgesOf = (body: Body): (readonly [string, string])[] =>
  Object.entries(body.nodes).flatMap(([id, node]) => {
    const edges = node.after.map((upstream) => [upstream, id] as const);
    const bodies = node.kind === 'branch' ? Object.values(node.arms) : node.kind === 'group' ? [node.body] : [];
    return [...edges, ...bodies.flatMap(edgesOf)];
  });
