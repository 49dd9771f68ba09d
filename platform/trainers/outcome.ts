/** What a finished try amounts to: a model, or an error that says why not. */
import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { RekindleError } from '../../core/errors.js';
import { keys } from '../../core/names.js';
import { readIfThere, type StopReason, type TryFolder } from './job-folder.js';
import { lastLines } from './training-log.js';
import type { TrainingJob } from './trainer.js';

/** What a version is made of; the model last, as its absence says most. */
const MODEL_FILES = ['signature.json', 'golden.json', 'model.onnx'];

/** The contract's limit on what a trainer says of its failure. */
const FAILURE_CHARACTERS = 1024;

const signalName = (code: number): string | undefined => Object.entries(constants.signals).find(([, number]) => code === 128 + number)?.[0];

const ending = (code: number): string => {
  const signal = code > 128 ? signalName(code) : undefined;
  if (signal === 'SIGKILL') return 'was killed (exit code 137), probably because the machine ran out of memory';
  return signal ? `was ended by ${signal} (exit code ${code})` : `exited with code ${code}`;
};

const nameOf = ({ spec, id }: TrainingJob): string => `Trainer '${spec.image}' (job ${id})`;

export const timeUp = (job: TrainingJob): RekindleError =>
  new RekindleError('TRAINER_TIMEOUT', `${nameOf(job)} was stopped after its limit of ${job.spec.limits.time}.`, {
    job: job.id,
    limit: job.spec.limits.time,
  });

export const lost = (job: TrainingJob, how: string): RekindleError =>
  new RekindleError('TRAINER_LOST', `${nameOf(job)} ${how}.`, { job: job.id });

const failed = async (job: TrainingJob, { ml, log }: TryFolder, code: number): Promise<RekindleError> => {
  const said = (await readIfThere(join(ml, 'output/failure')))?.trim().slice(0, FAILURE_CHARACTERS);
  const lines = await lastLines(log, 20);
  const why = said || lines.at(-1) || 'it said nothing';
  return new RekindleError('TRAINER_FAILED', `${nameOf(job)} ${ending(code)}: ${why.replace(/[.\s]+$/, '')}.`, {
    job: job.id,
    exitCode: code,
    failure: said ?? null,
    lastLines: lines,
    log: keys.trainingJobLog(job.id),
  });
};

/** @throws TRAINER_FAILED TRAINER_TIMEOUT MODEL_MISSING */
export const checkExit = async (job: TrainingJob, folder: TryFolder, code: number, stopped: StopReason | undefined): Promise<void> => {
  if (code !== 0) throw stopped === 'time' ? timeUp(job) : await failed(job, folder, code);
  const missing = MODEL_FILES.filter((name) => !existsSync(join(folder.ml, 'model', name)));
  if (missing.length === 0) return;
  throw new RekindleError('MODEL_MISSING', `${nameOf(job)} ended well but left no ${missing.at(-1)} in its model folder.`, {
    job: job.id,
    missing,
  });
};
