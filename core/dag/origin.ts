/** Where a field of a task's input came from, for those who must find out who sent the wrong value. */
import type { Json } from '../json.js';
import type { DagSpec, Expression } from './spec.js';

const isFields = (value: Json | undefined): value is { readonly [key: string]: Json } =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** `extract.rows.3` @returns undefined for what is written in the DAG file itself */
export const originOf = (expression: Expression | undefined, path: readonly string[]): string | undefined => {
  if (typeof expression !== 'object' || expression === null) return undefined;
  if (isFields(expression)) {
    const { $ref, $or, $get, $object } = expression;
    if (Array.isArray($ref)) return [...($ref as string[]), ...path].join('.');
    if (Array.isArray($or)) return originOf(($or as Json[])[0], path) ?? originOf(($or as Json[])[1], path);
    if (Array.isArray($get)) return originOf(($get as Json[])[0], [...($get.slice(1) as string[]), ...path]);
    if (isFields($object)) return originOf($object, path);
  }
  const [key, ...rest] = path;
  if (key === undefined || !Object.hasOwn(expression, key)) return undefined;
  return originOf((expression as Record<string, Json>)[key], rest);
};

/** Input of a task of the DAG, wherever in its bodies the node is. */
export const inputOf = (spec: DagSpec, node: string): Expression | undefined => {
  const search = (value: unknown): Expression | undefined => {
    if (typeof value !== 'object' || value === null) return undefined;
    const { nodes } = value as { readonly nodes?: Readonly<Record<string, unknown>> };
    if (typeof nodes !== 'object') return undefined;
    if (Object.hasOwn(nodes, node)) return (nodes[node] as { readonly input?: Expression }).input;
    for (const { arms, body } of Object.values(nodes) as { readonly arms?: Readonly<Record<string, unknown>>; readonly body?: unknown }[])
      for (const inner of [body, ...Object.values(arms ?? {})]) {
        const found = search(inner);
        if (found !== undefined) return found;
      }
    return undefined;
  };
  return search(spec);
};
