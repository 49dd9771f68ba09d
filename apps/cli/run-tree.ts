/** The task instances of a run as the tree that their DAG is: what is inside a branch, a group or a map is under it. */
import { nodeOf } from '../../core/dag/wire.js';
import type { CompositeState, DagRunState, TaskInstanceState } from '../../core/dag/run-state.js';
import { inOrder } from './graph/picture.js';

export interface TaskBranch {
  readonly instance: string;
  /** without what is around it */
  readonly label: string;
  readonly task: TaskInstanceState;
  readonly undo?: TaskInstanceState;
}
export interface CompositeBranch {
  readonly instance: string;
  readonly label: string;
  readonly composite: CompositeState;
  /** arms of a branch, tries of a group, items of a map */
  readonly scopes: readonly RunScope[];
}
export type RunBranch = TaskBranch | CompositeBranch;

export interface RunScope {
  /** `promote`, `try 2`, `[3]`; empty where there is only one */
  readonly name: string;
  readonly branches: readonly RunBranch[];
}

export const isTask = (branch: RunBranch): branch is TaskBranch => 'task' in branch;

/** Where an instance is: in which scope of which composite, under what name. */
interface Place {
  readonly owner: string;
  readonly scope: string;
  readonly label: string;
}

const TOP = '';

const placeIn = (owner: string, kind: string, rest: string): Place => {
  const item = /^\[(\d+)\]\.(.*)$/s.exec(rest);
  if (item) return { owner, scope: `[${item[1]}]`, label: item[2]! };
  const again = /^#(\d+)\/(.*)$/s.exec(rest);
  if (again) return { owner, scope: `try ${again[1]}`, label: again[2]! };
  if (kind !== 'branch') return { owner, scope: kind === 'group' ? 'try 1' : '', label: rest.slice(1) };
  const dot = rest.lastIndexOf('.');
  return { owner, scope: rest.slice(1, dot), label: rest.slice(dot + 1) };
};

/** The innermost composite around an instance: names are cut from the right, so it costs the length of the name. */
const placeOf = (instance: string, composites: DagRunState['composites']): Place => {
  for (let end = instance.length - 1; end > 0; end--) {
    if (!'.[#'.includes(instance[end]!)) continue;
    const owner = instance.slice(0, end);
    if (Object.hasOwn(composites, owner)) return placeIn(owner, composites[owner]!.kind, instance.slice(end));
  }
  return { owner: TOP, scope: '', label: instance };
};

export const runTree = ({ tasks, composites, edges }: DagRunState): RunBranch[] => {
  const after = new Map<string, string[]>();
  for (const [from, to] of edges) {
    const known = after.get(to);
    if (known) known.push(from);
    else after.set(to, [from]);
  }
  /** by composite, then by scope: labels of what is in it, by instance */
  const inside = new Map<string, Map<string, Map<string, string>>>();
  const placed = new Set<string>();
  const put = (instance: string): void => {
    if (placed.has(instance)) return;
    placed.add(instance);
    const { owner, scope, label } = placeOf(instance, composites);
    if (owner !== TOP) put(owner);
    const scopes = inside.get(owner) ?? new Map<string, Map<string, string>>();
    inside.set(owner, scopes);
    scopes.set(scope, (scopes.get(scope) ?? new Map<string, string>()).set(instance, label));
  };
  const undoOf = (instance: string): string => `${instance}.undo`;
  const isUndo = (instance: string): boolean => instance.endsWith('.undo') && Object.hasOwn(tasks, instance.slice(0, -'.undo'.length));
  Object.keys(tasks)
    .filter((instance) => !isUndo(instance))
    .forEach(put);
  Object.keys(composites).forEach(put);

  const branchesOf = (members: ReadonlyMap<string, string>): RunBranch[] => {
    const byNode = new Map([...members.keys()].map((instance) => [nodeOf(instance), instance]));
    return inOrder([...byNode.keys()], (node) => after.get(node) ?? []).map((node): RunBranch => {
      const instance = byNode.get(node)!;
      const label = members.get(instance)!;
      const composite = composites[instance];
      if (composite) return { instance, label, composite, scopes: scopesOf(instance) };
      const undo = tasks[undoOf(instance)];
      return { instance, label, task: tasks[instance]!, ...(undo ? { undo } : {}) };
    });
  };
  const scopesOf = (owner: string): RunScope[] =>
    [...(inside.get(owner) ?? [])].map(([name, members]) => ({ name, branches: branchesOf(members) }));

  return scopesOf(TOP).flatMap(({ branches }) => branches);
};

/** Every task under a branch. */
export const tasksUnder = (branch: RunBranch): TaskBranch[] =>
  isTask(branch) ? [branch] : branch.scopes.flatMap(({ branches }) => branches.flatMap(tasksUnder));
