/** Results of tasks, shared between runs. Nothing here fails a task: what cannot be read or written is a task that runs. */
import { z } from 'zod';
import type { CacheOptions } from '../core/dag/cache-options.js';
import type { Extras } from '../core/dag/extras.js';
import { canonical } from '../core/dag/hash.js';
import type { Schema, Task } from '../core/dag/task.js';
import { durationMs } from '../core/duration.js';
import { isRekindleError } from '../core/errors.js';
import type { Json } from '../core/json.js';
import { keys } from '../core/names.js';
import type { ObjectStore, TaskLog } from '../core/ports.js';
import { removeOutlived } from '../platform/object-store/outlived.js';
import { sha256Of } from '../platform/object-store/stored.js';

const Entry = z.object({
  /** whatever JSON has brought; looked at no further, as it may be large */
  output: z.custom<Json>((value) => value !== undefined),
  /** ISO 8601 */
  at: z.iso.datetime(),
  run: z.string(),
  instance: z.string(),
  /** ISO 8601: nobody asks for it later, as far as who wrote it knows */
  until: z.iso.datetime().optional(),
  /** what the task said of the assets that it produces */
  extra: z.record(z.string(), z.json()).optional(),
});
export type CachedResult = z.infer<typeof Entry>;

/** JSON schema of a zod schema; other libraries have no common way to say what they ask for. */
const schemaText = (schema: Schema | undefined): string => {
  if (schema?.['~standard'].vendor !== 'zod') return '';
  try {
    return JSON.stringify(z.toJSONSchema(schema as unknown as z.ZodType, { unrepresentable: 'any' }));
  } catch {
    return '';
  }
};

const versions = new WeakMap<Task, string>();
/** Of a task that says none itself. */
const versionOf = (task: Task): string => {
  const version = versions.get(task) ?? sha256Of([String(task.run), schemaText(task.input), schemaText(task.output)].join('\n'));
  versions.set(task, version);
  return version;
};

/** Would JSON keep everything that tells two values apart? Not of a Map, a Set or a bigint. */
const isPlain = (value: unknown): boolean => {
  if (typeof value !== 'object' || value === null)
    return typeof value !== 'bigint' && typeof value !== 'function' && typeof value !== 'symbol';
  if (value instanceof Date) return true;
  const prototype: unknown = Object.getPrototypeOf(value);
  if (!Array.isArray(value) && prototype !== Object.prototype && prototype !== null) return false;
  return Object.values(value).every(isPlain);
};

const asJson = (value: unknown): Json => JSON.parse(JSON.stringify(value ?? null)) as Json;

const at = (value: Json, path: string): Json | undefined => {
  let found: Json | undefined = value;
  for (const name of path.split('.')) {
    if (typeof found !== 'object' || found === null || !Object.hasOwn(found, name)) return undefined;
    found = (found as Record<string, Json>)[name];
  }
  return found;
};

/** @returns undefined where none of the fields that shall decide is there: then everything would be the same */
const chosen = (input: Json, key: CacheOptions['key']): Json | undefined => {
  if (key === undefined) return input;
  const found = [key].flat().flatMap((path) => {
    const value = at(input, path);
    return value === undefined ? [] : [[path, value] as const];
  });
  return found.length === 0 ? undefined : Object.fromEntries(found);
};

export interface ResultCache {
  /** @returns undefined where there is none, it is too old, or it cannot be read */
  find(): Promise<CachedResult | undefined>;
  /** @param json the output as text @param extra what the task said of its assets */
  keep(json: string, extra?: Extras): Promise<void>;
}

export interface CacheCall {
  readonly task: Task;
  readonly options: CacheOptions;
  /** checked */
  readonly input: unknown;
  readonly place: { readonly run: string; readonly instance: string };
  readonly log: TaskLog;
}

const reason = (error: unknown): { readonly reason: string } => ({ reason: error instanceof Error ? error.message : String(error) });

/** @returns undefined, with a warning, where the input cannot tell one result from another */
export const resultCache = (objects: ObjectStore, { task, options, input, place, log }: CacheCall): ResultCache | undefined => {
  const decides = isPlain(input) ? chosen(asJson(input), options.key) : undefined;
  if (decides === undefined) {
    log.warn('The result is not shared: the input has none of the fields of its key, or is more than JSON can say', { key: options.key });
    return undefined;
  }
  const hash = sha256Of(canonical({ version: options.version ?? task.version ?? versionOf(task), input: decides }));
  const key = keys.cachedResult(task.id, hash);
  const ttl = durationMs(options.ttl);

  const read = async (of: string): Promise<CachedResult> => Entry.parse(JSON.parse(new TextDecoder().decode((await objects.get(of)).body)));

  /** Another DAG may keep results of the same task longer. */
  const isKept = (of: string): Promise<boolean> =>
    read(of).then(
      ({ until }) => until !== undefined && Date.parse(until) > Date.now(),
      () => false,
    );

  return {
    find: async () => {
      try {
        const entry = await read(key);
        return Date.now() - Date.parse(entry.at) < ttl ? entry : undefined;
      } catch (error) {
        if (!isRekindleError(error) || error.code !== 'OBJECT_NOT_FOUND')
          log.warn('A shared result cannot be read', { key, ...reason(error) });
        return undefined;
      }
    },
    keep: async (json, extra) => {
      const { run, instance } = place;
      const now = Date.now();
      const [at, until] = [now, now + ttl].map((ms) => new Date(ms).toISOString());
      const rest = JSON.stringify({ at, until, run, instance, extra });
      try {
        await objects.put(key, `{"output":${json},${rest.slice(1)}`, { contentType: 'application/json' });
      } catch (error) {
        log.warn('The result cannot be shared', { key, ...reason(error) });
      }
      await removeOutlived(objects, { prefix: keys.cachedResults(task.id), afterMs: ttl, isKept });
    },
  };
};
