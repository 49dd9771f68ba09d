/** Imports a project's TypeScript files: one loader for each project, so that a file which two DAGs share is evaluated once. */
import { createRequire, register as registerHooks } from 'node:module';
import { pathToFileURL } from 'node:url';
import { join } from 'node:path';
import { register } from 'tsx/esm/api';
import { ownExports, ownFile } from '../platform/package.js';

export type ImportFile = (path: string) => Promise<Readonly<Record<string, unknown>>>;

const importers = new Map<string, ImportFile>();

/** A project without zod of its own writes its schemas with ours. */
const hasOwnZod = (root: string): boolean => {
  try {
    createRequire(join(root, 'package.json')).resolve('zod');
    return true;
  } catch {
    return false;
  }
};

/** @param root absolute path of the project folder */
export const importerOf = (root: string): ImportFile => {
  const known = importers.get(root);
  if (known) return known;
  const id = importers.size;
  const hooks = pathToFileURL(ownFile('workers/project-hooks')).href;
  const specifiers = Object.fromEntries(Object.entries(ownExports()).map(([name, path]) => [name, pathToFileURL(path).href]));
  const lent = hasOwnZod(root) ? [] : ['zod'];

  registerHooks(`${hooks}?inner=${id}`, { data: { root: pathToFileURL(`${root}/`).href } });
  const tsx = register({ namespace: `project-${id}`, tsconfig: false });
  registerHooks(`${hooks}?outer=${id}`, { data: { specifiers, lent, lender: import.meta.url } });

  const importFile: ImportFile = async (path) => (await tsx.import(pathToFileURL(path).href, import.meta.url)) as Record<string, unknown>;
  importers.set(root, importFile);
  return importFile;
};
