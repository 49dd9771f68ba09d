/** The main thread's end of `segment-worker.ts`. */
import { Piscina } from 'piscina';
import { RekindleError } from '../../../core/errors.js';
import type { StoreConfig } from '../../../platform/config.js';
import { ownFile } from '../../../platform/package.js';
import type { JournalFile } from './files.js';
import type { Reply } from './segment-worker.js';
import type { Stored } from './segments.js';

export interface SegmentThread {
  /** @throws STORE_UNREACHABLE and whatever else kept the file from being stored */
  store(file: JournalFile): Promise<Stored>;
  close(): Promise<void>;
}

/** The thread starts when there is something to store, and ends when there was nothing for so long. */
const IDLE_MS = 30_000;

export const startSegmentThread = (store: StoreConfig): SegmentThread => {
  const filename = ownFile('apps/gateway/journal/segment-worker');
  const pool = new Piscina({ filename, minThreads: 0, maxThreads: 1, idleTimeout: IDLE_MS, workerData: { store } });
  return {
    async store(file) {
      const reply = (await pool.run(file)) as Reply;
      if ('stored' in reply) return reply.stored;
      const { code, message } = reply.failure;
      throw code === undefined ? new Error(message) : new RekindleError(code, message);
    },
    close: () => pool.close(),
  };
};
