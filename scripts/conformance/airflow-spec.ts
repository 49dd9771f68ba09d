/** An Airflow Dag of the vectors as a spec of ours. */
import type { Branching, DagSpec, Expression, MapNode, NodeSpec, TaskNode } from '../../core/dag/spec.js';
import type { TriggerRule } from '../../core/dag/rules.js';
import type { Json } from '../../core/json.js';

export type Outcome =
  | 'success'
  | 'fail'
  | 'failNoRetry'
  | 'skip'
  | { readonly failTimes: number; readonly then?: Outcome }
  | { readonly returns: Json }
  | { readonly branch: readonly string[] }
  | { readonly shortCircuit: boolean; readonly ignoreDownstreamTriggerRules?: boolean }
  | { readonly byIndex: readonly Outcome[] }
  | { readonly runs: readonly Outcome[] };

type Ref = { readonly task: string } | { readonly value: Json } | { readonly values: readonly Json[] } | { readonly groupArg: string };

export interface AirflowTask {
  readonly id: string;
  readonly upstream: readonly string[];
  readonly triggerRule?: TriggerRule;
  readonly outcome: Outcome;
  readonly retries?: number;
  readonly setup?: boolean;
  readonly teardown?: { readonly setups: readonly string[]; readonly onFailureFailDagrun?: boolean };
  readonly args?: Readonly<Record<string, Ref>>;
  readonly map?: { readonly expand?: Readonly<Record<string, Ref>>; readonly expandKwargs?: Ref; readonly argNames?: readonly string[] };
  readonly group?: string;
  readonly dependsOnPast?: boolean;
  readonly waitForDownstream?: boolean;
}

export interface AirflowDag {
  readonly tasks: readonly AirflowTask[];
  readonly groups?: readonly { readonly id: string; readonly map?: { readonly expand: Readonly<Record<string, Ref>> } }[];
  readonly failFast?: boolean;
}

/** Of a task that is mapped, the one node in the map's body. */
export const mappedTaskId = (id: string): string => `${id}.each`;

const branchingOf = (outcome: Outcome): Branching | undefined => {
  if (typeof outcome === 'string') return undefined;
  if ('branch' in outcome) return 'branch';
  if ('shortCircuit' in outcome) return outcome.ignoreDownstreamTriggerRules === false ? 'short_circuit_direct' : 'short_circuit';
  const inner =
    'byIndex' in outcome ? outcome.byIndex : 'runs' in outcome ? outcome.runs : 'then' in outcome && outcome.then ? [outcome.then] : [];
  return inner.map(branchingOf).find((found) => found !== undefined);
};

