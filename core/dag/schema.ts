/** Checking values by Standard Schema. */
import type { Schema, SchemaIssue } from './task.js';

/** `parts.0.uri: expected string`; the whole value is called `root`. */
const describe = (issue: SchemaIssue, root: string): string => {
  const path = (issue.path ?? []).map((key) => String(typeof key === 'object' ? key.key : key));
  return `${path.join('.') || root}: ${issue.message}`;
};

export type Checked = { readonly value: unknown; readonly problems?: undefined } | { readonly problems: readonly string[] };

/** @param root what to call the value when the problem is not in a field of it */
export const check = async (schema: Schema | undefined, value: unknown, root: string): Promise<Checked> => {
  if (!schema) return { value };
  const result = await schema['~standard'].validate(value);
  return result.issues ? { problems: result.issues.map((issue) => describe(issue, root)) } : { value: result.value };
};
