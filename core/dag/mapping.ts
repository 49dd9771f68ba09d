/** Maps: what they go over, and how large ones are cut. */
import type { Json } from '../json.js';
import { visitRefs } from './expression.js';
import type { Body, MapNode, NodeSpec } from './spec.js';

/** @returns undefined if it is neither a list nor an object */
export const toItems = (over: Json): readonly Json[] | undefined => {
  if (Array.isArray(over)) return over as readonly Json[];
  if (typeof over === 'object' && over !== null) return Object.entries(over);
  return undefined;
};

const at = (value: Json, path: readonly string[]): Json | undefined => {
  let found: Json | undefined = value;
  for (const key of path) {
    if (typeof found !== 'object' || found === null || !Object.hasOwn(found, key)) return undefined;
    found = (found as { readonly [key: string]: Json })[key];
  }
  return found;
};

/** What is wrong with an output that maps go over, as Airflow fails the task that made it. */
export const listProblem = (output: Json, paths: readonly (readonly string[])[]): string | undefined => {
  if (typeof output === 'object' && output !== null && Object.hasOwn(output, '$stored')) return undefined; // seen when it is loaded
  for (const path of paths) {
    const value = at(output, path);
    if (value !== undefined && toItems(value)) continue;
    const what = path.length === 0 ? 'its output' : `'${path.join('.')}' of its output`;
    return `a map goes over ${what}, which is no list: ${JSON.stringify(value ?? null).slice(0, 100)}`;
  }
  return undefined;
};

const expressionsOf = (node: NodeSpec): readonly (Json | undefined)[] => {
  switch (node.kind) {
    case 'task':
      return [node.input, node.undo?.input];
    case 'branch':
      return [node.on];
    case 'group':
      return [];
    case 'map':
      return [node.over];
    case 'sleep':
      return [node.how];
    case 'approve':
      return [node.request];
    case 'workflow':
      return [node.input, node.undo?.input];
  }
};

/** Bodies inside a node. */
export const bodiesIn = (node: NodeSpec): readonly Body[] => {
  switch (node.kind) {
    case 'branch':
      return Object.values(node.arms);
    case 'group':
    case 'map':
      return [node.body];
    case 'task':
    case 'sleep':
    case 'approve':
    case 'workflow':
      return [];
  }
};

/** Names that the body of a map may read from around it. Some of them may be its own: looking those up in vain costs nothing. */
export const outerNames = (map: MapNode): ReadonlySet<string> => {
  const names = new Set<string>(['params', 'run']);
  const visit = (body: Body): void => {
    if (body.output !== undefined) visitRefs(body.output, (name) => names.add(name));
    for (const node of Object.values(body.nodes)) {
      for (const expression of expressionsOf(node)) if (expression !== undefined) visitRefs(expression, (name) => names.add(name));
      bodiesIn(node).forEach(visit);
    }
  };
  visit(map.body);
  return names;
};
