import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import type { GatewayHeartbeat } from '../../core/lifecycle/heartbeat.js';
import { keys } from '../../core/names.js';
import type { ObjectStore } from '../../core/ports.js';
import type { StoreConfig } from '../../platform/config.js';
import { openObjectStore } from '../../platform/object-store/index.js';
import { createRegistry } from '../../platform/registry/index.js';
import type { Registry } from '../../platform/registry/registry.js';
import { tempFolder } from '../support/fixtures.js';
import { codeOf } from './object-store.contract.js';
import {
  describeRegistry,
  ENVIRONMENT,
  MODEL,
  addVersion,
  dyingBeforePointer,
  heartbeat,
  profile,
  promotion,
  trained,
} from './registry-house.js';

describeRegistry('registry', (open) => {
  let config: StoreConfig;
  let objects: ObjectStore;
  let registry: Registry;

  beforeEach(async function () {
    ({ config, objects, registry } = await open(this));
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
