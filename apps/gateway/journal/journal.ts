/** The prediction journal: what was answered is here before the answer leaves. */
import { closeSync, fdatasync, ftruncateSync, openSync, writeSync } from 'node:fs';
import { promisify } from 'node:util';
import { RekindleError } from '../../../core/errors.js';
import { journalFile, syncFolder, type JournalFile } from './files.js';
import { encodeFrame } from './frames.js';

const fdatasyncAsync = promisify(fdatasync);

/** How much a power cut may take in `interval` mode; the end of the process takes nothing in either mode. */
const SYNC_MS = 50;
/** A file of this size is closed by itself: it bounds the memory that storing it takes. */
const MAX_FILE_BYTES = 32 * 1024 * 1024;

export interface JournalOptions {
  readonly folder: string;
  readonly gateway: string;
  /** `always`: `append` resolves when the bytes are on the disk, not only with the operating system */
  readonly sync: 'interval' | 'always';
  readonly maxFileBytes?: number;
  /** sequences of new files are larger */
  readonly after?: number;
  /** told when the disk refuses a sync in `interval` mode: the answers have left by then */
  readonly onFault: (cause: unknown) => void;
}

/** Whoever awaits the promise still sees it fail; nobody awaiting it must not end the process. */
const handled = (promise: Promise<void>): Promise<void> => {
  promise.catch(() => undefined);
  return promise;
};

interface Waiting {
  readonly record: string;
  readonly resolve: () => void;
  readonly reject: (cause: RekindleError) => void;
}

interface OpenFile extends JournalFile {
  readonly fd: number;
  bytes: number;
  /** bytes written since the last sync */
  dirty: boolean;
  /** syncs of a file go one after the other; the file is closed after the last */
  synced: Promise<void>;
}

/**
 * Appends are committed in groups: those of one turn of the event loop, or those that came while the disk was syncing, share
 * a write. The write is synchronous on purpose: into the page cache it takes microseconds, less than a trip to a thread.
 */
export class Journal {
  private readonly options: JournalOptions;
  private file: OpenFile | undefined;
  private sequence: number;
  private waiting: Waiting[] = [];
  private committing = false;
  private closed: JournalFile[] = [];
  private readonly syncTimer: NodeJS.Timeout;

  constructor(options: JournalOptions) {
    this.options = options;
    this.sequence = options.after ?? 0;
    this.syncTimer = setInterval(() => {
      if (this.file) this.sync(this.file).catch(options.onFault);
    }, SYNC_MS).unref();
  }

  /** @throws JOURNAL_UNWRITABLE: the answer must not leave */
  append(record: string): Promise<void> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ record, resolve, reject });
      if (this.committing) return;
      this.committing = true;
      queueMicrotask(() => void this.commit());
    });
  }

  /** Closes the current file if there is one; the next append opens another. */
  async rotate(): Promise<void> {
    const file = this.file;
    if (!file) return;
    this.file = undefined;
    await this.sync(file).catch(this.options.onFault); // it is read back at once: what is lost shows there
    closeSync(file.fd);
    this.closed.push({ path: file.path, gateway: file.gateway, sequence: file.sequence });
  }

  /** Files that were closed since the last call, oldest first. */
  takeClosed(): JournalFile[] {
    const closed = this.closed;
    this.closed = [];
    return closed;
  }

  /** Bytes that are in no closed file yet. */
  get openBytes(): number {
    return this.file?.bytes ?? 0;
  }

  async close(): Promise<void> {
    clearInterval(this.syncTimer);
    await this.rotate();
  }

  private async commit(): Promise<void> {
    while (this.waiting.length > 0) {
      const group = this.waiting;
      this.waiting = [];
      try {
        const file = this.write(encodeFrame(group.map(({ record }) => record)));
        if (this.options.sync === 'always') await this.sync(file);
        for (const { resolve } of group) resolve();
      } catch (cause) {
        const why = (cause as NodeJS.ErrnoException).code ?? String(cause);
        const error = new RekindleError('JOURNAL_UNWRITABLE', `The journal cannot be written (${why}).`, {}, { cause });
        for (const { reject } of group) reject(error);
        await this.rotate().catch(this.options.onFault); // what a failed sync left behind in the cache is unknown: start afresh
      }
    }
    this.committing = false;
    if (this.openBytes >= (this.options.maxFileBytes ?? MAX_FILE_BYTES)) await this.rotate().catch(this.options.onFault);
  }

  private write(frame: Buffer): OpenFile {
    const file = (this.file ??= this.open());
    try {
      for (let written = 0; written < frame.length;) written += writeSync(file.fd, frame, written);
    } catch (cause) {
      ftruncateSync(file.fd, file.bytes); // half a frame would hide the frames after it
      throw cause;
    }
    file.bytes += frame.length;
    file.dirty = true;
    return file;
  }

  /** Sequences are wall-clock milliseconds, so that a gateway that starts again with its old name never reuses one. */
  private open(): OpenFile {
    this.sequence = Math.max(this.sequence + 1, Date.now());
    const { folder, gateway } = this.options;
    const file = journalFile(folder, gateway, this.sequence);
    const fd = openSync(file.path, 'ax');
    return { ...file, fd, bytes: 0, dirty: false, synced: handled(syncFolder(folder)) };
  }

  private sync(file: OpenFile): Promise<void> {
    const once = async (): Promise<void> => {
      if (!file.dirty) return;
      file.dirty = false;
      await fdatasyncAsync(file.fd);
    };
    file.synced = handled(file.synced.then(once));
    return file.synced;
  }
}
