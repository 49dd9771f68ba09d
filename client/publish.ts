/** Publishing specs in the object store: each version once under its hash, and which one is current. */
import { z } from 'zod';
import type { DagSpec } from '../core/dag/spec.js';
import { isRekindleError } from '../core/errors.js';
import { ModelSpec } from '../core/lifecycle/model-spec.js';
import { keys } from '../core/names.js';
import type { ObjectStore } from '../core/ports.js';

/** `current.json` of a DAG or a model. */
export const Current = z.object({
  hash: z.string(),
  /** 1 for the first; each change adds one */
  generation: z.number().int().positive(),
  /** the project that published it, and the file in it */
  project: z.string(),
  file: z.string(),
  /** wall clock */
  at: z.iso.datetime(),
});
export type Current = z.infer<typeof Current>;

export interface Publication {
  /** key of `current.json` */
  readonly current: string;
  /** key of the spec itself */
  readonly key: string;
  /** where it is written down that a generation was current; default nowhere */
  readonly history?: (generation: number) => string;
  readonly spec: unknown;
  readonly hash: string;
  readonly project: string;
  readonly file: string;
}

const JSON_TYPE = { contentType: 'application/json' };

const parse = (body: Uint8Array): unknown => JSON.parse(new TextDecoder().decode(body));

export const readJson = async (objects: ObjectStore, key: string): Promise<unknown> => {
  try {
    return parse((await objects.get(key)).body);
  } catch (error) {
    if (isRekindleError(error) && error.code === 'OBJECT_NOT_FOUND') return undefined;
    throw error;
  }
};

/** The same structure may be described in other words: the newest are kept. @returns whether anything was written */
const store = async (objects: ObjectStore, key: string, spec: unknown): Promise<boolean> => {
  const body = JSON.stringify(spec);
  if ((await objects.head(key)) && new TextDecoder().decode((await objects.get(key)).body) === body) return false;
  await objects.put(key, body, JSON_TYPE);
  return true;
};

/**
 * Makes a spec the current one. Of two that publish at once one wins and the other looks again, so that generations have no gaps
 * and none is taken twice.
 *
 * @returns false if it was current already, in the same words
 */
export const publish = async (
  objects: ObjectStore,
  { current, key, history, spec, hash, project, file }: Publication,
): Promise<boolean> => {
  for (;;) {
    const found = (await objects.head(current)) && (await objects.get(current));
    const last = found && Current.parse(parse(found.body));
    const isStored = await store(objects, key, spec);
    if (last?.hash === hash && last.project === project && last.file === file) return isStored;
    const next: Current = { hash, generation: (last?.generation ?? 0) + 1, project, file, at: new Date().toISOString() };
    try {
      await objects.put(current, JSON.stringify(next), { ...JSON_TYPE, ...(found ? { ifMatch: found.info.etag } : { ifNoneMatch: '*' }) });
      if (history) await objects.put(history(next.generation), JSON.stringify(next), JSON_TYPE);
      return true;
    } catch (error) {
      if (!isRekindleError(error) || error.code !== 'PRECONDITION_FAILED') throw error;
    }
  }
};

export interface PublishedDag {
  readonly id: string;
  readonly spec: DagSpec;
  readonly current: Current;
}

/** @returns undefined if no DAG of this id is published */
export const publishedDag = async (objects: ObjectStore, id: string): Promise<PublishedDag | undefined> => {
  const current = await readJson(objects, keys.dagCurrent(id));
  if (current === undefined) return undefined;
  const parsed = Current.parse(current);
  return { id, current: parsed, spec: (await readJson(objects, keys.dagSpec(id, parsed.hash))) as DagSpec };
};

export interface PublishedModel {
  readonly name: string;
  readonly spec: ModelSpec;
  readonly current: Current;
}

export const publishedModel = async (objects: ObjectStore, name: string): Promise<PublishedModel | undefined> => {
  const current = await readJson(objects, keys.modelSpecCurrent(name));
  if (current === undefined) return undefined;
  const parsed = Current.parse(current);
  return { name, current: parsed, spec: ModelSpec.parse(await readJson(objects, keys.modelSpec(name, parsed.hash))) };
};

/** Names with a `current.json` under a prefix: `dags/<name>/current.json`. */
const named = async (objects: ObjectStore, pattern: RegExp, prefix: string): Promise<string[]> => {
  const names: string[] = [];
  for await (const { key } of objects.list(prefix)) {
    const name = pattern.exec(key)?.[1];
    if (name !== undefined) names.push(name);
  }
  return names;
};

export const publishedDagIds = (objects: ObjectStore): Promise<string[]> => named(objects, /^dags\/([^/]+)\/current\.json$/, 'dags/');

export const publishedModelNames = (objects: ObjectStore): Promise<string[]> =>
  named(objects, /^models\/([^/]+)\/specs\/current\.json$/, 'models/');
