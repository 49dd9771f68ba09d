/** One file with DAGs, wherever it lies: a draft of a DAG need not be in the project yet. */
import { existsSync, realpathSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { isDag, type Dag } from '../core/dag/dag.js';
import { RekindleError } from '../core/errors.js';
import { importerOf } from './import-project.js';
import { invalidFile } from './project-files.js';

/** `dags/nightly.ts` is a file of the project around it, any other of the folder that it is in. */
const rootOf = (path: string): string => (basename(dirname(path)) === 'dags' ? dirname(dirname(path)) : dirname(path));

/** @throws PROJECT_INVALID naming the file, if it is not there, throws, or exports no DAG */
export const loadDagFile = async (file: string): Promise<Dag[]> => {
  if (!existsSync(file)) throw new RekindleError('PROJECT_INVALID', `There is no file ${file}.`, { file });
  const path = realpathSync(file);
  const root = rootOf(path);
  const exported = await importerOf(root)(path).catch((error: unknown) => {
    throw invalidFile(root, path, error);
  });
  const dags = [...new Set(Object.values(exported).filter(isDag))];
  if (dags.length === 0) throw new RekindleError('PROJECT_INVALID', `${file} exports no DAG.`, { file });
  return dags;
};