export const specOf = ({ tasks, groups = [], failFast }: AirflowDag): DagSpec => {
  const groupOf = new Map(tasks.flatMap(({ id, group }) => (group === undefined ? [] : [[id, group] as const])));
  const mappedGroups = new Map(groups.flatMap((group) => (group.map ? [[group.id, group.map] as const] : [])));
  /** the node that stands for a task when seen from another body */
  const seenFrom = (id: string, group: string | undefined): string => {
    const its = groupOf.get(id);
    return its !== undefined && its !== group && mappedGroups.has(its) ? its : id;
  };

  const expressionOf = (ref: Ref, group: string | undefined): Expression => {
    if ('value' in ref) return ref.value;
    if ('values' in ref) return ref.values;
    if ('groupArg' in ref) return { $ref: [`${group}.item`] };
    const seen = seenFrom(ref.task, group);
    // of a mapped group: what each item's task returned
    return seen === ref.task ? { $or: [{ $ref: [ref.task], soft: true }, null] } : { $each: ref.task, of: { $ref: [seen], soft: true } };
  };
  const listOf = (refs: readonly Ref[], group: string | undefined): Expression => {
    const lists = refs.map((ref) =>
      'task' in ref && seenFrom(ref.task, group) === ref.task ? { $ref: [ref.task], soft: true } : expressionOf(ref, group),
    );
    return lists.length === 1 ? lists[0]! : { $cross: lists };
  };
  const afterOf = (upstream: readonly string[], group: string | undefined): string[] =>
    [...new Set(upstream.map((id) => seenFrom(id, group)))].filter((id) => group === undefined || groupOf.get(id) === group);

  const inputOf = ({ args = {}, group }: AirflowTask): Record<string, Json> =>
    Object.fromEntries(Object.entries(args).map(([name, ref]) => [name, expressionOf(ref, group)]));

  const taskNode = (task: AirflowTask, after: readonly string[], input: Json): TaskNode => {
    const { id, triggerRule, setup, teardown, outcome, dependsOnPast, waitForDownstream } = task;
    const branching = branchingOf(outcome);
    return {
      kind: 'task',
      after,
      type: id,
      input,
      ...(triggerRule ? { rule: triggerRule } : {}),
      ...(setup ? { setup: true as const } : {}),
      ...(teardown
        ? { teardown: { setups: teardown.setups, ...(teardown.onFailureFailDagrun ? { onFailureFailRun: true as const } : {}) } }
        : {}),
      ...(branching ? { branching } : {}),
      ...(dependsOnPast ? { dependsOnPast: true as const } : {}),
      ...(waitForDownstream ? { waitForDownstream: true as const } : {}),
    };
  };

  const nodeOf = (task: AirflowTask, after: readonly string[]): NodeSpec => {
    const { map, group, triggerRule } = task;
    if (!map) return taskNode(task, after, inputOf(task));
    const item = `${task.id}.item`;
    const names = map.expand ? Object.keys(map.expand) : (map.argNames ?? []);
    const mapped = names.map((name, i): [string, Json] => {
      if (!map.expand) return [name, { $ref: [item, name] }];
      return [name, { $ref: names.length === 1 ? [item] : [item, String(i)] }];
    });
    const input = { ...inputOf(task), ...Object.fromEntries(mapped) };
    const { triggerRule: _, ...each } = task;
    const node: MapNode = {
      kind: 'map',
      after,
      ...(triggerRule ? { rule: triggerRule } : {}),
      over: map.expand ? listOf(Object.values(map.expand), group) : listOf([map.expandKwargs!], group),
      body: { nodes: { [mappedTaskId(task.id)]: taskNode(each, [], input) }, output: { $ref: [mappedTaskId(task.id)] } },
    };
    return node;
  };

  const nodes: Record<string, NodeSpec> = {};
  for (const task of tasks) {
    const { group } = task;
    if (group === undefined || !mappedGroups.has(group)) {
      nodes[task.id] = nodeOf(task, afterOf(task.upstream, undefined));
      continue;
    }
    if (nodes[group]) continue;
    const members = tasks.filter((member) => member.group === group);
    const outside = members.flatMap(({ upstream }) => upstream).filter((id) => groupOf.get(id) !== group);
    const inside = Object.fromEntries(members.map((member) => [member.id, nodeOf(member, afterOf(member.upstream, group))]));
    const output = Object.fromEntries(members.map(({ id }) => [id, { $ref: [id], soft: true }]));
    nodes[group] = {
      kind: 'map',
      after: afterOf(outside, undefined),
      over: listOf(Object.values(mappedGroups.get(group)!.expand), undefined),
      body: { nodes: inside, output },
    };
  }
  return { id: 'conformance', version: 1, nodes, ...(failFast ? { failFast: true } : {}) };
};

/** What stands in an input for "what each item of a mapped group returned", filled. */
export const eachFilled = (input: Json): Json => {
  if (typeof input !== 'object' || input === null) return input;
  if (Array.isArray(input)) return input.map(eachFilled);
  const { $each, of, ...rest } = input as Readonly<Record<string, Json>>;
  if (typeof $each === 'string')
    return ((of ?? []) as readonly Readonly<Record<string, Json>>[]).flatMap((item) => (item[$each] === undefined ? [] : [item[$each]]));
  return Object.fromEntries(Object.entries(rest).map(([name, value]) => [name, eachFilled(value)]));
};
