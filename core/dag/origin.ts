/** Where a field of a task's input came from, for those who must find out who sent the wrong value. */
import type { Json } from '../json.js';
import { findNode } from './find-node.js';
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
  const found = findNode(spec, node);
  return found?.kind === 'task' ? found.input : undefined;
};
