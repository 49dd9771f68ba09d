/** A validation suite: what data must look like, as a document that people read, edit and keep beside their code. */
import { z } from 'zod';
import { RekindleError } from '../errors.js';
import { Check, FIELDS, type CheckKind } from './check.js';

export const CheckSuite = z.strictObject({
  /** for editors: where the JSON Schema is */
  $schema: z.string().optional(),
  schema: z.literal('rekindle/check-suite/1'),
  checks: z.array(Check),
});
export type CheckSuite = z.infer<typeof CheckSuite>;

const SHORT = 40;
const short = (text: string): string => (text.length > SHORT ? `${text.slice(0, SHORT - 1)}…` : text);

const nameOf = (check: Check): string => {
  if (check.name !== undefined) return check.name;
  switch (check.check) {
    case 'schema':
      return 'schema';
    case 'range':
      return `range of ${check.column}`;
    case 'not_null':
      return `missing values of ${check.column}`;
    case 'unique':
      return `${check.columns.join(' and ')} unique`;
    case 'categories':
      return `categories of ${check.column}`;
    case 'row_count':
      return 'number of rows';
    case 'freshness':
      return `freshness of ${check.column}`;
    case 'duplicates':
      return 'duplicate rows';
    case 'sql':
      return `sql: ${short(check.sql.trim().replaceAll(/\s+/g, ' '))}`;
  }
};

/** What reports call the checks: each name once, a second one of a kind gets a number. */
export const namesOf = (checks: readonly Check[]): string[] => {
  const taken = new Map<string, number>();
  return checks.map((check) => {
    const name = nameOf(check);
    const times = (taken.get(name) ?? 0) + 1;
    taken.set(name, times);
    return times === 1 ? name : `${name} (${times})`;
  });
};

const KINDS = Object.keys(FIELDS) as CheckKind[];
const listed = (words: readonly string[]): string => words.join(', ');

/** `checks[2].min`, as one would write it. */
const pathOf = (path: readonly PropertyKey[]): string =>
  path.reduce<string>(
    (text, part) => (typeof part === 'number' ? `${text}[${part}]` : text === '' ? String(part) : `${text}.${String(part)}`),
    '',
  );

const kindAt = (value: unknown, path: readonly PropertyKey[]): unknown =>
  path.reduce<unknown>(
    (inner, part) => (typeof inner === 'object' && inner !== null ? (inner as Record<PropertyKey, unknown>)[part] : undefined),
    value,
  );

const fieldsAt = (value: unknown, path: readonly PropertyKey[]): readonly string[] | undefined => {
  const kind = path[0] === 'checks' && path.length === 2 ? kindAt(value, [...path, 'check']) : undefined;
  return KINDS.find((known) => known === kind) && FIELDS[kind as CheckKind];
};

const problemOf = (issue: z.core.$ZodIssue, value: unknown): string => {
  if (issue.code === 'unrecognized_keys') {
    const fields = fieldsAt(value, issue.path);
    const may = fields ? `; beside check it may have ${listed(fields)}` : '';
    return `unknown field ${listed(issue.keys.map((key) => `'${key}'`))}${may}`;
  }
  const given = kindAt(value, issue.path);
  if (given === undefined && (issue.code === 'invalid_type' || issue.code === 'invalid_value'))
    return issue.code === 'invalid_value' ? `is missing; write ${listed(issue.values.map((one) => `'${String(one)}'`))}` : 'is missing';
  if (issue.code === 'invalid_union' && issue.path.at(-1) === 'check')
    return `${given === undefined ? 'is missing' : `${JSON.stringify(given)} is no check`}; there are ${listed(KINDS)}`;
  return issue.message.replace(/^Invalid (input|option): /, '').replace(/^Too (small|big): /, '');
};

const MOST_NAMED = 20;

/**
 * @param value a parsed JSON document
 * @param place what to call it in messages: a file, a key
 * @throws CHECK_SUITE_INVALID naming every field that is wrong
 */
export const parseSuite = (value: unknown, place: string): CheckSuite => {
  const parsed = CheckSuite.safeParse(value);
  const problems = parsed.success
    ? repeated(parsed.data)
    : parsed.error.issues.map((issue) => ({ path: pathOf(issue.path) || 'the document', problem: problemOf(issue, value) }));
  if (parsed.success && problems.length === 0) return parsed.data;
  const shown = problems.slice(0, MOST_NAMED).map(({ path, problem }) => `${path}: ${problem}`);
  const more = problems.length > shown.length ? `; and ${problems.length - shown.length} more` : '';
  throw new RekindleError('CHECK_SUITE_INVALID', `${place}: ${shown.join('; ')}${more}.`, { place, problems });
};

/** Names that people gave tell checks apart. */
const repeated = ({ checks }: CheckSuite): { path: string; problem: string }[] => {
  const first = new Map<string, number>();
  return checks.flatMap(({ name }, i) => {
    if (name === undefined) return [];
    const before = first.get(name);
    if (before === undefined) first.set(name, i);
    return before === undefined ? [] : [{ path: `checks[${i}].name`, problem: `'${name}' is the name of checks[${before}] already` }];
  });
};
