/** Classes as files spell them. */
import type { CategoryColumn } from '../../core/frame.js';
import { listed } from '../../core/drift/text.js';
import { RekindleError } from '../../core/errors.js';

/** Pairs that name their positive class by themselves. */
const POSITIVES = ['true', 'yes', 'y', 't'];
const NEGATIVES = ['false', 'no', 'n', 'f'];

const isNumber = (name: string): boolean => name.trim() !== '' && Number.isFinite(Number(name));

/** How classes of several columns are spelled alike: where all are numbers, `1.0` in one column is `1` in another. */
export const speller = (names: Iterable<string>): ((name: string) => string) =>
  [...names].every(isNumber) ? (name) => String(Number(name)) : (name) => name;

/** In the order in which people expect them: numbers by size, words by their letters. */
export const inOrder = (names: Iterable<string>): string[] => {
  const all = [...new Set(names)];
  return all.every(isNumber) ? all.sort((a, b) => Number(a) - Number(b)) : all.sort((a, b) => (a < b ? -1 : 1));
};

/** Position of each row's class among the classes; −1 where it is missing. @param classes every class that occurs */
export const positionsOf = (
  { codes, categories }: CategoryColumn,
  classes: readonly string[],
  spell: (name: string) => string,
): Int32Array => {
  const position = new Map(classes.map((name, i) => [name, i]));
  const of = categories.map((name) => position.get(spell(name)) ?? -1);
  return codes.map((code) => (code < 0 ? -1 : of[code]!));
};

/**
 * @param asked the positive class, as it was said
 * @param classes that occur
 * @throws USAGE when it cannot be told, or does not occur
 */
export const positiveClass = (
  where: { readonly file: string; readonly target: string },
  classes: readonly string[],
  asked?: string,
): string => {
  const column = `column '${where.target}' of ${where.file}`;
  if (asked !== undefined) {
    if (classes.length === 0 || classes.includes(asked) || classes.length === 1) return asked;
    throw new RekindleError('USAGE', `--positive: ${column} has no '${asked}'; it has ${listed(classes)}.`, { classes });
  }
  const named = classes.filter((name) => POSITIVES.includes(name.toLowerCase()) || Number(name) === 1);
  if (classes.length <= 2 && named.length === 1) return named[0]!;
  if (classes.length === 1 && (NEGATIVES.includes(classes[0]!.toLowerCase()) || Number(classes[0]) === 0)) return '1';
  throw new RekindleError('USAGE', `C${column.slice(1)} has ${listed(classes)}: say with --positive which of them is the positive class.`, {
    classes,
  });
};
