/** The programs that a stack needs and npm does not bring: found, else got by the package's own set-up. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { RekindleError } from '../../../core/errors.js';
import { packageRoot } from '../../../platform/package.js';

/** Paths; null where there is none. */
export interface Tools {
  readonly temporal: string | null;
  readonly minio: string | null;
  readonly trainerPython: string | null;
}

const setupFile = (path: string): string => join(packageRoot, 'scripts', path);

/** Set-up is plain JavaScript that runs before anything is built; so is its finder. */
export const findTools = async (): Promise<Tools> => {
  const finder = (await import(pathToFileURL(setupFile('setup/tools.mjs')).href)) as { findTools(): Promise<Tools> };
  return finder.findTools();
};

export interface ToolsWish {
  readonly project: string;
  readonly store: 'folder' | 'minio';
  /** asked for, but a stack without it still serves and runs DAGs */
  readonly trainer: boolean;
}

/**
 * Set-up shows its own progress on stderr, as a first time can take minutes.
 * @throws TOOL_MISSING naming what could not be had
 */
export const provideTools = async ({ project, store, trainer }: ToolsWish): Promise<Tools & { readonly temporal: string }> => {
  const lacks = ({ temporal, minio }: Tools): string[] => [
    ...(temporal === null ? ['the Temporal server'] : []),
    ...(store === 'minio' && minio === null ? ['MinIO'] : []),
  ];
  let tools = await findTools();
  if (lacks(tools).length > 0 || (trainer && tools.trainerPython === null)) {
    const args = [setupFile('setup.mjs'), '--for', 'dev', '--project', project, ...(store === 'minio' ? ['--store', 'minio'] : [])];
    await new Promise((done, fail) =>
      spawn(process.execPath, args, { stdio: ['ignore', 2, 2] })
        .once('exit', done)
        .once('error', fail),
    );
    tools = await findTools();
  }
  const { temporal } = tools;
  if (temporal === null || lacks(tools).length > 0)
    throw new RekindleError('TOOL_MISSING', `Set-up could not get ${lacks(tools).join(' and ')}.`, { missing: lacks(tools) });
  return { ...tools, temporal };
};
