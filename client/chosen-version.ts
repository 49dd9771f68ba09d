/** Versions of a DAG: what a run had, what is current, or any that was published. */
import type { DagSpec } from '../core/dag/spec.js';
import { RekindleError } from '../core/errors.js';
import { keys } from '../core/names.js';
import type { ObjectStore } from '../core/ports.js';
import { publishedDag, readJson } from './publish.js';

export interface ChosenVersion {
  readonly hash: string;
  readonly spec: DagSpec;
}

/** A hash, or the beginning of one, long enough to be meant. */
const HASH = /^[0-9a-f]{6,64}$/;

const unknown = (dag: string, what: string): RekindleError =>
  new RekindleError('DAG_VERSION_NOT_FOUND', `There is no version ${what} of DAG '${dag}'.`, { dag, version: what });

/** Hashes that were published, in no order. */
const published = async (objects: ObjectStore, dag: string): Promise<string[]> => {
  const hashes: string[] = [];
  for await (const { key } of objects.list(keys.dagSpec(dag, '').replace('.json', ''))) {
    const hash = /\/([0-9a-f]{64})\.json$/.exec(key)?.[1];
    if (hash !== undefined) hashes.push(hash);
  }
  return hashes;
};

/** @throws DAG_VERSION_NOT_FOUND */
export const dagVersion = async (objects: ObjectStore, dag: string, hash: string): Promise<ChosenVersion> => {
  const [found, ...others] = HASH.test(hash) ? (await published(objects, dag)).filter((each) => each.startsWith(hash)) : [];
  if (found === undefined || others.length > 0) throw unknown(dag, `'${hash}'`);
  return { hash: found, spec: (await readJson(objects, keys.dagSpec(dag, found))) as DagSpec };
};

/** What was published last. @throws DAG_NOT_FOUND */
export const currentVersion = async (objects: ObjectStore, dag: string): Promise<ChosenVersion> => {
  const found = await publishedDag(objects, dag);
  if (!found)
    throw new RekindleError('DAG_NOT_FOUND', `No DAG '${dag}' is published; \`rekindle sync\` publishes those of a project.`, { dag });
  return { hash: found.current.hash, spec: found.spec };
};

/** The one that a run has pinned. @throws DAG_VERSION_NOT_FOUND */
export const versionOfRun = (objects: ObjectStore, run: { readonly dag: string; readonly hash?: string }): Promise<ChosenVersion> => {
  if (run.hash === undefined) throw unknown(run.dag, 'of then, as that run began without one,');
  return dagVersion(objects, run.dag, run.hash);
};
