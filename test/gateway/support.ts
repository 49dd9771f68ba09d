/** A gateway in this process over a folder store of its own. */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { FastifyInstance } from 'fastify';
import { buildGateway, type Timing } from '../../apps/gateway/app.js';
import type { ObjectStore } from '../../core/ports.js';
import type { StoreConfig } from '../../platform/config.js';
import { createLogger } from '../../platform/logger.js';
import { openObjectStore } from '../../platform/object-store/index.js';
import { createRegistry } from '../../platform/registry/index.js';
import { createServing } from '../../platform/serving/onnx.js';
import { openTables } from '../../platform/tables/duckdb.js';
import { tempFolder } from '../support/fixtures.js';
import { fixture, type FixtureName } from '../support/served-model.js';

export interface Place {
  readonly stateDir: string;
  readonly store: StoreConfig;
  readonly objects: ObjectStore;
}

/** A machine's folder and an object store, both empty. @param store a folder store when absent */
export const newPlace = (store?: StoreConfig): Place => {
  const stateDir = tempFolder();
  const config = store ?? { kind: 'folder', path: join(stateDir, 'objects') };
  return { stateDir, store: config, objects: openObjectStore(config) };
};

/** Looks and flushes are quick, so that tests are. */
const TIMING: Timing = { pollMs: 20, discoverMs: 50, heartbeatMs: 50, flushMs: 100 };

export const openGateway = async (place: Place, options: { id?: string; timing?: Partial<Timing> } = {}): Promise<FastifyInstance> => {
  const app = await buildGateway({
    config: { ...place, environment: 'production', gateway: { id: options.id ?? 'gateway-1', journalSync: 'interval' } },
    url: () => 'http://127.0.0.1:0',
    objects: place.objects,
    registry: createRegistry(place.objects),
    serving: createServing(),
    log: createLogger({ name: 'gateway', level: process.env['REKINDLE_LOG_LEVEL'] ?? 'silent' }),
    timing: { ...TIMING, ...options.timing },
  });
  await app.ready();
  return app;
};

/** Rows of all Parquet files under a prefix of the object store, as DuckDB reads them; times are text. */
export const parquetRows = async ({ objects }: Pick<Place, 'objects'>, prefix: string): Promise<Record<string, unknown>[]> => {
  const folder = tempFolder();
  const paths: string[] = [];
  for await (const { key } of objects.list(prefix)) {
    const path = join(folder, `${paths.length}.parquet`);
    await objects.download(key, path);
    paths.push(`'${path}'`);
  }
  if (paths.length === 0) return [];
  const tables = openTables({ project: folder });
  try {
    return await tables.query(`SELECT * FROM read_parquet([${paths.join(', ')}], union_by_name = true)`);
  } finally {
    tables.close();
  }
};

export interface Features {
  readonly price: unknown;
  readonly demand: unknown;
  readonly weekday: unknown;
}

/** A V2 body for rows of the fixtures' features. */
export const v2Body = (rows: readonly Features[], parameters?: Record<string, unknown>) => ({
  inputs: [
    { name: 'price', shape: [rows.length], datatype: 'FP64', data: rows.map(({ price }) => price) },
    { name: 'demand', shape: [rows.length, 1], datatype: 'FP32', data: rows.map(({ demand }) => demand) },
    { name: 'weekday', shape: [rows.length], datatype: 'BYTES', data: rows.map(({ weekday }) => weekday) },
  ],
  ...(parameters ? { parameters } : {}),
});

/** The golden rows of a fixture, as requests bring them. */
export const goldenFeatures = (name: FixtureName): Features[] => fixture(name).golden.rows as unknown as Features[];

/** Data of an output of a V2 response. */
export const output = (response: { json(): unknown }, name: string): unknown[] => {
  const { outputs } = response.json() as { outputs: { name: string; data: unknown[] }[] };
  return outputs.find((each) => each.name === name)!.data;
};

/** Waits until `check` is true; looks every few milliseconds. */
export const eventually = async (what: string, check: () => boolean | Promise<boolean>, withinMs = 10_000): Promise<void> => {
  const deadline = Date.now() + withinMs;
  while (!(await check())) {
    if (Date.now() > deadline) throw new Error(`it did not happen within ${withinMs} ms: ${what}`);
    await sleep(10);
  }
};
