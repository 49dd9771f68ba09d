/** A gateway in this process over a folder store of its own. */
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { buildGateway, type Timing } from '../../apps/gateway/app.js';
import type { ObjectStore } from '../../core/ports.js';
import type { StoreConfig } from '../../platform/config.js';
import { createLogger } from '../../platform/logger.js';
import { openObjectStore } from '../../platform/object-store/index.js';
import { createRegistry } from '../../platform/registry/index.js';
import { createServing } from '../../platform/serving/onnx.js';
import { tempFolder } from '../support/fixtures.js';

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
