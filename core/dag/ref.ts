/** References at run time: what `d.run` returns, and the expression that a literal with references becomes. */
import type { Json } from '../json.js';
import type { Deref, Ref, RefOf, Tuples } from './ref-types.js';
import type { Expression } from './spec.js';

/** Shared by all copies of this module in a process, as a project's and the package's. */
const REF = Symbol.for('rekindle.ref');

/** One name that an expression reads. */
export interface Read {
  /** node id, or the name of a variable of a body */
  readonly name: string;
  /** the body it belongs to; undefined for `params` and `run`, which are everywhere */
  readonly body?: object;
  /** a node, so that reading it makes an edge */
  readonly edge: boolean;
  /** may be missing */
  readonly soft: boolean;
}

/** What a reference stands for. */
export interface RefRecord {
  readonly expression: Expression;
  readonly reads: readonly Read[];
  /** What `after` waits for, where that is more than what is read. */
  readonly waits?: readonly Read[];
  /** A literal that holds references: its fields are looked up in it. */
  readonly literal?: { readonly value: unknown };
}

/** Thrown inside the builder, which knows the DAG and the task to name. */
export class AuthoringError extends Error {
  override readonly name = 'AuthoringError';
}
/** By name: it may have been thrown by another copy of this module. */
export const isAuthoringError = (error: unknown): error is AuthoringError => error instanceof Error && error.name === 'AuthoringError';

const nameOf = ({ expression }: RefRecord): string =>
  isExpression(expression, '$ref') ? `'${(expression.$ref as readonly string[]).join('.')}'` : 'it';

const misuse = (record: RefRecord, how: string): never => {
  throw new AuthoringError(`a reference has no value while the DAG is being built, so ${nameOf(record)} cannot be ${how}`);
};

const isExpression = <K extends string>(expression: Expression, key: K): expression is { readonly [key in K]: readonly Json[] } =>
  typeof expression === 'object' && expression !== null && Object.hasOwn(expression, key);

const fieldOf = (record: RefRecord, key: string): unknown => {
  if (record.literal) {
    const { value } = record.literal;
    const inner = recordOf(value);
    if (inner) return fieldOf(inner, key);
    const field: unknown = typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[key] : undefined;
    return literalRef(field, record.waits ?? record.reads);
  }
  const { expression } = record;
  if (isExpression(expression, '$ref')) return refTo({ ...record, expression: { ...expression, $ref: [...expression.$ref, key] } });
  if (isExpression(expression, '$get')) return refTo({ ...record, expression: { $get: [...expression.$get, key] } });
  return refTo({ ...record, expression: { $get: [expression, key] } });
};

const HANDLER: ProxyHandler<{ record: RefRecord }> = {
  get({ record }, key) {
    if (key === REF) return record;
    if (key === Symbol.toPrimitive) return misuse(record, 'put into a string or a sum: use format`…` or pass it to a task');
    if (key === Symbol.iterator || key === Symbol.asyncIterator) return misuse(record, 'iterated over or spread');
    return typeof key === 'symbol' ? undefined : fieldOf(record, key);
  },
  has: ({ record }) => misuse(record, 'searched with `in`'),
  ownKeys: ({ record }) => misuse(record, 'spread or serialised: pass the reference itself'),
  set: ({ record }) => misuse(record, 'changed'),
};

export const refTo = <V = any>(record: RefRecord): Ref<V> => new Proxy({ record }, HANDLER) as unknown as Ref<V>;

/** The record behind a reference; undefined for everything else. */
export const recordOf = (value: unknown): RefRecord | undefined =>
  typeof value === 'object' && value !== null ? (value as { [REF]?: RefRecord })[REF] : undefined;

/** A reference to a literal (a body's result), so that its fields can be used one by one. */
export const literalRef = (value: unknown, waits: readonly Read[]): Ref<any> => refTo({ ...encode(value), waits, literal: { value } });

const HOLES = ['$ref', '$or', '$get', '$format', '$zip', '$cross', '$object'];

