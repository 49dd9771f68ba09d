/** What two specs of a DAG say of the same node. */
import type { Json } from '../../json.js';
import { canonical } from '../hash.js';
import { bodiesIn } from '../mapping.js';
import { visitRefs } from '../expression.js';
import type { Body, DagSpec, NodeSpec } from '../spec.js';

export const same = (a: unknown, b: unknown): boolean => canonical((a ?? null) as Json) === canonical((b ?? null) as Json);

/** Every node of a DAG by its id. */
export const nodesOf = (spec: DagSpec): ReadonlyMap<string, NodeSpec> => {
  const nodes = new Map<string, NodeSpec>();
  const visit = (body: Body): void => {
    for (const [id, node] of Object.entries(body.nodes)) {
      nodes.set(id, node);
      bodiesIn(node).forEach(visit);
    }
  };
  visit(spec);
  return nodes;
};

/** Fields that say what a node is or what it reads: these are compared by what comes of them. */
const COMPARED_ELSEWHERE = new Set(['after', 'input', 'on', 'over', 'how', 'request', 'body', 'arms', 'doc']);

/** Names of the fields that differ, those left out whose effect is seen otherwise. */
export const changedFields = (was: NodeSpec, now: NodeSpec): string[] => {
  const fields = new Set([...Object.keys(was), ...Object.keys(now)]);
  const at = (node: NodeSpec, field: string): unknown => (node as unknown as Record<string, unknown>)[field];
  return [...fields].filter((field) => !COMPARED_ELSEWHERE.has(field) && !same(at(was, field), at(now, field))).sort();
};

/** Paths at which two values differ: `rows.limit`; the empty path is the value itself. */
export const differingPaths = (was: Json | undefined, now: Json | undefined, path = ''): string[] => {
  if (same(was, now)) return [];
  const isObject = (value: Json | undefined): value is { readonly [key: string]: Json } =>
    typeof value === 'object' && value !== null && !Array.isArray(value) && !Object.hasOwn(value, '$stored');
  if (!isObject(was) || !isObject(now)) return [path];
  const keys = [...new Set([...Object.keys(was), ...Object.keys(now)])];
  return keys.flatMap((key) => differingPaths(was[key], now[key], path === '' ? key : `${path}.${key}`));
};

/** @param path as {@link differingPaths} writes it */
export const valueAt = (value: Json, path: string): Json | undefined => {
  if (path === '') return value;
  if (typeof value !== 'object' || value === null) return undefined;
  const fields = value as { readonly [key: string]: Json };
  if (Object.hasOwn(fields, path)) return fields[path];
  const key = Object.keys(fields).find((each) => path.startsWith(`${each}.`));
  return key === undefined ? undefined : valueAt(fields[key]!, path.slice(key.length + 1));
};

const readsOf = (node: NodeSpec): readonly (Json | undefined)[] => {
  switch (node.kind) {
    case 'task':
    case 'workflow':
      return [node.input];
    case 'branch':
      return [node.on, ...Object.values(node.arms).map(({ output }) => output)];
    case 'map':
      return [node.over, node.body.output];
    case 'group':
      return [node.body.output];
    case 'sleep':
      return [node.how];
    case 'approve':
      return [node.request];
  }
};

/** Nodes whose results rest on those of some others: they read them, or are in something that goes by them. */
export const restingOn = (spec: DagSpec, sources: ReadonlySet<string>): string[] => {
  const found = new Set<string>();
  const isTainted = (id: string): boolean => sources.has(id) || found.has(id);
  /** `scores.item` is what the map goes over */
  const ownerOf = (name: string): string => name.replace(/\.(item|index|attempt)$/, '');
  const reads = (node: NodeSpec): boolean => {
    let tainted = false;
    for (const expression of readsOf(node))
      if (expression !== undefined)
        visitRefs(expression, (name) => (tainted ||= isTainted(name) || (name.endsWith('.item') && isTainted(ownerOf(name)))));
    return tainted;
  };
  const visit = (body: Body, inside: boolean): boolean => {
    let grown = false;
    for (const [id, node] of Object.entries(body.nodes)) {
      if (!isTainted(id) && (inside || reads(node))) {
        found.add(id);
        grown = true;
      }
      // what is in a branch runs or not by its value; items of a map are seen through `item`
      for (const inner of bodiesIn(node)) grown = visit(inner, node.kind === 'branch' && isTainted(id)) || grown;
    }
    return grown;
  };
  while (visit(spec, false));
  return [...found];
};
