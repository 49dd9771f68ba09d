/** The params of a DAG as a form: what to send, of what type, and what is taken otherwise. */
import type { Json } from '../../core/json.js';
import { table } from './output.js';

interface JsonSchema {
  readonly type?: string | readonly string[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly enum?: readonly Json[];
  readonly const?: Json;
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
  readonly items?: JsonSchema | boolean;
  readonly format?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly default?: Json;
  readonly description?: string;
}

export interface Param {
  readonly name: string;
  readonly type: string;
  readonly required: boolean;
  readonly default?: Json;
  readonly about: string;
}

const typeOf = (schema: JsonSchema): string => {
  const { type, items, format } = schema;
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(' | ');
  const union = schema.anyOf ?? schema.oneOf;
  if (union) return [...new Set(union.map(typeOf))].join(' | ');
  if (type === 'array') return `${typeof items === 'object' ? typeOf(items) : 'any'}[]`;
  if (format !== undefined) return format;
  return typeof type === 'string' ? type : (type ?? ['any']).join(' | ');
};

/** zod says of every integer that it is no larger than JavaScript's largest. */
const isBound = (value: number | undefined): value is number => value !== undefined && Math.abs(value) < Number.MAX_SAFE_INTEGER;

const rangeOf = ({ minimum, maximum }: JsonSchema): string => {
  if (isBound(minimum) && isBound(maximum)) return `${minimum} to ${maximum}`;
  if (isBound(minimum)) return `≥ ${minimum}`;
  return isBound(maximum) ? `≤ ${maximum}` : '';
};

const paramsIn = (schema: JsonSchema, prefix: string): Param[] =>
  Object.entries(schema.properties ?? {}).flatMap(([key, property]): Param[] => {
    const name = `${prefix}${key}`;
    if (property.properties && Object.keys(property.properties).length > 0) return paramsIn(property, `${name}.`);
    return [
      {
        name,
        type: typeOf(property),
        required: schema.required?.includes(key) === true && property.default === undefined,
        ...(property.default === undefined ? {} : { default: property.default }),
        about: [property.description ?? '', rangeOf(property)].filter(Boolean).join('; '),
      },
    ];
  });

/** @param schema JSON schema of the params, as it is in the spec */
export const paramsOf = (schema: Json | undefined): Param[] =>
  typeof schema === 'object' && schema !== null ? paramsIn(schema as unknown as JsonSchema, '') : [];

export const paramsTable = (params: readonly Param[]): string =>
  table(
    ['PARAM', 'TYPE', 'DEFAULT', 'ABOUT'],
    params.map(({ name, type, required, about, ...rest }) => [
      name,
      type,
      required ? '(required)' : rest.default === undefined ? '-' : JSON.stringify(rest.default),
      about,
    ]),
  );
