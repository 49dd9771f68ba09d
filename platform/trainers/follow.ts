/** Stands by a running job: tells its log, shows that it is followed, stops it when it must not go on. */
import { setTimeout as sleep } from 'node:timers/promises';
import { durationMs } from '../../core/duration.js';
import { isRekindleError } from '../../core/errors.js';
import { markStopped, readTry, type StopReason, type TryFolder, type TryState } from './job-folder.js';
import type { Claim } from './job-record.js';
import { followLog } from './training-log.js';
import type { TrainerHooks, TrainingJob } from './trainer.js';

const HEARTBEAT_MS = 1_000;
const RENEW_MS = 5_000;

export interface Following {
  readonly job: TrainingJob;
  readonly folder: TryFolder;
  readonly state: Extract<TryState, { kind: 'running' }>;
  /** whether the log so far is new to the logger */
  readonly from: 'start' | 'end';
  readonly claim: Claim;
  readonly hooks: TrainerHooks;
  readonly graceMs: number;
  readonly pollMs: number;
}

/** Reasons of Temporal for which this try of the task is over though the job is still wanted: the next try will look for it. */
const ONLY_THIS_TRY = ['NOT_FOUND', 'TIMED_OUT', 'WORKER_SHUTDOWN', 'PAUSED', 'RESET'];

const leavesTheJob = (signal: AbortSignal): boolean => signal.reason instanceof Error && ONLY_THIS_TRY.includes(signal.reason.message);

/** Every `ms` at most. */
const paced = (ms: number): (() => boolean) => {
  let last = -Infinity;
  return () => {
    if (Date.now() - last < ms) return false;
    last = Date.now();
    return true;
  };
};

/**
 * Comes back when the job has ended, however it did. A cancelled job and one whose time is up get SIGTERM, and after the grace
 * SIGKILL, with everything they started.
 *
 * @throws the signal's reason once a cancelled job has ended, or at once when only this try is over; TRAINER_LOST if another
 * host took the job over
 */
export const followJob = async ({ job, folder, state, from, claim, hooks, graceMs, pollMs }: Following): Promise<void> => {
  const { signal } = hooks;
  const log = await followLog(folder.log, from, hooks.log);
  const deadline = state.sinceMs + durationMs(job.spec.limits.time);
  const [beats, renews] = [paced(HEARTBEAT_MS), paced(RENEW_MS)];
  let killAt: number | undefined;

  const stop = async (reason: StopReason): Promise<void> => {
    hooks.log.warn(`stopping training job ${job.id}: ${reason === 'time' ? 'its time is up' : 'the run is cancelled'}`);
    await markStopped(folder, reason);
    state.start.signalGroup('SIGTERM');
    killAt = Date.now() + graceMs;
  };

  const renew = async (): Promise<void> => {
    try {
      await claim.renew();
    } catch (error) {
      if (isRekindleError(error) && error.code === 'STORE_UNREACHABLE') return; // the job needs no store to go on
      state.start.signalGroup('SIGKILL');
      throw error;
    }
  };

  while ((await readTry(folder)).kind === 'running') {
    await log.forward();
    if (signal.aborted && leavesTheJob(signal)) throw signal.reason;
    if (killAt === undefined) {
      if (signal.aborted) await stop('cancel');
      else if (Date.now() >= deadline) await stop('time');
    } else if (Date.now() >= killAt) {
      state.start.signalGroup('SIGKILL');
    }
    if (beats()) hooks.heartbeat({ job: job.id, try: claim.try, seconds: Math.round((Date.now() - state.sinceMs) / 1000) });
    if (renews()) await renew();
    await sleep(pollMs);
  }
  await log.forward(true);
  if (signal.aborted) throw signal.reason;
};
