/** The main thread's end of `segment-worker.ts`. */
import { Worker } from 'node:worker_threads';
import { RekindleError } from '../../../core/errors.js';
import type { StoreConfig } from '../../../platform/config.js';
import { ownFile } from '../../../platform/package.js';
import type { JournalFile } from './files.js';
import type { Reply } from './segment-worker.js';
import type { Stored } from './segments.js';

export interface SegmentThread {
  /** One file at a time. @throws STORE_UNREACHABLE and whatever else kept the file from being stored */
  store(file: JournalFile): Promise<Stored>;
  close(): Promise<void>;
}

export const startSegmentThread = (store: StoreConfig): SegmentThread => {
  let worker: Worker | undefined;

  const start = (): Worker => {
    const started = new Worker(ownFile('apps/gateway/journal/segment-worker'), { workerData: { store } });
    started.once('exit', () => {
      if (worker === started) worker = undefined;
    });
    return started;
  };

  const ask = (file: JournalFile): Promise<Reply> =>
    new Promise((resolve, reject) => {
      const asked = (worker ??= start());
      const settle = (act: () => void): void => {
        asked.off('message', onReply).off('error', onError).off('exit', onExit);
        act();
      };
      const onReply = (reply: Reply): void => settle(() => resolve(reply));
      const onError = (error: Error): void => settle(() => reject(error));
      const onExit = (code: number): void => settle(() => reject(new Error(`the segment thread ended with code ${code}`)));
      asked.on('message', onReply).on('error', onError).on('exit', onExit);
      asked.postMessage(file);
    });

  return {
    async store(file) {
      const reply = await ask(file);
      if ('stored' in reply) return reply.stored;
      const { code, message } = reply.failure;
      throw code === undefined ? new Error(message) : new RekindleError(code, message);
    },
    async close() {
      const ending = worker;
      if (!ending) return;
      const gone = new Promise((resolve) => ending.once('exit', resolve));
      ending.postMessage('close');
      await gone;
    },
  };
};
