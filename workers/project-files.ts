/** The files of a project folder: which there are, what they export, what is wrong with them. */
import { existsSync, readdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import { isRekindleError, RekindleError } from '../core/errors.js';
import type { ImportFile } from './import-project.js';

/** Something that a file exports. */
export interface Found<T> {
  readonly value: T;
  /** relative to the project */
  readonly file: string;
}

export interface Wanted<T> {
  readonly folder: string;
  /** for messages: `DAG` */
  readonly what: string;
  readonly is: (value: unknown) => value is T;
}

/** The TypeScript files directly in a folder, in order of their names. */
export const sourcesIn = (folder: string): string[] =>
  existsSync(folder)
    ? readdirSync(folder)
        .filter((name) => name.endsWith('.ts') && !/\.(d|test|spec)\.ts$/.test(name))
        .sort()
        .map((name) => join(folder, name))
    : [];

/** `:3:7`, when the stack of what a file threw passes through that file. */
const placeIn = (path: string, error: unknown): string => {
  const stack = error instanceof Error ? (error.stack ?? '') : '';
  const line = stack.split('\n').find((text) => text.includes(`${path}:`));
  return line?.slice(line.indexOf(path) + path.length).match(/^:\d+:\d+/)?.[0] ?? '';
};

const causeOf = (error: unknown): string => {
  if (isRekindleError(error)) return `${error.code}: ${error.message}`;
  const message = error instanceof Error ? error.message : String(error);
  return /^Transform failed[^]*?ERROR: (.*)$/m.exec(message)?.[1] ?? message; // the compiler repeats file and line
};

export const invalidFile = (root: string, path: string, error: unknown): RekindleError => {
  const file = relative(root, path);
  return new RekindleError('PROJECT_INVALID', `${file}${placeIn(path, error)}: ${causeOf(error)}`, { file }, { cause: error });
};

/**
 * Imports every file of a folder and takes each export that is wanted.
 *
 * @param problems gets one more for each file that throws, or that exports nothing wanted: a forgotten `export default` would go unseen
 */
export const collect = async <T>(
  root: string,
  { folder, what, is }: Wanted<T>,
  importFile: ImportFile,
  problems: RekindleError[],
): Promise<Found<T>[]> => {
  const found: Found<T>[] = [];
  for (const path of sourcesIn(join(root, folder))) {
    const file = relative(root, path);
    try {
      const values = new Set(Object.values(await importFile(path)).filter(is));
      for (const value of values) found.push({ value, file });
      if (values.size === 0)
        problems.push(
          new RekindleError('PROJECT_INVALID', `${file} exports no ${what}; what others share belongs outside ${folder}/.`, { file }),
        );
    } catch (error) {
      problems.push(invalidFile(root, path, error));
    }
  }
  return found;
};

/** By name. Of things with one name none is kept, as nobody could say which one a run would get: each such name is a problem. */
export const byName = <T>(
  found: readonly Found<T>[],
  what: string,
  nameOf: (value: T) => string,
  problems: RekindleError[],
): Map<string, Found<T>> => {
  const groups = new Map<string, Found<T>[]>();
  for (const one of found) groups.set(nameOf(one.value), [...(groups.get(nameOf(one.value)) ?? []), one]);
  const kept = new Map<string, Found<T>>();
  for (const [name, group] of groups) {
    const files = [...new Set(group.map(({ file }) => file))];
    if (new Set(group.map(({ value }) => value)).size === 1) kept.set(name, group[0]!);
    else
      problems.push(
        new RekindleError('PROJECT_INVALID', `${files.join(' and ')}: two different ${what}s are called '${name}'.`, { files, name }),
      );
  }
  return kept;
};
