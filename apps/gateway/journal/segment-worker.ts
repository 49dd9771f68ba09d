/** The thread that stores journal files: encoding Parquet must not hold the event loop that answers predictions. */
import { parentPort, workerData } from 'node:worker_threads';
import { isRekindleError, type ErrorCode } from '../../../core/errors.js';
import type { StoreConfig } from '../../../platform/config.js';
import { openObjectStore } from '../../../platform/object-store/index.js';
import { openDatabase } from '../../../platform/tables/database.js';
import type { JournalFile } from './files.js';
import { storeJournal, type Stored } from './segments.js';

export interface Failure {
  readonly code: ErrorCode | undefined;
  readonly message: string;
}
export type Reply = { readonly stored: Stored } | { readonly failure: Failure };

const objects = openObjectStore((workerData as { store: StoreConfig }).store);
const database = openDatabase({ memoryMb: 512 });

const store = async (file: JournalFile): Promise<Reply> => {
  try {
    return { stored: await storeJournal(file, objects, database) };
  } catch (error) {
    return { failure: { code: isRekindleError(error) ? error.code : undefined, message: (error as Error).message } };
  }
};

let work: Promise<unknown> = Promise.resolve();
parentPort!.on('message', (message: JournalFile | 'close') => {
  if (message !== 'close') {
    work = store(message).then((reply) => parentPort!.postMessage(reply));
    return;
  }
  void work.then(() => {
    database.close();
    parentPort!.close();
  });
});
