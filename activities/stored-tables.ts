/** Tables in the object store: their address is the hash of their bytes, so the same table is stored once. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { isRekindleError } from '../core/errors.js';
import { keys } from '../core/names.js';
import type { ObjectStore } from '../core/ports.js';

export const sha256OfFile = async (path: string): Promise<string> => {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
};

/** @returns the address of the Parquet at `path` @throws STORE_UNREACHABLE */
export const storeTable = async (objects: ObjectStore, path: string): Promise<string> => {
  const sha256 = await sha256OfFile(path);
  try {
    await objects.upload(path, keys.dataset(sha256).data, { ifNoneMatch: '*' });
  } catch (error) {
    if (!isRekindleError(error) || error.code !== 'PRECONDITION_FAILED') throw error; // it is there already
  }
  return sha256;
};

/** @returns local path of the table @throws OBJECT_NOT_FOUND STORE_UNREACHABLE */
export const fetchTable = async (objects: ObjectStore, sha256: string, folder: string): Promise<string> => {
  const path = join(folder, `${sha256}.parquet`);
  await objects.download(keys.dataset(sha256).data, path);
  return path;
};
