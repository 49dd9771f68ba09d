/** Large outputs: written to the object store when a task has ended, read before the next one sees them. */
import { asFailure } from '../activities/failures.js';
import { fillStored, hasStored, lookUp, referencesIn, type LoadStored } from '../core/dag/stored.js';
import { type DataActivities, type Stored, type StoredValue } from '../core/dag/wire.js';
import { isRekindleError, RekindleError } from '../core/errors.js';
import type { Json } from '../core/json.js';
import { keys } from '../core/names.js';
import type { ObjectStore } from '../core/ports.js';
import { readStored, sha256Of } from '../platform/object-store/stored.js';

/** Bytes of JSON that a worker keeps at hand, so that the items of a map do not each load the list that they are from. */
const AT_HAND = 32 * 1024 * 1024;
/** Bytes of JSON that the interpreter may ask for: they go into the history of the run. */
const INTO_HISTORY = 1024 * 1024;

/** Those used last, up to a sum of bytes; what is being loaded is loaded once. */
const remembering = (load: LoadStored, limit: number): LoadStored => {
  const kept = new Map<string, { readonly bytes: number; readonly document: Promise<Json> }>();
  let bytes = 0;
  const drop = (sha256: string): void => {
    bytes -= kept.get(sha256)?.bytes ?? 0;
    kept.delete(sha256);
  };
  return (stored) => {
    const { sha256 } = stored;
    const document = kept.get(sha256)?.document ?? load(stored);
    drop(sha256); // a Map remembers in which order things were set
    kept.set(sha256, { bytes: stored.bytes, document });
    bytes += stored.bytes;
    for (const [oldest] of kept) {
      if (bytes <= limit) break;
      if (oldest === sha256)
        void document.then(
          () => drop(sha256),
          () => undefined,
        );
      else drop(oldest);
    }
    document.catch(() => drop(sha256));
    return document;
  };
};

const loaders = new WeakMap<ObjectStore, LoadStored>();
const loaderOf = (objects: ObjectStore): LoadStored => {
  const loader = loaders.get(objects) ?? remembering((stored) => readStored(objects, stored), AT_HAND);
  loaders.set(objects, loader);
  return loader;
};

/**
 * @returns the input of a task with values in the places of references, a copy of its own where there were any
 * @throws OBJECT_NOT_FOUND, CHECKSUM_MISMATCH, STORE_UNREACHABLE
 */
export const withValues = async (objects: ObjectStore, input: unknown): Promise<unknown> =>
  hasStored(input) ? await fillStored(input as Json, loaderOf(objects)) : input;

/** Of which task instance an output is. */
export interface OutputPlace {
  readonly dag: string;
  readonly run: string;
  readonly instance: string;
}

/**
 * A retry that made the same finds it there. One that made something else must not take the place of what another try may already have
 * answered with, and a try that was given up but goes on must not overwrite what is in use: so it gets a name by its content.
 */
const keep = async (objects: ObjectStore, { dag, run, instance }: OutputPlace, body: Uint8Array, sha256: string): Promise<string> => {
  const key = keys.taskOutput(dag, run, instance);
  const contentType = 'application/json';
  try {
    await objects.put(key, body, { ifNoneMatch: '*', contentType });
    return key;
  } catch (error) {
    if (!isRekindleError(error) || error.code !== 'PRECONDITION_FAILED') throw error;
  }
  if (sha256Of((await objects.get(key)).body) === sha256) return key;
  const other = keys.taskOutputAgain(dag, run, instance, sha256);
  await objects.put(other, body, { contentType });
  return other;
};

/**
 * @param json an output as text
 * @param limit bytes that travel as they are
 * @returns the output itself, or what stands for it
 */
export const travelling = async (objects: ObjectStore, place: OutputPlace, json: string, limit: number): Promise<Json> => {
  // no character takes more than three bytes for each of its units
  if (json.length * 3 <= limit || Buffer.byteLength(json) <= limit) return JSON.parse(json) as Json;
  const body = Buffer.from(json);
  const sha256 = sha256Of(body);
  const stored: Stored = { key: await keep(objects, place, body, sha256), sha256, bytes: body.byteLength };
  return { $stored: stored };
};

const outlined = (value: Json | undefined): Awaited<ReturnType<DataActivities['outlineOutput']>> => {
  if (typeof value !== 'object' || value === null) return null;
  if (Array.isArray(value)) return { length: value.length };
  const names = Object.keys(value);
  return { length: names.length, keys: names };
};

/** For the worker that runs the workflows. */
export const dataActivities = (objects: ObjectStore): DataActivities => {
  const load = loaderOf(objects);
  const at = (stored: StoredValue, path: readonly string[]): StoredValue => ({ ...stored, $path: [...(stored.$path ?? []), ...path] });
  return {
    loadOutput: (stored, path = []) =>
      asFailure(async () => {
        const value = (await fillStored(at(stored, path), load)) ?? null;
        const bytes = Buffer.byteLength(JSON.stringify(value));
        if (bytes > INTO_HISTORY) {
          const place = [...referencesIn(stored).values()].map(({ key }) => key).join(', ');
          throw new RekindleError(
            'OUTPUT_TOO_LARGE',
            `The DAG decides by a value of ${bytes} bytes (${place}); ${INTO_HISTORY} are the most.`,
            {
              bytes,
              keys: place,
            },
          );
        }
        return value;
      }),
    outlineOutput: (stored, path = []) => asFailure(async () => outlined(await lookUp(at(stored, path), load))),
  };
};
