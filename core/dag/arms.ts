/** Which values a branch can meet, where a zod schema says it. */
import { z } from 'zod';
import type { Json } from '../json.js';
import type { Expression } from './spec.js';
import type { Schema } from './task.js';

type JsonSchema = { readonly [key: string]: Json };
const isObject = (value: unknown): value is JsonSchema => typeof value === 'object' && value !== null && !Array.isArray(value);

/** @returns undefined where the schema library is another one or the schema says more than JSON Schema can */
export const jsonSchemaOf = (schema: Schema, io: 'input' | 'output'): Json | undefined => {
  if (!('_zod' in schema)) return undefined;
  try {
    const { $schema: _, '~standard': __, ...rest } = z.toJSONSchema(schema as unknown as z.ZodType, { io, unrepresentable: 'any' });
    return JSON.parse(JSON.stringify(rest)) as Json;
  } catch {
    return undefined;
  }
};

const fieldOf = (schema: unknown, key: string): unknown => {
  if (!isObject(schema)) return undefined;
  return isObject(schema['properties']) ? schema['properties'][key] : undefined;
};

/** Literals that the schema allows, as names of arms; null stands for what only `default` can take. Undefined: any value. */
const literalsOf = (schema: unknown): readonly (string | null)[] | undefined => {
  if (!isObject(schema)) return undefined;
  const { const: constant, enum: values, anyOf, type } = schema;
  if (Array.isArray(anyOf)) {
    const each = anyOf.map(literalsOf);
    return each.every((literals) => literals !== undefined) ? each.flat() : undefined;
  }
  const literals = constant !== undefined ? [constant] : Array.isArray(values) ? (values as readonly Json[]) : undefined;
  if (literals) return literals.map((value) => (typeof value === 'object' ? null : String(value)));
  return type === 'boolean' ? ['true', 'false'] : type === 'null' ? [null] : undefined;
};

/**
 * @param schemaOf schema of a node's output, or of the params
 * @returns what is wrong with the arms, if anything
 */
export const impossibleArms = (
  schemaOf: (name: string) => Schema | undefined,
  on: Expression,
  arms: readonly string[],
): string | undefined => {
  if (arms.length === 0) return 'a branch needs an arm';
  if (!isObject(on) || !Array.isArray(on['$ref'])) return undefined;
  const [name, ...path] = on['$ref'] as [string, ...string[]];
  const schema = schemaOf(name);
  const literals = schema && literalsOf(path.reduce<unknown>(fieldOf, jsonSchemaOf(schema, 'output')));
  if (!literals) return undefined;
  const never = arms.filter((arm) => arm !== 'default' && !literals.includes(arm));
  const possible = literals.filter((literal) => literal !== null).join(', ');
  if (never.length > 0) return `arm '${never[0]}' can never be taken: the value is one of ${possible}; remove or rename it`;
  if (arms.includes('default')) return undefined;
  const missing = literals.filter((literal) => literal === null || !arms.includes(literal));
  return missing.length === 0 ? undefined : `no arm for ${missing[0] ?? 'null'}; add it, or an arm 'default'`;
};
