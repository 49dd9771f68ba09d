/** The versions of a DAG that were published, and the runs that use them. */
import type { Client } from '@temporalio/client';
import type { DagRunState } from '../core/dag/run-state.js';
import { RekindleError } from '../core/errors.js';
import { keys } from '../core/names.js';
import type { ObjectStore } from '../core/ports.js';
import { Current, publishedDag, readJson } from './publish.js';
import { listRuns } from './run-list.js';

export interface PublishedVersion {
  readonly hash: string;
  readonly current: boolean;
  /** each time that it became the current one, newest first */
  readonly published: readonly Pick<Current, 'generation' | 'project' | 'file' | 'at'>[];
  /** ISO 8601: when it was first stored */
  readonly since: string;
  /** among the newest runs, those that have pinned it */
  readonly runs: readonly { readonly runId: string; readonly state: string }[];
}

export interface VersionOptions {
  /** how many of the newest runs are asked for their version; default 50 */
  readonly runs?: number;
}

/** What made a generation current; of those before there was a history only the last is known. */
const generations = async (objects: ObjectStore, dag: string, current: Current): Promise<Current[]> => {
  const found = new Map([[current.generation, current]]);
  for await (const { key } of objects.list(keys.dagHistoryPrefix(dag))) {
    const read = Current.safeParse(await readJson(objects, key));
    if (read.success) found.set(read.data.generation, read.data);
  }
  return [...found.values()].sort((a, b) => b.generation - a.generation);
};

const hashOfRun = async (client: Client, objects: ObjectStore, dag: string, runId: string): Promise<string | undefined> => {
  const stored = (await readJson(objects, keys.runState(dag, runId))) as DagRunState | undefined;
  if (stored) return stored.hash;
  const asked = client.withDeadline(Date.now() + 5_000, () => client.workflow.getHandle(runId).query<DagRunState>('state'));
  return asked.then(
    ({ hash }) => hash,
    () => undefined, // nobody there to say
  );
};

/** Newest first. @throws DAG_NOT_FOUND */
export const dagVersions = async (
  client: Client | undefined,
  objects: ObjectStore,
  dag: string,
  { runs: limit = 50 }: VersionOptions = {},
): Promise<PublishedVersion[]> => {
  const published = await publishedDag(objects, dag);
  if (!published) throw new RekindleError('DAG_NOT_FOUND', `No DAG '${dag}' is published.`, { dag });
  const history = await generations(objects, dag, published.current);
  const stored = new Map<string, string>();
  for await (const { key, modified } of objects.list(`dags/${dag}/`)) {
    const hash = /^dags\/[^/]+\/([0-9a-f]{64})\.json$/.exec(key)?.[1];
    if (hash !== undefined) stored.set(hash, modified);
  }
  const runs = client ? await listRuns(client, { dag, limit }) : [];
  const used = new Map<string, { runId: string; state: string }[]>();
  for (const { runId, state } of runs) {
    const hash = await hashOfRun(client!, objects, dag, runId);
    if (hash !== undefined) used.set(hash, [...(used.get(hash) ?? []), { runId, state }]);
  }
  const versions = [...stored].map(([hash, modified]): PublishedVersion => {
    const times = history.filter((generation) => generation.hash === hash);
    return {
      hash,
      current: hash === published.current.hash,
      published: times.map(({ generation, project, file, at }) => ({ generation, project, file, at })),
      since: times.at(-1)?.at ?? modified,
      runs: used.get(hash) ?? [],
    };
  });
  const newest = ({ published: [last], since }: PublishedVersion): string => last?.at ?? since;
  return versions.sort((a, b) => (newest(a) < newest(b) ? 1 : -1));
};