const encodeObject = (value: object, reads: Read[], path: readonly object[]): Expression => {
  const entries = Object.entries(value)
    .filter(([, field]) => field !== undefined)
    .map(([key, field]) => [key, encodeInto(field, reads, path)] as const);
  const fields = Object.fromEntries(entries);
  return entries.some(([key]) => HOLES.includes(key)) ? { $object: fields } : fields;
};

const encodeInto = (value: unknown, reads: Read[], path: readonly object[]): Expression => {
  const record = recordOf(value);
  if (record) {
    reads.push(...record.reads);
    return record.expression;
  }
  if (value === null || value === undefined) return null;
  if (typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'number') {
    if (Number.isFinite(value)) return value;
    throw new AuthoringError(`${value} does not survive JSON`);
  }
  if (typeof value !== 'object') throw new AuthoringError(`a ${typeof value} does not survive JSON`);
  if (path.includes(value)) throw new AuthoringError('a literal contains itself');
  const inside = [...path, value];
  if (Array.isArray(value)) return value.map((item) => encodeInto(item, reads, inside));
  if ('toJSON' in value && typeof value.toJSON === 'function') return encodeInto((value as { toJSON(): unknown }).toJSON(), reads, inside);
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== null && Object.getPrototypeOf(prototype) !== null)
    throw new AuthoringError(`an instance of ${value.constructor.name} does not survive JSON`);
  return encodeObject(value, reads, inside);
};

/** @throws AuthoringError for what does not survive JSON */
export const encode = (value: unknown): { readonly expression: Expression; readonly reads: readonly Read[] } => {
  const reads: Read[] = [];
  return { expression: encodeInto(value, reads, []), reads };
};

const soften = (expression: Expression): Expression => {
  if (Array.isArray(expression)) return expression.map(soften);
  if (typeof expression !== 'object' || expression === null) return expression;
  if (isExpression(expression, '$ref')) return { $ref: expression.$ref, soft: true };
  return Object.fromEntries(Object.entries(expression).map(([key, value]) => [key, soften(value)]));
};

const soft = (reads: readonly Read[]): Read[] => reads.map((read) => ({ ...read, soft: true }));

/** The value, or undefined when its task was skipped or failed: for tasks with a tolerant trigger rule. */
export const maybe = <V>(ref: RefOf<V>): Ref<V | undefined> => {
  const { expression, reads } = encode(ref);
  return refTo({ expression: soften(expression), reads: soft(reads) });
};

/** The value, or `other` when it is missing or null. */
export const or = <V, D>(ref: RefOf<V>, other: D): Ref<NonNullable<V> | Deref<D>> => {
  const first = encode(ref);
  const second = encode(other);
  return refTo({ expression: { $or: [soften(first.expression), second.expression] }, reads: [...soft(first.reads), ...second.reads] });
};

/** A string made of references: format`auc ${verdict.auc} is too low`. */
export const format = (
  strings: TemplateStringsArray,
  ...values: readonly (RefOf<string | number | boolean> | string | number)[]
): Ref<string> => {
  const { expression, reads } = encode(strings.flatMap((text, i) => (i < values.length ? [text, values[i]] : [text])));
  return refTo({ expression: { $format: (expression as Json[]).filter((part) => part !== '') }, reads });
};

const combine = <V>(how: '$zip' | '$cross', name: string, lists: readonly unknown[]): Ref<V> => {
  if (lists.length === 0) throw new AuthoringError(`${name}() takes lists`);
  const { expression, reads } = encode(lists);
  const wrong = (expression as readonly Json[]).findIndex((list) => typeof list !== 'object' || list === null);
  if (wrong >= 0) throw new AuthoringError(`${name}() takes lists, and its argument ${wrong + 1} is none`);
  return refTo({ expression: { [how]: expression }, reads });
};

type List = RefOf<readonly unknown[]> | readonly unknown[];

/** `[a[0], b[0]], [a[1], b[1]] …`, as long as the shortest list. */
export const zip = <const L extends readonly List[]>(...lists: L): Ref<Tuples<L>[]> => combine('$zip', 'zip', lists);

/** Every combination of an item of each list; the last list varies fastest. */
export const cross = <const L extends readonly List[]>(...lists: L): Ref<Tuples<L>[]> => combine('$cross', 'cross', lists);
