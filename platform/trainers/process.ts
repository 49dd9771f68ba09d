/** Trainers as Python processes of the worker's machine. The worker may die at any moment: the job goes on and is found again. */
import { mkdir, rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { durationMs } from '../../core/duration.js';
import { keys } from '../../core/names.js';
import type { ObjectStore } from '../../core/ports.js';
import { packageRoot } from '../package.js';
import { followJob } from './follow.js';
import { prepareTry, readTry, sweepJobs, tryFolder, type TryFolder } from './job-folder.js';
import { claimJob, type Claim } from './job-record.js';
import { launch } from './launch.js';
import { checkExit, lost, timeUp } from './outcome.js';
import { findPython } from './python.js';
import { hashTrainer, trainerFolder } from './trainer-code.js';
import { keepLog } from './training-log.js';
import type { Trainer, TrainerHooks, TrainingJob, TrainingResult } from './trainer.js';

export interface ProcessTrainerOptions {
  /** project folder; its `trainers/` come before the shipped ones */
  readonly project: string;
  /** jobs lie in `<stateDir>/jobs` */
  readonly stateDir: string;
  readonly objects: ObjectStore;
  /** absent: the environment that set-up made */
  readonly python?: string | undefined;
  /** between SIGTERM and SIGKILL; the contract's two minutes */
  readonly graceMs?: number;
  /** how often a job is looked at */
  readonly pollMs?: number;
  /** how long the record of another host must stand still before its job counts as lost */
  readonly quietMs?: number;
  readonly host?: string;
}

/** Time for a shell to start and write its first file, on a machine that is busy. */
const START_MS = 20_000;

/** How long after its limit a job that no worker follows any more ends itself. */
const UNWATCHED_SECONDS = 300;

export const createProcessTrainer = (options: ProcessTrainerOptions): Trainer => {
  const { project, stateDir, objects, python, graceMs = 120_000, pollMs = 100, quietMs = 20_000, host = hostname() } = options;
  const jobs = join(stateDir, 'jobs');
  const roots = [join(project, 'trainers'), join(packageRoot, 'trainers')];

  /** Starts the try unless it has been started, and waits until its wrapper is on record. @returns false if another worker's came first */
  const start = async (job: TrainingJob, folder: TryFolder): Promise<boolean> => {
    const { limits } = job.spec;
    const command = [await findPython(python), join(trainerFolder(job.spec, roots), 'train.py'), 'train'];
    await prepareTry(join(jobs, job.id), folder, job);
    const limitSeconds = Math.ceil((durationMs(limits.time) + graceMs) / 1000) + UNWATCHED_SECONDS;
    const pid = await launch({ folder, command, memoryMb: limits.memoryMb, limitSeconds });
    for (const deadline = Date.now() + START_MS; Date.now() < deadline; await sleep(20)) {
      const state = await readTry(folder);
      if (state.kind !== 'unstarted') return !('start' in state) || state.start.pid === pid;
    }
    throw lost(job, 'did not start');
  };

  const collect = async (job: TrainingJob, folder: TryFolder, startedMs: number, reattached: boolean): Promise<TrainingResult> => ({
    modelFolder: join(folder.ml, 'model'),
    logFile: await keepLog(folder.log),
    seconds: (Date.now() - startedMs) / 1000,
    reattached,
  });

  /** Brings the job to its end. Whatever is found is used; what is found lost is started anew, once. */
  const attend = async (job: TrainingJob, hooks: TrainerHooks, claim: Claim): Promise<TrainingResult> => {
    const beganMs = Date.now();
    let started = false;
    let followed = false;
    for (;;) {
      hooks.signal.throwIfAborted();
      const number = claim.try;
      const folder = tryFolder(join(jobs, job.id), number);
      const state = await readTry(folder);
      switch (state.kind) {
        case 'unstarted':
          started = await start(job, folder);
          hooks.log.info(`${started ? 'started' : 'found'} training job ${job.id}`, { try: number });
          break;
        case 'running':
          if (!started && !followed) hooks.log.info(`found training job ${job.id} under way`, { try: number, pid: state.start.pid });
          followed = true;
          await followJob({ job, folder, state, from: started ? 'start' : 'end', claim, hooks, graceMs, pollMs });
          break;
        case 'exited':
          if (state.stopped === 'cancel' && state.code !== 0) {
            await claim.next(); // that run was cancelled; this one asks for the job again
            break;
          }
          await checkExit(job, folder, state.code, state.stopped);
          return collect(job, folder, beganMs, !started);
        case 'lost':
          state.start.signalGroup('SIGKILL'); // what it started must not go on without it
          if (state.stopped === 'time') throw timeUp(job);
          await claim.next();
          if (started || followed) throw lost(job, 'vanished without an exit code');
          hooks.log.warn(`training job ${job.id} was lost; it is started anew`, { try: claim.try });
          break;
      }
    }
  };

  const keepFailureLog = async (job: TrainingJob, number: number): Promise<void> => {
    const file = await keepLog(tryFolder(join(jobs, job.id), number).log).catch(() => undefined);
    if (file !== undefined) await objects.upload(file, keys.trainingJobLog(job.id), { contentType: 'text/plain; charset=utf-8' });
  };

  return {
    async codeHash(spec) {
      return hashTrainer(trainerFolder(spec, roots), await findPython(python));
    },

    async run(job, hooks) {
      await mkdir(jobs, { recursive: true });
      await sweepJobs(jobs);
      const claim = await claimJob(objects, job.id, host, {
        quietMs,
        pollMs: 1000,
        async waiting(other) {
          hooks.heartbeat({ job: job.id, waitingFor: other });
          await sleep(Math.min(1000, quietMs / 4), undefined, { signal: hooks.signal });
        },
      });
      try {
        return await attend(job, hooks, claim);
      } catch (error) {
        await keepFailureLog(job, claim.try).catch(() => undefined); // the failure itself matters more
        throw error;
      }
    },

    async discard(jobId) {
      await objects.delete(keys.trainingJob(jobId));
      await rm(join(jobs, jobId), { recursive: true, force: true });
    },
  };
};
