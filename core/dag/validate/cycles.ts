/** The edges of a body: do they lead to nodes that are there, and never back? */
import { invalidDag } from '../invalid.js';
import type { Body } from '../spec.js';

const cycleFrom = (body: Body, start: string, stuck: ReadonlyMap<string, number>): string[] => {
  const path: string[] = [];
  const seen = new Set<string>();
  let id = start;
  while (!seen.has(id)) {
    seen.add(id);
    path.unshift(id);
    id = body.nodes[id]!.after.find((upstream) => stuck.has(upstream))!;
  }
  path.unshift(id);
  return path.slice(0, path.lastIndexOf(id) + 1);
};

/**
 * Kahn's algorithm: what is left over waits for itself.
 *
 * @returns the nodes that something is downstream of
 */
export const checkCycles = (dag: string, body: Body): ReadonlySet<string> => {
  const downstream = new Map<string, string[]>();
  const waiting = new Map<string, number>();
  for (const [id, { after }] of Object.entries(body.nodes)) {
    waiting.set(id, after.length);
    for (const upstream of after) {
      if (!Object.hasOwn(body.nodes, upstream))
        throw invalidDag(dag, id, `it comes after '${upstream}', which is no node of the same body`);
      const list = downstream.get(upstream);
      if (list) list.push(id);
      else downstream.set(upstream, [id]);
    }
  }
  const ready = [...waiting].filter(([, count]) => count === 0).map(([id]) => id);
  for (let id = ready.pop(); id !== undefined; id = ready.pop()) {
    waiting.delete(id);
    for (const next of downstream.get(id) ?? []) {
      const left = waiting.get(next)! - 1;
      waiting.set(next, left);
      if (left === 0) ready.push(next);
    }
  }
  const [stuck] = waiting.keys();
  if (stuck !== undefined) throw invalidDag(dag, stuck, `it waits for itself (cycle: ${cycleFrom(body, stuck, waiting).join(' → ')})`);
  return new Set(downstream.keys());
};
