/** Showing what a run has made: large outputs are in the object store, and a state holds references to them. */
import { fillStored, referencesIn } from '../core/dag/stored.js';
import { isRekindleError } from '../core/errors.js';
import type { Json } from '../core/json.js';
import type { ObjectStore } from '../core/ports.js';
import { readStored } from '../platform/object-store/stored.js';

export interface OutputLimits {
  /** bytes of JSON that one output may have to be shown; default 1 MiB */
  readonly each?: number;
  /** … and all of them together; default 8 MiB */
  readonly total?: number;
}

const MIB = 1024 * 1024;

/**
 * Puts values in the places of references, the first ones first, within limits.
 *
 * @param json an output, or anything that holds outputs, as the state of a run
 * @returns the same with values; what is too large, gone or damaged stays `{ $stored: { key, sha256, bytes } }`
 * @throws STORE_UNREACHABLE
 */
export const resolveOutput = async (
  objects: ObjectStore,
  json: Json,
  { each = MIB, total = 8 * MIB }: OutputLimits = {},
): Promise<Json> => {
  const loaded = new Map<string, Json>();
  let bytes = 0;
  for (const [sha256, stored] of referencesIn(json)) {
    if (stored.bytes > each || bytes + stored.bytes > total) continue;
    try {
      loaded.set(sha256, await readStored(objects, stored));
      bytes += stored.bytes;
    } catch (error) {
      if (!isRekindleError(error) || error.code === 'STORE_UNREACHABLE') throw error;
    }
  }
  const load = async (sha256: string): Promise<Json> => Promise.resolve(loaded.get(sha256)!);
  return (
    (await fillStored(
      json,
      ({ sha256 }) => load(sha256),
      ({ sha256 }) => loaded.has(sha256),
    )) ?? null
  );
};
