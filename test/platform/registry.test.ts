import { createHash, randomUUID } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import type { GatewayHeartbeat } from '../../core/lifecycle/heartbeat.js';
import type { Pointer } from '../../core/lifecycle/pointer.js';
import type { VersionManifest } from '../../core/lifecycle/version.js';
import { keys } from '../../core/names.js';
import type { ObjectStore } from '../../core/ports.js';
import type { Profile } from '../../core/profile/profile.js';
import type { StoreConfig } from '../../platform/config.js';
import { openObjectStore } from '../../platform/object-store/index.js';
import { createRegistry } from '../../platform/registry/index.js';
import type { Commit, Registry, RollbackOrder, VersionFiles } from '../../platform/registry/registry.js';
import { minio, tempFolder } from '../support/fixtures.js';
import { codeOf } from './object-store.contract.js';

const MODEL = 'electricity';
const ENVIRONMENT = 'production';

const profile: Profile = { schema: 'rekindle/profile/1', rows: 0, from: null, to: null, columns: {}, chunkEffects: {} };

/** A version as training leaves it, with bytes of its own. */
const trained = async (version: string, model = MODEL): Promise<{ manifest: VersionManifest; files: VersionFiles }> => {
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

const addVersion = async (registry: Registry, version: string, model = MODEL): Promise<void> => {
  const { manifest, files } = await trained(version, model);
  await registry.addVersion(manifest, files);
};

const promotion = (version: string, expected: number | null, decisionId = `deploy ${version}`): Commit => ({
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
const dyingBeforePointer = (objects: ObjectStore): ObjectStore =>
  new Proxy(objects, {
    get: (store, name: keyof ObjectStore) =>
      name !== 'put'
        ? store[name].bind(store)
        : (...[key, body, options]: Parameters<ObjectStore['put']>) => {
            if (key.endsWith('/pointer.json')) throw new Error('killed');
            return store.put(key, body, options);
          },
  });

const heartbeat = (gateway: string, served: { version: string; generation: number } | null, at = new Date()): GatewayHeartbeat => ({
  gateway,
  environment: ENVIRONMENT,
  url: 'http://127.0.0.1:1',
  at: at.toISOString(),
  startedAt: at.toISOString(),
  models: served ? [{ model: MODEL, ...served, answered: 0, flushed: 0, errors: 0, latencyP99Ms: null }] : [],
});

const describeRegistry = (name: string, configOf: (context: Mocha.Context) => Promise<StoreConfig>): Mocha.Suite =>
  describe(`registry on ${name}`, () => {
    let config: StoreConfig;
    let objects: ObjectStore;
    let registry: Registry;

    beforeEach(async function () {
      config = await configOf(this);
      objects = openObjectStore(config);
      registry = createRegistry(objects);
    });

    const pointerFile = async () =>
      JSON.parse(Buffer.from((await objects.get(keys.environment(MODEL, ENVIRONMENT).pointer)).body).toString()) as { generation: number };
    const beat = (body: GatewayHeartbeat) => objects.put(keys.gateway(ENVIRONMENT, body.gateway), JSON.stringify(body));

    describe('versions', () => {
      it('stores a version whole, once, and gives back its parts', async () => {
        const { manifest, files } = await trained('v1');
        await registry.addVersion(manifest, files);
        expect(await registry.version(MODEL, 'v1')).to.deep.equal(manifest);
        expect(await registry.signature(MODEL, 'v1')).to.deep.equal(files.signature);
        expect(await registry.golden(MODEL, 'v1')).to.deep.equal(files.golden);
        expect(await registry.reference(MODEL, 'v1')).to.deep.equal(profile);
        expect(await registry.importance(MODEL, 'v1')).to.deep.equal(files.importance);
        const again = await registry.addVersion({ ...manifest, runId: 'retraining-2' }, files);
        expect(again.runId).to.equal('retraining-1');
      });

      it('treats a version without a manifest as absent', async () => {
        await objects.put(keys.version(MODEL, 'half').model, 'bytes that a crash left');
        expect(await registry.findVersion(MODEL, 'half')).to.equal(undefined);
        expect(await registry.versions(MODEL)).to.deep.equal([]);
        expect(await codeOf(registry.version(MODEL, 'half'))).to.equal('VERSION_NOT_FOUND');
        expect(await codeOf(registry.signature(MODEL, 'half'))).to.equal('VERSION_NOT_FOUND');
      });

      it('refuses a model file that is not the one in the manifest', async () => {
        const { manifest, files } = await trained('v1');
        expect(await codeOf(registry.addVersion({ ...manifest, modelSha256: 'other' }, files))).to.equal('CHECKSUM_MISMATCH');
        expect(await registry.findVersion(MODEL, 'v1')).to.equal(undefined);
      });

      it('downloads the model, and notices bytes that were changed in the store', async () => {
        await addVersion(registry, 'v1');
        const path = join(tempFolder(), 'model.onnx');
        await registry.downloadModel(MODEL, 'v1', path);
        expect(await readFile(path, 'utf8')).to.equal('the model v1');
        await objects.put(keys.version(MODEL, 'v1').model, 'spoilt');
        expect(await codeOf(registry.downloadModel(MODEL, 'v1', path))).to.equal('CHECKSUM_MISMATCH');
        expect(await codeOf(readFile(path))).to.equal('ENOENT');
      });

      it('lists versions by age and models by name', async () => {
        for (const [version, createdAt] of [
          ['b', '1997-05-01T00:00:00.000Z'],
          ['a', '1997-06-01T00:00:00.000Z'],
        ] as const) {
          const { manifest, files } = await trained(version);
          await registry.addVersion({ ...manifest, createdAt }, files);
        }
        await addVersion(registry, 'v1', 'churn');
        await addVersion(registry, 'v1', 'churn-2');
        await objects.put(keys.modelSpecCurrent('zebra'), '{}');
        expect((await registry.versions(MODEL)).map(({ version }) => version)).to.deep.equal(['b', 'a']);
        expect(await registry.models()).to.deep.equal(['churn', 'churn-2', MODEL, 'zebra']);
      });

      it('says that a stored document is not what it should be', async () => {
        await objects.put(keys.version(MODEL, 'v1').manifest, '{"model":');
        expect(await codeOf(registry.version(MODEL, 'v1'))).to.equal('CHECKSUM_MISMATCH');
      });
    });

    describe('pointer', () => {
      it('has none before the first deployment', async () => {
        expect(await registry.pointer(MODEL, ENVIRONMENT)).to.equal(undefined);
        expect(await registry.ledger(MODEL, ENVIRONMENT)).to.deep.equal([]);
      });

      it('moves with each commit and keeps every change in the ledger', async () => {
        for (const version of ['v1', 'v2']) await addVersion(registry, version);
        await registry.commit(promotion('v1', null));
        await registry.commit(promotion('v2', 1));
        await registry.commit({ ...promotion('v1', 2, 'rollback 1'), action: 'rollback', actor: 'ana', reason: 'complaints' });
        expect(await registry.pointer(MODEL, ENVIRONMENT)).to.include({ generation: 3, version: 'v1', previous: 'v2' });
        const told = (await registry.ledger(MODEL, ENVIRONMENT)).map(({ generation, action, version, previous, actor }) =>
          [generation, action, version, previous ?? '-', actor].join(' '),
        );
        expect(told).to.deep.equal(['1 promote v1 - retraining-1', '2 promote v2 v1 retraining-1', '3 rollback v1 v2 ana']);
        expect(await pointerFile()).to.include({ generation: 3 });
      });

      it('refuses a decision that was judged against what no longer serves', async () => {
        for (const version of ['v1', 'v2']) await addVersion(registry, version);
        await registry.commit(promotion('v1', null));
        expect(await codeOf(registry.commit(promotion('v2', null)))).to.equal('POINTER_MOVED');
        expect(await codeOf(registry.commit(promotion('v2', 2)))).to.equal('POINTER_MOVED');
        expect(await registry.pointer(MODEL, ENVIRONMENT)).to.include({ generation: 1, version: 'v1' });
      });

      it('refuses a version that does not exist or is quarantined', async () => {
        await addVersion(registry, 'v1');
        expect(await codeOf(registry.commit(promotion('v9', null)))).to.equal('VERSION_NOT_FOUND');
        await registry.quarantine(MODEL, 'v1', 'rolled back');
        await registry.quarantine(MODEL, 'v1', 'again');
        expect(await registry.isQuarantined(MODEL, 'v1')).to.equal(true);
        expect(await codeOf(registry.commit(promotion('v1', null)))).to.equal('VERSION_QUARANTINED');
        expect(await registry.pointer(MODEL, ENVIRONMENT)).to.equal(undefined);
      });

      it('answers the same decision with the same entry, also when later ones came', async () => {
        for (const version of ['v1', 'v2']) await addVersion(registry, version);
        const first = await registry.commit(promotion('v1', null));
        expect(await registry.commit(promotion('v1', null))).to.deep.equal(first);
        await registry.commit(promotion('v2', 1));
        expect(await registry.commit(promotion('v1', null))).to.deep.equal(first);
        expect(await registry.pointer(MODEL, ENVIRONMENT)).to.include({ generation: 2, version: 'v2' });
        expect(await registry.ledger(MODEL, ENVIRONMENT)).to.have.length(2);
      });

      it('lets one of 20 concurrent commits win; the others are told that the pointer moved', async () => {
        await addVersion(registry, 'v0');
        await registry.commit(promotion('v0', null));
        await addVersion(registry, 'v1');
        const outcomes = await Promise.all(
          Array.from({ length: 20 }, (_, index) =>
            codeOf(createRegistry(openObjectStore(config)).commit(promotion('v1', 1, `decision ${index}`))),
          ),
        );
        expect(outcomes.filter((outcome) => outcome === 'no error')).to.have.length(1);
        expect(outcomes.filter((outcome) => outcome === 'POINTER_MOVED')).to.have.length(19);
        const ledger = await registry.ledger(MODEL, ENVIRONMENT);
        expect(ledger).to.have.length(2);
        expect(ledger[1]!.decisionId).to.equal(`decision ${outcomes.indexOf('no error')}`);
        expect(await pointerFile()).to.include({ generation: 2, decisionId: ledger[1]!.decisionId });
      });

      it('makes one entry of one decision that is committed 20 times at once', async () => {
        await addVersion(registry, 'v1');
        const entries = await Promise.all(
          Array.from({ length: 20 }, () => createRegistry(openObjectStore(config)).commit(promotion('v1', null))),
        );
        expect(new Set(entries.map((entry) => JSON.stringify(entry)))).to.have.property('size', 1);
        expect(await registry.ledger(MODEL, ENVIRONMENT)).to.have.length(1);
      });

      it('shows the truth after a crash between ledger and pointer.json, and the retry finishes the second half', async () => {
        for (const version of ['v1', 'v2']) await addVersion(registry, version);
        await registry.commit(promotion('v1', null));
        expect(await codeOf(createRegistry(dyingBeforePointer(objects)).commit(promotion('v2', 1)))).to.equal('Error: killed');
        expect(await pointerFile()).to.include({ generation: 1 });
        expect(await registry.pointer(MODEL, ENVIRONMENT)).to.include({ generation: 2, version: 'v2' });
        const entry = await registry.commit(promotion('v2', 1));
        expect(entry.generation).to.equal(2);
        expect(await pointerFile()).to.include({ generation: 2 });
      });

      it('shows the truth after a crash in the very first commit, and the next commit repairs what was left', async () => {
        for (const version of ['v1', 'v2']) await addVersion(registry, version);
        await codeOf(createRegistry(dyingBeforePointer(objects)).commit(promotion('v1', null)));
        expect(await registry.pointer(MODEL, ENVIRONMENT)).to.include({ generation: 1, version: 'v1' });
        expect(await codeOf(registry.commit(promotion('v2', null)))).to.equal('POINTER_MOVED');
        await registry.commit(promotion('v2', 1));
        expect(await pointerFile()).to.include({ generation: 2, version: 'v2' });
      });
    });

    describe('rollback', () => {
      const order = (pulled: Pointer | undefined, more: Partial<RollbackOrder> = {}): RollbackOrder => ({
        ...{ model: MODEL, environment: ENVIRONMENT, pulled: pulled ?? null, decisionId: 'rollback 1', actor: 'ana', reason: 'complaints' },
        ...more,
      });
      const serving = () => registry.pointer(MODEL, ENVIRONMENT);

      beforeEach(async () => {
        for (const version of ['v1', 'v2', 'v3', 'v4']) await addVersion(registry, version);
        await registry.commit(promotion('v1', null));
        await registry.commit(promotion('v2', 1));
        await registry.commit(promotion('v3', 2));
      });

      it('goes back to what served before, quarantines what it leaves, and says who and why', async () => {
        const done = await registry.rollBack(order(await serving()));
        expect(done).to.deep.equal({ from: 'v3', to: 'v2', generation: 4 });
        expect(await serving()).to.include({ version: 'v2', generation: 4 });
        expect(await registry.isQuarantined(MODEL, 'v3')).to.equal(true);
        expect(await registry.isQuarantined(MODEL, 'v2')).to.equal(false);
        expect((await registry.ledger(MODEL, ENVIRONMENT)).at(-1)).to.include({ action: 'rollback', actor: 'ana', reason: 'complaints' });
      });

      it('goes further back each time, over quarantined versions, until there is nothing left', async () => {
        await registry.quarantine(MODEL, 'v2', 'known to be bad');
        expect(await registry.rollBack(order(await serving()))).to.include({ from: 'v3', to: 'v1' });
        expect(await codeOf(registry.rollBack(order(await serving(), { decisionId: 'rollback 2' })))).to.equal('NO_PREVIOUS_VERSION');
        expect(await serving()).to.include({ version: 'v1' });
        expect(await registry.isQuarantined(MODEL, 'v1')).to.equal(false);
      });

      it('goes to the version that is named, if it exists and is not quarantined', async () => {
        const pulled = await serving();
        expect(await codeOf(registry.rollBack(order(pulled, { to: 'v9' })))).to.equal('VERSION_NOT_FOUND');
        await registry.quarantine(MODEL, 'v2', 'bad');
        expect(await codeOf(registry.rollBack(order(pulled, { to: 'v2' })))).to.equal('VERSION_QUARANTINED');
        expect(await registry.isQuarantined(MODEL, 'v3')).to.equal(false);
        expect(await registry.rollBack(order(pulled, { to: 'v1' }))).to.include({ from: 'v3', to: 'v1' });
        expect(await registry.rollBack(order(await serving(), { to: 'v1', decisionId: 'again' }))).to.include({ to: 'v1', generation: 4 });
      });

      it('also leaves what was promoted while the cord was being pulled', async () => {
        const pulled = await serving();
        await registry.commit(promotion('v4', 3));
        expect(await registry.rollBack(order(pulled))).to.deep.equal({ from: 'v3', to: 'v2', generation: 5 });
        for (const [version, unfit] of [
          ['v4', true],
          ['v3', true],
          ['v2', false],
        ] as const)
          // prettier-ignore
          expect(await registry.isQuarantined(MODEL, version), version).to.equal(unfit);
      });

      it('does not go back twice when the deployment undid itself meanwhile', async () => {
        const pulled = await serving();
        await registry.commit({ ...promotion('v2', 3, 'compensation'), action: 'rollback' });
        expect(await registry.rollBack(order(pulled))).to.deep.equal({ from: 'v3', to: 'v2', generation: 4 });
        expect(await registry.ledger(MODEL, ENVIRONMENT)).to.have.length(4);
        expect(await registry.isQuarantined(MODEL, 'v3')).to.equal(true);
      });

      it('answers a retry with what it did, whatever was deployed since', async () => {
        const pulled = await serving();
        const done = await registry.rollBack(order(pulled));
        await registry.commit(promotion('v4', 4));
        expect(await registry.rollBack(order(pulled))).to.deep.equal(done);
        expect(await registry.rollBack(order(await serving()))).to.deep.equal(done);
        expect(await serving()).to.include({ version: 'v4' });
        expect(await registry.isQuarantined(MODEL, 'v4')).to.equal(false);
      });

      it('wins against deployments that are judged and committed at the same time', async () => {
        const pulled = await serving();
        const deployment = codeOf(createRegistry(openObjectStore(config)).commit(promotion('v4', 3)));
        const done = await registry.rollBack(order(pulled));
        await deployment;
        expect(done).to.include({ from: 'v3', to: 'v2' });
        expect(await serving()).to.include({ version: 'v2' });
        expect(await codeOf(registry.commit(promotion('v4', 3, 'late')))).to.equal('POINTER_MOVED');
      });

      it('has nowhere to go before the first deployment', async () => {
        expect(await codeOf(registry.rollBack(order(undefined, { model: 'other' })))).to.equal('NO_PREVIOUS_VERSION');
      });
    });

    describe('gateways', () => {
      it('counts a gateway as live for five seconds after its last heartbeat', async () => {
        await beat(heartbeat('here', null));
        await beat(heartbeat('gone', null, new Date(Date.now() - 5_001)));
        expect((await registry.liveGateways(ENVIRONMENT)).map(({ gateway }) => gateway)).to.deep.equal(['here']);
        expect(await registry.liveGateways('staging')).to.deep.equal([]);
      });

      it('waits until every live gateway serves the generation, and no dead one', async () => {
        await beat(heartbeat('a', { version: 'v2', generation: 2 }));
        await beat(heartbeat('b', { version: 'v1', generation: 1 }));
        await beat(heartbeat('dead', { version: 'v1', generation: 1 }, new Date(Date.now() - 60_000)));
        let done = false;
        const waiting = registry.waitUntilServed(MODEL, ENVIRONMENT, 2, { timeoutMs: 10_000 }).then((served) => {
          done = true;
          return served;
        });
        await sleep(300);
        expect(done).to.equal(false);
        await beat(heartbeat('a', { version: 'v2', generation: 2 }));
        await beat(heartbeat('b', { version: 'v2', generation: 2 }));
        expect((await waiting).map(({ gateway }) => gateway)).to.have.members(['a', 'b']);
      });

      it('names the gateways that stay behind', async () => {
        await beat(heartbeat('a', { version: 'v1', generation: 1 }));
        await beat(heartbeat('b', null));
        try {
          await registry.waitUntilServed(MODEL, ENVIRONMENT, 2, { timeoutMs: 300 });
          expect.fail('it did not wait');
        } catch (error) {
          expect(error).to.include({ code: 'ROLLBACK_UNVERIFIED' });
          expect((error as Error).message).to.include('a, b');
        }
      });

      it('has nothing to wait for when no gateway is live, and stops waiting when told to', async () => {
        expect(await registry.waitUntilServed(MODEL, ENVIRONMENT, 2, { timeoutMs: 10_000 })).to.deep.equal([]);
        await beat(heartbeat('a', null));
        const stop = new AbortController();
        const waiting = codeOf(registry.waitUntilServed(MODEL, ENVIRONMENT, 2, { timeoutMs: 10_000, signal: stop.signal }));
        stop.abort();
        expect(await waiting).to.equal('ABORT_ERR');
      });
    });
  });

describeRegistry('a folder', () => Promise.resolve({ kind: 'folder', path: tempFolder() }));
describeRegistry('s3', async (context) => ({
  kind: 's3',
  bucket: `registry-${randomUUID().slice(0, 8)}`,
  region: 'us-east-1',
  ...(await minio(context)),
}));
