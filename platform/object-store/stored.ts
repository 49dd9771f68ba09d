/** Reading an output that went to the object store because it was large. */
import { createHash } from 'node:crypto';
import type { Stored } from '../../core/dag/wire.js';
import { RekindleError } from '../../core/errors.js';
import type { Json } from '../../core/json.js';
import type { ObjectStore } from '../../core/ports.js';

export const sha256Of = (bytes: Uint8Array | string): string => createHash('sha256').update(bytes).digest('hex');

/** @throws OBJECT_NOT_FOUND; CHECKSUM_MISMATCH if the bytes are not those that the task left */
export const readStored = async (objects: ObjectStore, { key, sha256, bytes }: Stored): Promise<Json> => {
  const { body } = await objects.get(key);
  if (body.byteLength !== bytes || sha256Of(body) !== sha256)
    throw new RekindleError('CHECKSUM_MISMATCH', `'${key}' is not the output that the task left there.`, { key, sha256 });
  return JSON.parse(new TextDecoder().decode(body)) as Json;
};
