/** JSON documents of the object store: read and checked in one place. */
import type { z } from 'zod';
import { isRekindleError, RekindleError } from '../../core/errors.js';
import type { ObjectInfo, ObjectStore, PutOptions } from '../../core/ports.js';

export interface StoredDocument<T> {
  readonly value: T;
  readonly info: ObjectInfo;
}

const parsed = <T>(key: string, body: Uint8Array, schema: z.ZodType<T>): T => {
  try {
    return schema.parse(JSON.parse(Buffer.from(body).toString('utf8')));
  } catch (cause) {
    throw new RekindleError('CHECKSUM_MISMATCH', `Object '${key}' does not hold what it should.`, { key }, { cause });
  }
};

/** @returns undefined when there is no such object @throws CHECKSUM_MISMATCH when it is not what the schema says */
export const readDocument = async <T>(objects: ObjectStore, key: string, schema: z.ZodType<T>): Promise<StoredDocument<T> | undefined> => {
  try {
    const { body, info } = await objects.get(key);
    return { value: parsed(key, body, schema), info };
  } catch (error) {
    if (isRekindleError(error) && error.code === 'OBJECT_NOT_FOUND') return undefined;
    throw error;
  }
};

export const writeDocument = (objects: ObjectStore, key: string, value: unknown, options: PutOptions = {}): Promise<ObjectInfo> =>
  objects.put(key, `${JSON.stringify(value, null, 2)}\n`, { contentType: 'application/json', ...options });

/** A conditional write. @returns false when the condition did not hold: somebody else was first */
export const tryWriteDocument = async (
  objects: ObjectStore,
  key: string,
  value: unknown,
  condition: Pick<PutOptions, 'ifMatch' | 'ifNoneMatch'>,
): Promise<boolean> => {
  try {
    await writeDocument(objects, key, value, condition);
    return true;
  } catch (error) {
    if (isRekindleError(error) && error.code === 'PRECONDITION_FAILED') return false;
    throw error;
  }
};
