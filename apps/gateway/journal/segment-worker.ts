/** The thread that stores journal files: encoding Parquet must not hold the event loop that answers predictions. */
import { workerData } from 'piscina';
import { isRekindleError, type ErrorCode } from '../../../core/errors.js';
import type { StoreConfig } from '../../../platform/config.js';
import { openObjectStore } from '../../../platform/object-store/index.js';
import { openDatabase } from '../../../platform/tables/database.js';
import type { JournalFile } from './files.js';
import { storeJournal, type Stored } from './segments.js';

/** Errors lose their code on the way between threads, so they travel as data. */
export type Reply = { readonly stored: Stored } | { readonly failure: { readonly code: ErrorCode | undefined; readonly message: string } };

const objects = openObjectStore((workerData as { store: StoreConfig }).store);
const database = openDatabase({ memoryMb: 512 });

export default async (file: JournalFile): Promise<Reply> => {
  try {
    return { stored: await storeJournal(file, objects, database) };
  } catch (error) {
    return { failure: { code: isRekindleError(error) ? error.code : undefined, message: (error as Error).message } };
  }
};
