/** The prediction log of one gateway: journal in, Parquet segments out, nothing lost between. */
import { rename, rm, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { isRekindleError } from '../../../core/errors.js';
import type { Logger } from '../../../platform/logger.js';
import { repeat, type Repetition } from '../repeat.js';
import { Journal, type JournalOptions } from './journal.js';
import type { JournalFile } from './files.js';
import { giveUpOwnership, touchOwnership } from './owner.js';
import { recoverJournals } from './recovery.js';
import type { SegmentThread } from './segment-thread.js';
import type { Stored } from './segments.js';

export interface PredictionLogOptions {
  /** `<stateDir>/journal` */
  readonly root: string;
  readonly gateway: string;
  readonly sync: JournalOptions['sync'];
  readonly flushMs: number;
  readonly segments: SegmentThread;
  readonly log: Logger;
  /** told of each file of this process that reached the store */
  readonly onStored: (stored: Stored) => void;
}

export interface Flushed {
  readonly files: number;
  readonly segments: number;
  /** rows */
  readonly predictions: number;
  readonly labels: number;
  /** journal files that could not be stored yet */
  readonly pending: number;
}

const rowsOf = (counts: Readonly<Record<string, number>>): number => Object.values(counts).reduce((sum, rows) => sum + rows, 0);

const total = (a: Flushed, b: Flushed): Flushed => ({
  files: a.files + b.files,
  segments: a.segments + b.segments,
  predictions: a.predictions + b.predictions,
  labels: a.labels + b.labels,
  pending: b.pending,
});

/** After a failure the store gets a rest: doubled each time, up to this. */
const MAX_REST_MS = 10_000;

export class PredictionLog {
  private readonly options: PredictionLogOptions;
  private readonly folder: string;
  private readonly journal: Journal;
  /** closed files that are not in the store, oldest first; those of dead gateways are `foreign` */
  private readonly pending: JournalFile[];
  private readonly foreign: ReadonlySet<string>;
  private flushing: Promise<Flushed> | undefined;
  /** files that the last flush could not store */
  private failures = 0;
  private failedRounds = 0;
  private restUntil = 0;
  private readonly repetition: Repetition;

  private constructor(options: PredictionLogOptions, recovered: readonly JournalFile[]) {
    this.options = options;
    this.folder = join(options.root, options.gateway);
    this.pending = [...recovered];
    this.foreign = new Set(recovered.map(({ path }) => path));
    this.journal = new Journal({
      folder: this.folder,
      gateway: options.gateway,
      sync: options.sync,
      after: Math.max(0, ...recovered.map(({ sequence }) => sequence)),
      onFault: (cause) => options.log.error({ err: cause }, 'the journal could not be synced to disk'),
    });
    this.repetition = repeat(() => this.round(), {
      everyMs: options.flushMs,
      onError: (cause) => options.log.error({ err: cause }, 'flushing the prediction log failed'),
    });
  }

  /** Takes over what dead gateways of the machine left; it is stored with the first flush. @throws CONFIG_INVALID */
  static async open(options: PredictionLogOptions): Promise<PredictionLog> {
    const recovered = await recoverJournals(options.root, options.gateway);
    if (recovered.length > 0) options.log.info({ files: recovered.length }, 'journal files of an earlier run are stored now');
    return new PredictionLog(options, recovered);
  }

  /** Resolves when the record survives the end of this process. @throws JOURNAL_UNWRITABLE */
  append(record: string): Promise<void> {
    return this.journal.append(record);
  }

  /** Bytes and files that are not in the store yet. */
  get lag(): { readonly bytes: number; readonly files: number } {
    return { bytes: this.journal.openBytes, files: this.pending.length };
  }

  /** Stores everything that was appended before the call. Never throws: what could not be stored is `pending`. */
  async flush(): Promise<Flushed> {
    while (this.flushing) await this.flushing;
    this.flushing = this.store().finally(() => (this.flushing = undefined));
    return this.flushing;
  }

  /** The last flush; what the store does not take stays in the folder for the next gateway. */
  async close(): Promise<void> {
    await this.repetition.stop();
    await this.journal.close();
    await this.flush();
    await this.options.segments.close();
    await giveUpOwnership(this.folder);
    await rmdir(this.folder).catch(() => undefined); // it still holds something
  }

  private async round(): Promise<void> {
    await touchOwnership(this.folder);
    if (Date.now() >= this.restUntil) await this.flush();
  }

  private async store(): Promise<Flushed> {
    // While the store is down the current file grows to its full size instead of leaving a small one each second.
    const wasDown = this.failures > 0;
    if (!wasDown) await this.journal.rotate();
    const flushed = await this.storePending();
    if (!wasDown || this.failures > 0) return flushed;
    await this.journal.rotate();
    return total(flushed, await this.storePending());
  }

  private async storePending(): Promise<Flushed> {
    this.pending.push(...this.journal.takeClosed());
    let flushed: Flushed = { files: 0, segments: 0, predictions: 0, labels: 0, pending: 0 };
    this.failures = 0;
    for (const file of [...this.pending]) {
      try {
        const { segments, predictions, labels } = await this.storeOne(file);
        flushed = total(flushed, { files: 1, segments, predictions: rowsOf(predictions), labels: rowsOf(labels), pending: 0 });
      } catch (cause) {
        this.options.log.warn({ err: cause, file: file.path }, 'the prediction log waits for the object store');
        this.failures += 1;
        if (isRekindleError(cause) && cause.retryable) break; // else the fault is this file's own: the others go on
      }
    }
    this.rest();
    return { ...flushed, pending: this.pending.length };
  }

  private async storeOne(file: JournalFile): Promise<Stored> {
    const stored = await this.options.segments.store(file);
    await this.discard(file, stored.tail);
    this.pending.splice(this.pending.indexOf(file), 1);
    if (!this.foreign.has(file.path)) this.options.onStored(stored);
    return stored;
  }

  private rest(): void {
    this.failedRounds = this.failures === 0 ? 0 : this.failedRounds + 1;
    const pause = Math.min(MAX_REST_MS, this.options.flushMs * 2 ** this.failedRounds);
    this.restUntil = this.failures === 0 ? 0 : Date.now() + pause;
  }

  /** A tail that is no whole frame is kept aside for people: after `kill -9` it is half a write, else the disk lies. */
  private async discard({ path }: JournalFile, tail: number): Promise<void> {
    if (tail === 0) return rm(path, { force: true });
    this.options.log.warn({ file: `${path}.torn`, bytes: tail }, 'a journal file ends in bytes that are no whole record');
    await rename(path, `${path}.torn`);
  }
}
