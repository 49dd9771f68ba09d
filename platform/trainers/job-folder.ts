/**
 * What one try of a training job leaves on this machine, readable by any worker that comes later:
 * `<stateDir>/jobs/<job>/<try>/{ml/…,start,exit,stopped,log}`. `ml` is the job's `/opt/ml`.
 */
import { constants } from 'node:fs';
import { copyFile, link, mkdir, readdir, readFile, rename, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { randomBytes } from 'node:crypto';
import { processStart, type ProcessStart } from './process-identity.js';
import type { TrainingJob } from './trainer.js';

const KEPT_MS = 7 * 86_400_000;

export type StopReason = 'time' | 'cancel';

export interface TryFolder {
  readonly path: string;
  /** root of the contract: input/, model/, output/, checkpoints/ */
  readonly ml: string;
  readonly log: string;
}

/** `unstarted`: no trainer was ever run in this folder. `lost`: one was, it is gone, and nobody saw how it ended. */
export type TryState =
  | { readonly kind: 'unstarted' }
  | { readonly kind: 'running'; readonly start: ProcessStart; readonly sinceMs: number }
  | { readonly kind: 'exited'; readonly code: number; readonly stopped: StopReason | undefined }
  | { readonly kind: 'lost'; readonly start: ProcessStart; readonly stopped: StopReason | undefined };

const hasCode = (error: unknown, ...codes: string[]): boolean => codes.includes((error as NodeJS.ErrnoException).code ?? '');

export const readIfThere = async (path: string): Promise<string | undefined> => {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  }
};

export const tryFolder = (jobFolder: string, number: number): TryFolder => {
  const path = join(jobFolder, String(number));
  return { path, ml: join(path, 'ml'), log: join(path, 'log') };
};

const stopReason = async ({ path }: TryFolder): Promise<StopReason | undefined> =>
  (await readIfThere(join(path, 'stopped')))?.trim() as StopReason | undefined;

const exitOf = async (folder: TryFolder): Promise<TryState | undefined> => {
  const code = await readIfThere(join(folder.path, 'exit'));
  return code === undefined ? undefined : { kind: 'exited', code: Number(code), stopped: await stopReason(folder) };
};

export const readTry = async (folder: TryFolder): Promise<TryState> => {
  const startFile = join(folder.path, 'start');
  const started = await readIfThere(startFile);
  if (started === undefined) return { kind: 'unstarted' };
  const exited = await exitOf(folder);
  if (exited) return exited;
  const start = processStart(started);
  if (start.isAlive()) return { kind: 'running', start, sinceMs: (await stat(startFile)).mtimeMs };
  // It may have ended between the two looks.
  return (await exitOf(folder)) ?? { kind: 'lost', start, stopped: await stopReason(folder) };
};

/** Says why the job is being stopped, for whoever finds its end. The first reason stays. */
export const markStopped = async ({ path }: TryFolder, reason: StopReason): Promise<void> => {
  try {
    await writeFile(join(path, 'stopped'), reason, { flag: 'wx' });
  } catch (error) {
    if (!hasCode(error, 'EEXIST')) throw error;
  }
};

const linkOrCopy = async (from: string, to: string): Promise<void> => {
  try {
    await link(from, to);
  } catch {
    await copyFile(from, to, constants.COPYFILE_FICLONE);
  }
};

const writeInput = async (root: string, job: TrainingJob, checkpoints: string): Promise<void> => {
  const config = join(root, 'input/config');
  await Promise.all(['input/config', 'model', 'output/data'].map((folder) => mkdir(join(root, folder), { recursive: true })));
  const hyperparameters = Object.fromEntries(
    Object.entries({ ...job.spec.hyperparameters, ...job.parameters }).map(([name, value]) => [name, String(value)]),
  );
  const channels = Object.keys(job.channels).map((name) => [name, { TrainingInputMode: 'File', ContentType: 'application/x-parquet' }]);
  await writeFile(join(config, 'hyperparameters.json'), JSON.stringify(hyperparameters));
  await writeFile(join(config, 'inputdataconfig.json'), JSON.stringify(Object.fromEntries(channels)));
  await writeFile(join(config, 'resourceconfig.json'), JSON.stringify({ current_host: 'algo-1', hosts: ['algo-1'] }));
  for (const [name, file] of Object.entries(job.channels)) {
    const folder = join(root, 'input/data', name);
    await mkdir(folder, { recursive: true });
    await linkOrCopy(file, join(folder, 'data.parquet'));
  }
  await symlink(checkpoints, join(root, 'checkpoints'));
};

/**
 * Lays out `ml` whole or not at all: a worker that comes second finds the first one's and leaves it alone. Checkpoints are the
 * job's, not the try's, so that what a killed try left is there for the next.
 */
export const prepareTry = async (jobFolder: string, folder: TryFolder, job: TrainingJob): Promise<void> => {
  const checkpoints = join(jobFolder, 'checkpoints');
  await mkdir(checkpoints, { recursive: true });
  await mkdir(folder.path, { recursive: true });
  const partial = join(folder.path, `ml.${randomBytes(6).toString('hex')}`);
  try {
    await writeInput(partial, job, checkpoints);
    await rename(partial, folder.ml);
  } catch (error) {
    await rm(partial, { recursive: true, force: true });
    if (!hasCode(error, 'ENOTEMPTY', 'EEXIST')) throw error;
  }
};

/** Removes jobs that ended a week ago and that nobody took the result of. */
export const sweepJobs = async (jobsFolder: string, nowMs = Date.now()): Promise<void> => {
  const names = await readdir(jobsFolder).catch(() => []);
  for (const name of names) {
    const job = join(jobsFolder, name);
    const tries = (await readdir(job).catch(() => [])).filter((each) => /^\d+$/.test(each));
    const last = tries
      .map(Number)
      .sort((a, b) => a - b)
      .at(-1);
    if (last === undefined) continue;
    const ended = await stat(join(tryFolder(job, last).path, 'exit')).catch(() => undefined);
    if (ended && nowMs - ended.mtimeMs > KEPT_MS) await rm(job, { recursive: true, force: true });
  }
};
