/**
 * Who runs a training job, in the object store, where every worker of every host can see it. Created exclusively before the
 * start; while somebody follows the job it changes every few seconds, and a record that stays still is one whose host is gone.
 */
import { z } from 'zod';
import { isRekindleError, RekindleError } from '../../core/errors.js';
import { keys } from '../../core/names.js';
import type { ObjectStore } from '../../core/ports.js';

const JobRecord = z.object({
  job: z.string(),
  host: z.string(),
  /** which folder of the job is meant: a lost job is started anew in the next one */
  try: z.number().int().positive(),
  /** counts up while the job is followed */
  beat: z.number().int(),
});
type JobRecord = z.infer<typeof JobRecord>;

interface Seen {
  readonly record: JobRecord;
  readonly etag: string;
}

export interface ClaimTimes {
  /** a record of another host that stands still for so long is taken over */
  readonly quietMs: number;
  readonly pollMs: number;
  /** called while waiting for another host */
  waiting(host: string): Promise<void>;
}

/** The right to run one job on this host. */
export interface Claim {
  readonly try: number;
  /** Shows that the job is followed. @throws TRAINER_LOST if another host has taken it over */
  renew(): Promise<void>;
  /** Starts the next try. Workers of this host that do it at once get the same one. @throws TRAINER_LOST */
  next(): Promise<void>;
}

export const claimJob = async (objects: ObjectStore, job: string, host: string, times: ClaimTimes): Promise<Claim> => {
  const key = keys.trainingJob(job);

  const write = async (record: JobRecord, condition: { ifNoneMatch: '*' } | { ifMatch: string }): Promise<Seen | undefined> => {
    try {
      const { etag } = await objects.put(key, JSON.stringify(record), { ...condition, contentType: 'application/json' });
      return { record, etag };
    } catch (error) {
      if (isRekindleError(error) && error.code === 'PRECONDITION_FAILED') return undefined;
      throw error;
    }
  };

  const read = async (): Promise<Seen | undefined> => {
    try {
      const { body, info } = await objects.get(key);
      return { record: JobRecord.parse(JSON.parse(Buffer.from(body).toString('utf8'))), etag: info.etag };
    } catch (error) {
      if (isRekindleError(error) && error.code === 'OBJECT_NOT_FOUND') return undefined;
      throw error;
    }
  };

  /** Waits until this host may have the job. */
  const settle = async (): Promise<Seen> => {
    let still: { etag: string; since: number } | undefined;
    for (;;) {
      const created = await write({ job, host, try: 1, beat: 0 }, { ifNoneMatch: '*' });
      if (created) return created;
      const found = await read();
      if (!found) continue; // discarded in between
      if (found.record.host === host) return found;
      if (still?.etag !== found.etag) still = { etag: found.etag, since: Date.now() };
      if (Date.now() - still.since >= times.quietMs) {
        const taken = await write({ job, host, try: found.record.try + 1, beat: 0 }, { ifMatch: found.etag });
        if (taken) return taken;
      }
      await times.waiting(found.record.host);
    }
  };

  let seen = await settle();

  /** Replaces the record, or accepts what another worker of this host wrote in the meantime. */
  const replace = async (record: JobRecord): Promise<void> => {
    const written = await write(record, { ifMatch: seen.etag });
    const found = written ?? (await read());
    if (!found || found.record.host !== host || found.record.try < seen.record.try)
      throw new RekindleError('TRAINER_LOST', `Training job ${job} was taken over by ${found?.record.host ?? 'another worker'}.`, { job });
    seen = found;
  };

  return {
    get try() {
      return seen.record.try;
    },
    renew: () => replace({ ...seen.record, beat: seen.record.beat + 1 }),
    next: () => replace({ ...seen.record, try: seen.record.try + 1, beat: 0 }),
  };
};
