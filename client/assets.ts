/** Assets from outside: tell that one is new, see who makes and who waits for it, and keep the collectors of consuming DAGs right. */
import { WorkflowNotFoundError, type Client } from '@temporalio/client';
import type { SignalDefinition } from '@temporalio/common';
import { ulid } from 'ulid';
import { assetKey, checkAssetName } from '../core/dag/asset.js';
import { readAssetEvent, type SentEvent } from '../core/dag/asset-event.js';
import { assetNames, consumersOf, producersOf, type Producer } from '../core/dag/asset-graph.js';
import { declarationOf } from '../core/dag/asset-queue.js';
import { sha256 } from '../core/dag/hash.js';
import type { AssetEvent } from '../core/dag/run-input.js';
import type { DagSpec } from '../core/dag/spec.js';
import { isRekindleError, RekindleError } from '../core/errors.js';
import { eventTime } from '../core/event-time.js';
import { assetsWorkflowId, keys, TASK_QUEUES } from '../core/names.js';
import type { ObjectStore } from '../core/ports.js';
import { removeOutlived } from '../platform/object-store/outlived.js';
import * as messages from '../workflows/asset-messages.js';
import type { AssetsStatus } from '../workflows/asset-messages.js';
import type { AssetsInput } from '../workflows/assets.js';
import { publishedDag, readJson } from './publish.js';

export type { AssetsStatus };

const JSON_TYPE = { contentType: 'application/json' };
/** A year, and some days so that the same week of last year is there. */
const EVENTS_KEPT_MS = 400 * 86_400_000;
const isTaken = (error: unknown): boolean => isRekindleError(error) && error.code === 'PRECONDITION_FAILED';

/**
 * A function that answers the specs of all published DAGs, whichever project they are of. It remembers them, and asks the store only
 * for those that have changed.
 */
export const createSpecReader = (objects: ObjectStore): (() => Promise<DagSpec[]>) => {
  let known = new Map<string, { readonly etag: string; readonly spec: DagSpec }>();
  return async () => {
    const current: [string, string][] = [];
    for await (const { key, etag } of objects.list('dags/')) {
      const id = /^dags\/([^/]+)\/current\.json$/.exec(key)?.[1];
      if (id !== undefined) current.push([id, etag]);
    }
    const read = await Promise.all(
      current.map(async ([id, etag]) => {
        const remembered = known.get(id);
        if (remembered?.etag === etag) return [[id, remembered]] as const;
        const found = await publishedDag(objects, id);
        return found ? ([[id, { etag, spec: found.spec }]] as const) : [];
      }),
    );
    known = new Map(read.flat());
    return [...known.values()].map(({ spec }) => spec);
  };
};

/** How to find the collector of a DAG, and how to begin it where it has not begun. */
const collectorOf = (spec: DagSpec) => {
  if (spec.schedule?.kind !== 'assets') throw new TypeError(`DAG '${spec.id}' waits for no assets.`);
  const input: AssetsInput = { dag: spec.id, ...declarationOf(spec.schedule) };
  return { workflowId: assetsWorkflowId(spec.id), taskQueue: TASK_QUEUES.orchestration, args: [input] };
};

const tell = async <A extends unknown[]>(client: Client, spec: DagSpec, signal: SignalDefinition<A>, ...args: A): Promise<void> => {
  await client.workflow.signalWithStart('assets', { ...collectorOf(spec), signal, signalArgs: args } as never);
};

const storeEvent = async (objects: ObjectStore, event: AssetEvent): Promise<void> => {
  const { event: keyOf, eventsPrefix, last } = keys.asset(assetKey(event.asset));
  const body = JSON.stringify(event);
  try {
    await objects.put(keyOf(event.at, sha256(event.id)), body, { ...JSON_TYPE, ifNoneMatch: '*' });
  } catch (error) {
    if (!isTaken(error)) throw error; // told before
  }
  await removeOutlived(objects, { prefix: eventsPrefix, afterMs: EVENTS_KEPT_MS });
  for (;;) {
    const found = await objects.head(last);
    const newest = found && ((await readJson(objects, last)) as AssetEvent | undefined);
    if (newest && newest.at >= event.at) return;
    try {
      await objects.put(last, body, { ...JSON_TYPE, ...(found ? { ifMatch: found.etag } : { ifNoneMatch: '*' }) });
      return;
    } catch (error) {
      if (!isTaken(error)) throw error; // somebody else's came meanwhile: which is newer?
    }
  }
};

/**
 * Stores events and tells every DAG that waits for their assets. Idempotent by the events' ids: after a failure, tell it again.
 *
 * @param specs of all DAGs
 * @returns ids of the DAGs that were told
 */
export const announce = async (
  client: Client,
  objects: ObjectStore,
  specs: readonly DagSpec[],
  events: readonly AssetEvent[],
): Promise<string[]> => {
  const told = new Set<string>();
  for (const event of events) {
    await storeEvent(objects, event);
    const consumers = consumersOf(specs, event.asset);
    await Promise.all(consumers.map((spec) => tell(client, spec, messages.event, event)));
    for (const { id } of consumers) told.add(id);
  }
  return [...told];
};

const unknown = (asset: string): RekindleError =>
  new RekindleError('ASSET_NOT_FOUND', `No published DAG knows an asset '${asset}'.`, { asset });

