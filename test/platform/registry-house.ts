/** Registries on every kind of store, with versions and decisions for them. */
import { createHash, randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { GatewayHeartbeat } from '../../core/lifecycle/heartbeat.js';
import type { VersionManifest } from '../../core/lifecycle/version.js';
import type { ObjectStore } from '../../core/ports.js';
import type { Profile } from '../../core/profile/profile.js';
import type { StoreConfig } from '../../platform/config.js';
import { openObjectStore } from '../../platform/object-store/index.js';
import { createRegistry } from '../../platform/registry/index.js';
import type { Commit, Registry, VersionFiles } from '../../platform/registry/registry.js';
import { minio, tempFolder } from '../support/fixtures.js';

export const MODEL = 'electricity';
export const ENVIRONMENT = 'production';

export const profile: Profile = { schema: 'rekindle/profile/1', rows: 0, from: null, to: null, columns: {}, chunkEffects: {} };

/** A version as training leaves it, with bytes of its own. */
export const trained = async (version: string, model = MODEL): Promise<{ manifest: VersionManifest; files: VersionFiles }> => {
  const folder = tempFolder();
  const bytes = `the model ${version}`;
  await writeFile(join(folder, 'model.onnx'), bytes);
  await writeFile(join(folder, 'training.log'), 'fit: done\n');
  const manifest: VersionManifest = {
    model,
    version,
    createdAt: '1997-04-22T00:00:00.000Z',
    asOf: '1997-04-22T00:00:00.000Z',
    trainedFrom: '1996-05-07T00:00:00.000Z',
    trainedTo: '1997-04-08T00:00:00.000Z',
    trainingRows: 16_128,
    dataset: 'd'.repeat(64),
    trainer: { runner: 'process', image: 'sklearn', codeHash: 'c' },
    hyperparameters: {},
    seed: 0,
    modelSha256: createHash('sha256').update(bytes).digest('hex'),
    specHash: 's',
    runId: 'retraining-1',
  };
  const signature = { features: [{ name: 'period', type: 'number' as const }], target: 'class', classes: ['DOWN', 'UP'], positive: 'UP' };
  const files: VersionFiles = {
    model: join(folder, 'model.onnx'),
    trainingLog: join(folder, 'training.log'),
    signature,
    golden: { rows: [{ period: 0.5 }], probabilities: [0.25] },
    reference: profile,
    importance: {
      schema: 'rekindle/importance/1',
      metric: 'roc_auc',
      baseline: 0.8,
      rows: 100,
      repeats: 5,
      features: [{ name: 'period', mean: 0.1, deviation: 0.01 }],
    },
  };
  return { manifest, files };
};

export const addVersion = async (registry: Registry, version: string, model = MODEL): Promise<void> => {
  const { manifest, files } = await trained(version, model);
  await registry.addVersion(manifest, files);
};

export const promotion = (version: string, expected: number | null, decisionId = `deploy ${version}`): Commit => ({
  model: MODEL,
  environment: ENVIRONMENT,
  action: 'promote',
  version,
  decisionId,
  actor: 'retraining-1',
  reason: 'better on every gate',
  evidence: null,
  asOf: '1997-04-22T00:00:00.000Z',
  expected,
});

/** The store as a process sees it that dies just before it writes pointer.json. */
export const dyingBeforePointer = (objects: ObjectStore): ObjectStore =>
  new Proxy(objects, {
    get: (store, name: keyof ObjectStore) =>
      name !== 'put'
        ? store[name].bind(store)
        : (...[key, body, options]: Parameters<ObjectStore['put']>) => {
            if (key.endsWith('/pointer.json')) throw new Error('killed');
            return store.put(key, body, options);
          },
  });

export const heartbeat = (gateway: string, served: { version: string; generation: number } | null, at = new Date()): GatewayHeartbeat => ({
  gateway,
  environment: ENVIRONMENT,
  url: 'http://127.0.0.1:1',
  at: at.toISOString(),
  startedAt: at.toISOString(),
  models: served ? [{ model: MODEL, ...served, answered: 0, flushed: 0, errors: 0, latencyP99Ms: null }] : [],
});

export interface RegistryHouse {
  readonly config: StoreConfig;
  readonly objects: ObjectStore;
  readonly registry: Registry;
}

const describeOn = (
  what: string,
  store: string,
  configOf: (context: Mocha.Context) => Promise<StoreConfig>,
  tests: (open: (context: Mocha.Context) => Promise<RegistryHouse>) => void,
): Mocha.Suite =>
  describe(`${what} on ${store}`, () =>
    tests(async (context) => {
      const config = await configOf(context);
      const objects = openObjectStore(config);
      return { config, objects, registry: createRegistry(objects) };
    }));

/** @param tests get a function that opens an empty registry */
export const describeRegistry = (what: string, tests: Parameters<typeof describeOn>[3]): void => {
  describeOn(what, 'a folder', () => Promise.resolve({ kind: 'folder', path: tempFolder() }), tests);
  describeOn(
    what,
    's3',
    async (context) => ({
      kind: 's3',
      bucket: `registry-${randomUUID().slice(0, 8)}`,
      region: 'us-east-1',
      ...(await minio(context)),
    }),
    tests,
  );
};
