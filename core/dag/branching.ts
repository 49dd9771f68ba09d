/** What the output of a branching task decides about its downstreams. */
import type { Json } from '../json.js';
import type { BodyPlan, NodePlan, TaskPlan } from './plan.js';

/** Chosen nodes and all that is downstream of them: a branch leaves these alone. */
export const chosen = (plan: BodyPlan, output: Json): { readonly wanted: ReadonlySet<number>; readonly problem?: string } => {
  const named = output === null ? [] : Array.isArray(output) ? (output as readonly Json[]) : [output];
  const wanted = new Set<number>();
  for (const name of named) {
    // the id within the body will do
    const found = typeof name === 'string' ? (plan.byId.get(name) ?? plan.nodes.find(({ local }) => local === name)?.index) : undefined;
    if (found === undefined)
      return { wanted, problem: `it chose ${JSON.stringify(name)}, which is no task beside it: return ids of tasks downstream of it` };
    const waiting = [found];
    for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
      if (wanted.has(at)) continue;
      wanted.add(at);
      waiting.push(...plan.nodes[at]!.downstreams);
    }
  }
  return { wanted };
};

/** Python's truth, which Airflow asks: empty is false. */
const isShut = (output: Json): boolean => {
  if (typeof output !== 'object' || output === null) return !output;
  return (Array.isArray(output) ? output : Object.keys(output)).length === 0;
};

/** All that is downstream of a node. */
const below = (plan: BodyPlan, node: NodePlan): Set<number> => {
  const found = new Set<number>();
  const waiting = [...node.downstreams];
  for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
    if (found.has(at)) continue;
    found.add(at);
    waiting.push(...plan.nodes[at]!.downstreams);
  }
  return found;
};

/** Downstreams that a branching task skips by what it returned. */
export const unchosen = (plan: BodyPlan, node: TaskPlan, output: Json): Iterable<number> => {
  if (node.spec.branching === 'branch') {
    const { wanted } = chosen(plan, output);
    return node.downstreams.filter((index) => !wanted.has(index));
  }
  if (!isShut(output)) return [];
  return node.spec.branching === 'short_circuit' ? below(plan, node) : node.downstreams;
};
