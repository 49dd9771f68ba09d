/** Filling the holes of an expression when a task starts. */
import type { Json } from '../json.js';
import type { Expression } from './spec.js';
import { isStored, partOf, type Making } from './wire.js';

/** Value of a node, `params`, `run` or a variable; undefined when there is none. */
export type Lookup = (name: string) => Json | undefined;
type Value = Json | undefined;
type Filler = (lookup: Lookup) => Value;

const isFields = (value: Json): value is { readonly [key: string]: Json } =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const textOf = (value: Value): string => (typeof value === 'object' ? JSON.stringify(value) : String(value));

const fields = (entries: readonly (readonly [string, Filler])[]): Filler => {
  return (lookup) => {
    const filled: Record<string, Json> = {};
    for (const [key, filler] of entries) {
      const value = filler(lookup);
      if (value !== undefined) filled[key] = value;
    }
    return filled;
  };
};

const zip = (all: readonly (readonly Json[])[]): Json =>
  Array.from({ length: Math.min(...all.map(({ length }) => length)) }, (_, i) => all.map((list) => list[i]!));
const cross = (all: readonly (readonly Json[])[]): Json =>
  all.reduce<readonly (readonly Json[])[]>((tuples, list) => tuples.flatMap((tuple) => list.map((item) => [...tuple, item])), [[]]);

/** @param combine what becomes of the lists; anything that is no list makes the result none either */
const ofLists =
  (combine: (lists: readonly (readonly Json[])[]) => Json) =>
  (values: readonly Value[]): Value =>
    values.every((value): value is readonly Json[] => Array.isArray(value)) ? combine(values) : null;

/** What is made of values that are all here. */
export const MAKE: Readonly<Record<Making, (values: readonly Value[]) => Value>> = {
  or: ([first, second]) => first ?? second,
  format: (parts) => parts.map(textOf).join(''),
  zip: ofLists(zip),
  cross: ofLists(cross),
};

/** Where some of the values are only places in the object store, whoever reads the result makes it. */
const making = (make: Making, expressions: readonly Json[]): Filler => {
  const fillers = expressions.map(compile);
  return (lookup) => {
    const values = fillers.map((fill) => fill(lookup));
    if (make === 'or' && (values[0] ?? null) === null) return values[1];
    return values.some(isStored) ? { $stored: { make, of: values.map((value) => value ?? null) } } : MAKE[make](values);
  };
};

/** @returns undefined if there is no hole in it */
const fillerOf = (expression: Expression): Filler | undefined => {
  if (typeof expression !== 'object' || expression === null) return undefined;
  if (Array.isArray(expression)) {
    const items = (expression as readonly Json[]).map(fillerOrConstant);
    return items.some(({ constant }) => !constant) ? (lookup) => items.map(({ fill }) => fill(lookup) ?? null) : undefined;
  }
  if (!isFields(expression)) return undefined;
  const { $ref, $or, $get, $format, $object, $zip, $cross } = expression;
  if (Array.isArray($ref)) {
    const [name, ...path] = $ref as [string, ...string[]];
    return path.length === 0 ? (lookup) => lookup(name) : (lookup) => partOf(lookup(name), path);
  }
  if (Array.isArray($or)) return making('or', $or);
  if (Array.isArray($get)) {
    const [from, ...path] = $get as [Json, ...string[]];
    const source = compile(from);
    return (lookup) => partOf(source(lookup), path);
  }
  if (Array.isArray($format)) return making('format', $format);
  if (Array.isArray($zip)) return making('zip', $zip);
  if (Array.isArray($cross)) return making('cross', $cross);
  if ($object !== undefined && isFields($object)) return fields(Object.entries($object).map(([key, value]) => [key, compile(value)]));
  const entries = Object.entries(expression).map(([key, value]) => [key, fillerOrConstant(value)] as const);
  return entries.some(([, { constant }]) => !constant) ? fields(entries.map(([key, { fill }]) => [key, fill])) : undefined;
};

const fillerOrConstant = (expression: Expression): { readonly fill: Filler; readonly constant: boolean } => {
  const filler = fillerOf(expression);
  return { fill: filler ?? (() => expression), constant: filler === undefined };
};

/** Looks at the expression once; what has no hole is handed out as it is. */
export const compile = (expression: Expression): Filler => fillerOrConstant(expression).fill;

/** Calls `visit` for every `$ref` in it. */
export const visitRefs = (expression: Expression, visit: (name: string, soft: boolean) => void): void => {
  if (typeof expression !== 'object' || expression === null) return;
  if (isFields(expression) && Array.isArray(expression['$ref'])) {
    visit((expression['$ref'] as [string])[0], expression['soft'] === true);
    return;
  }
  // the keys of an escaped object mean nothing, what is behind them may be holes again
  const escaped = isFields(expression) ? expression['$object'] : undefined;
  const inside = escaped !== undefined && isFields(escaped) ? escaped : expression;
  for (const value of Object.values(inside)) visitRefs(value, visit);
};