export interface Emitted {
  readonly event: AssetEvent;
  /** ids of the DAGs that were told */
  readonly consumers: readonly string[];
}

/**
 * Tells from outside that an asset is new. Who may send it twice says an `id`: it counts once.
 *
 * @throws ASSET_INVALID, ASSET_NOT_FOUND when no published DAG produces it or waits for it
 */
export const emitAsset = async (client: Client, objects: ObjectStore, sent: SentEvent): Promise<Emitted> => {
  const event = readAssetEvent(sent, { at: eventTime(Date.now()), source: 'outside', id: ulid() });
  const specs = await createSpecReader(objects)();
  if (!assetNames(specs).includes(event.asset)) throw unknown(event.asset);
  return { event, consumers: await announce(client, objects, specs, [event]) };
};

const end = async (client: Client, dag: string): Promise<void> => {
  try {
    await client.workflow.getHandle(assetsWorkflowId(dag)).terminate('the DAG waits for no assets any more');
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw error;
  }
};

/**
 * Makes the collectors agree with the DAGs: those that wait for assets have one that knows the condition, others have none. Part of `sync`.
 *
 * @param dags of the project
 * @param retired ids of DAGs that it no longer has
 * @returns ids of the DAGs that wait for assets
 */
export const syncAssets = async (client: Client, dags: readonly DagSpec[], retired: readonly string[] = []): Promise<string[]> => {
  const waiting = dags.filter(({ schedule }) => schedule?.kind === 'assets');
  await Promise.all(
    waiting.map(async (spec) => {
      if (spec.schedule?.kind === 'assets') await tell(client, spec, messages.declare, declarationOf(spec.schedule));
    }),
  );
  const others = dags.filter((spec) => !waiting.includes(spec)).map(({ id }) => id);
  await Promise.all([...others, ...retired].map((dag) => end(client, dag)));
  return waiting.map(({ id }) => id);
};

const signalCollector = async <A extends unknown[]>(
  client: Client,
  dag: string,
  signal: SignalDefinition<A>,
  ...args: A
): Promise<void> => {
  try {
    await client.workflow.getHandle(assetsWorkflowId(dag)).signal<A>(signal, ...args);
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) throw new RekindleError('DAG_NOT_FOUND', `No DAG '${dag}' waits for assets.`, { dag });
    throw error;
  }
};

/** Events are collected, nothing starts. @throws DAG_NOT_FOUND when it waits for no assets */
export const pauseAssets = (client: Client, dag: string, reason = 'by hand'): Promise<void> =>
  signalCollector(client, dag, messages.pause, { reason });

/** What came meanwhile starts a run if it is enough. @throws DAG_NOT_FOUND */
export const unpauseAssets = (client: Client, dag: string): Promise<void> => signalCollector(client, dag, messages.unpause);

/** Forgets what waits, of one partition or of all. @throws DAG_NOT_FOUND */
export const resetAssets = (client: Client, dag: string, partition?: string): Promise<void> =>
  signalCollector(client, dag, messages.reset, partition === undefined ? {} : { partition });

/** What a consuming DAG has and still waits for; undefined when it has no collector. */
export const pendingAssets = async (client: Client, dag: string): Promise<AssetsStatus | undefined> => {
  try {
    return await client.workflow.getHandle(assetsWorkflowId(dag)).query(messages.pending);
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return undefined;
    throw error;
  }
};

export interface AssetOverview {
  readonly asset: string;
  readonly producers: readonly Producer[];
  /** ids of the DAGs that wait for it */
  readonly consumers: readonly string[];
  readonly lastEvent: AssetEvent | null;
}

const overviewOf = async (objects: ObjectStore, specs: readonly DagSpec[], asset: string): Promise<AssetOverview> => ({
  asset,
  producers: producersOf(specs, asset),
  consumers: consumersOf(specs, asset).map(({ id }) => id),
  lastEvent: ((await readJson(objects, keys.asset(assetKey(asset)).last)) ?? null) as AssetEvent | null,
});

/** Every asset that a published DAG produces or waits for. */
export const listAssets = async (objects: ObjectStore): Promise<AssetOverview[]> => {
  const specs = await createSpecReader(objects)();
  return Promise.all(assetNames(specs).map((asset) => overviewOf(objects, specs, asset)));
};

/** @throws ASSET_NOT_FOUND when no published DAG knows it and it never had an event */
export const showAsset = async (objects: ObjectStore, asset: string): Promise<AssetOverview> => {
  const overview = await overviewOf(objects, await createSpecReader(objects)(), checkAssetName(asset));
  if (overview.producers.length === 0 && overview.consumers.length === 0 && !overview.lastEvent) throw unknown(asset);
  return overview;
};

/** Newest first. */
export const assetEvents = async (objects: ObjectStore, asset: string, limit = 20): Promise<AssetEvent[]> => {
  const newest: string[] = [];
  for await (const { key } of objects.list(keys.asset(assetKey(asset)).eventsPrefix)) {
    newest.push(key);
    if (newest.length > limit) newest.shift();
  }
  const found = await Promise.all(newest.reverse().map((key) => readJson(objects, key)));
  return found as AssetEvent[];
};
