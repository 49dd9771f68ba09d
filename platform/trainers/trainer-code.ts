/** Where a trainer's code lies, and the hash by which versions name it. */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { promisify } from 'node:util';
import { RekindleError } from '../../core/errors.js';
import type { TrainerSpec } from '../../core/lifecycle/model-spec.js';

/** @param roots folders that hold trainers, the first one wins @throws TRAINER_NOT_FOUND */
export const trainerFolder = ({ image }: TrainerSpec, roots: readonly string[]): string => {
  const found = roots.map((root) => join(root, image)).find((folder) => existsSync(join(folder, 'train.py')));
  if (found !== undefined) return found;
  throw new RekindleError(
    'TRAINER_NOT_FOUND',
    `There is no trainers/${image}/train.py, neither in the project nor among the shipped ones.`,
    {
      image,
    },
  );
};

const isCode = (path: string): boolean => !path.split(sep).some((part) => part.startsWith('.') || part === '__pycache__');

/** @returns sha256 over the names and bytes of the folder's files and over the Python that runs them */
export const hashTrainer = async (folder: string, python: string): Promise<string> => {
  const hash = createHash('sha256').update(await pythonVersion(python));
  for (const file of (await readdir(folder, { recursive: true })).filter(isCode).sort()) {
    if (!(await stat(join(folder, file))).isFile()) continue;
    const content = createHash('sha256').update(await readFile(join(folder, file)));
    hash.update(`\n${file.replaceAll(sep, '/')} ${content.digest('hex')}`);
  }
  return hash.digest('hex');
};

const pythonVersion = async (python: string): Promise<string> => {
  try {
    const { stdout, stderr } = await promisify(execFile)(python, ['--version']);
    return (stdout || stderr).trim();
  } catch (cause) {
    throw new RekindleError('TOOL_MISSING', `The trainer's Python ${python} cannot be run.`, { python }, { cause });
  }
};
