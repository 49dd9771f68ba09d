/** Checking values by Standard Schema. */
import type { Schema, SchemaIssue } from './task.js';

/** A place and what is wrong with it. The path is empty where the whole value is meant. */
export interface Problem {
  readonly path: readonly string[];
  readonly text: string;
}

/** What zod says beyond Standard Schema: of a union, what each alternative had to say; of a map or a record, what of the key or value. */
interface Deeper extends SchemaIssue {
  readonly errors?: readonly (readonly SchemaIssue[])[];
  readonly issues?: readonly SchemaIssue[];
}

const pathOf = (issue: SchemaIssue): string[] => (issue.path ?? []).map((key) => String(typeof key === 'object' ? key.key : key));

/** Leading words that repeat what the code of the error says. */
const plain = (message: string): string => message.replace(/^Invalid input: /, '');

/** How far into the value an alternative got before it did not fit: the deepest is the one that was meant. */
const depth = (alternative: readonly Problem[]): number => Math.max(0, ...alternative.map(({ path }) => path.length));

const inAlternative = (problems: readonly Problem[]): string =>
  problems.map(({ path, text }) => (path.length > 0 ? `${path.join('.')}: ${text}` : text)).join(' and ');

/** A problem for each wrong field, also of those within unions: an alternative that is known to be meant speaks for itself. */
const explain = (issue: Deeper): Problem[] => {
  const path = pathOf(issue);
  const within = (inner: readonly Problem[]): Problem[] => inner.map((problem) => ({ ...problem, path: [...path, ...problem.path] }));
  if (issue.errors !== undefined && issue.errors.length > 0) {
    const alternatives = issue.errors.map((issues) => issues.flatMap(explain));
    const deepest = Math.max(...alternatives.map(depth));
    const meant = alternatives.filter((alternative) => depth(alternative) === deepest);
    if (deepest > 0 && meant.length === 1) return within(meant[0]!);
    return [{ path, text: [...new Set(alternatives.map(inAlternative))].join(', or ') }];
  }
  if (issue.issues !== undefined && issue.issues.length > 0) {
    const inner = issue.issues.flatMap(explain);
    return [{ path, text: `${plain(issue.message)}: ${inAlternative(inner)}` }];
  }
  return [{ path, text: plain(issue.message) }];
};

/** `parts.0.uri: expected string, received number`; the whole value is called `root`. */
export const describeProblem = ({ path, text }: Problem, root: string): string => `${path.join('.') || root}: ${text}`;

export type Checked =
  | { readonly value: unknown; readonly problems?: undefined }
  | { readonly problems: readonly string[]; readonly places: readonly Problem[] };

/** @param root what to call the value when the problem is not in a field of it */
export const check = async (schema: Schema | undefined, value: unknown, root: string): Promise<Checked> => {
  if (!schema) return { value };
  const checking = schema['~standard'].validate(value);
  const result = 'then' in checking ? await checking : checking; // a hop less where the schema answers at once, as most do
  if (!result.issues) return { value: result.value };
  const places = result.issues.flatMap(explain);
  return { problems: places.map((problem) => describeProblem(problem, root)), places };
};
