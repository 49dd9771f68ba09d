import { expect } from 'chai';
import { announce } from '../../activities/announce.js';
import { deploy } from '../../activities/deploy.js';
import { reject } from '../../activities/reject.js';
import { undoDeploy } from '../../activities/rollback.js';
import type { GatewayHeartbeat } from '../../core/lifecycle/heartbeat.js';
import type { BinaryMetrics, Comparison } from '../../core/lifecycle/gates.js';
import { keys } from '../../core/names.js';
import type { RunInfo } from '../../core/ports.js';
import { openTestWorker, run, type TestWorker } from '../support/activities.js';
import { failureOf } from '../support/failure.js';
import { tempFolder } from '../support/fixtures.js';
import { addVersion, deploy as deployByHand } from '../support/served-model.js';
import { resolved, specOf } from './challenger.js';

const metrics: BinaryMetrics = {
  n: 600,
  rocAuc: 0.88,
  rocAucInterval: null,
  f1: null,
  precision: null,
  recall: null,
  accuracy: null,
  logLoss: null,
  incorrect: 100,
};

const verdictOf = (version: string, judgedGeneration: number | null, over: Partial<Comparison> = {}): Comparison => ({
  outcome: 'promote',
  champion: judgedGeneration === null ? null : { version: 'one', metrics: { ...metrics, rocAuc: 0.62 } },
  challenger: { version, metrics },
  gates: [],
  failedGates: [],
  reasons: ['better'],
  judgedGeneration,
  evidence: { key: 'evidence.json', sha256: 'hash of the evidence' },
  ...over,
});

describe('deploying a challenger', () => {
  let worker: TestWorker;
  beforeEach(async () => {
    worker = await openTestWorker(tempFolder());
    for (const version of ['one', 'two', 'three']) await addVersion(worker.objects, { model: 'market', version });
  });
  afterEach(() => worker.close());

  const runOf = (id: string): { run: RunInfo } => ({ run: { ...run, id } });
  const pointer = () => worker.ctx.registry.pointer('market', 'production');
  const deployed = (version: string, judged: number | null, id = 'run-1') =>
    worker.run(deploy, { model: resolved(), verdict: verdictOf(version, judged) }, runOf(id));
  const undone = (challenger: string, id = 'run-1') => worker.run(undoDeploy, { model: resolved(), challenger }, runOf(id));

  describe('deploy', () => {
    it('moves the pointer and writes into the ledger who, why and on what evidence', async () => {
      await deployed('one', null);
      expect(await deployed('two', 1, 'run-2')).to.deep.equal({
        version: 'two',
        generation: 2,
        previous: 'one',
        decisionId: 'run-2/promote/two',
      });
      expect((await pointer())!.version).to.equal('two');
      expect((await worker.ctx.registry.ledger('market', 'production')).at(-1)).to.deep.include({
        action: 'promote',
        actor: 'run-2',
        reason: 'ROC-AUC 0.880 against 0.620 of the champion on the same 600 rows',
        evidence: 'hash of the evidence',
        asOf: '1997-05-27T00:00:00.000Z',
      });
    });

    it('a second try finds the deed done', async () => {
      const first = await deployed('one', null);
      expect(await deployed('one', null)).to.deep.equal(first);
      expect(await worker.ctx.registry.ledger('market', 'production')).to.have.length(1);
    });

    it('loses against a change of production since the judgement', async () => {
      await deployed('one', null);
      await deployByHand(worker.objects, { model: 'market', version: 'three' });
      await failureOf(deployed('two', 1, 'run-2'), 'POINTER_MOVED');
      expect((await pointer())!.version).to.equal('three');
    });

    it('refuses a version that was quarantined in the meantime', async () => {
      await worker.ctx.registry.quarantine('market', 'one', 'complaints');
      await failureOf(deployed('one', null), 'VERSION_QUARANTINED');
    });
  });

  describe('undoDeploy', () => {
    it('points back at what served before, once', async () => {
      await deployed('one', null);
      await deployed('two', 1, 'run-2');
      expect(await undone('two', 'run-2')).to.include({ undone: true });
      expect(await undone('two', 'run-2'), 'a second try').to.include({ undone: true });
      expect(await pointer()).to.include({ version: 'one', generation: 3 });
      expect(await worker.ctx.registry.isQuarantined('market', 'two'), 'the run failed, not the version').to.equal(false);
    });

    it('finds nothing to undo when deploy never acted', async () => {
      await deployed('one', null);
      expect(await undone('two', 'run-2')).to.include({ undone: false });
      expect((await pointer())!.version).to.equal('one');
    });

    it('leaves the decision of somebody who came later', async () => {
      await deployed('one', null);
      await deployed('two', 1, 'run-2');
      await deployByHand(worker.objects, { model: 'market', version: 'three' });
      expect(await undone('two', 'run-2')).to.include({ undone: false });
      expect((await pointer())!.version).to.equal('three');
    });

    it('leaves the first version where it is: nothing served before', async () => {
      await deployed('one', null);
      const { undone: done, reason } = await undone('one');
      expect(done).to.equal(false);
      expect(reason).to.contain('first version');
      expect((await pointer())!.version).to.equal('one');
    });
  });

  describe('announce', () => {
    const beat = async (gateway: string, generation: number): Promise<void> => {
      const now = new Date().toISOString();
      const heartbeat: GatewayHeartbeat = {
        gateway,
        environment: 'production',
        url: 'http://127.0.0.1:1',
        at: now,
        startedAt: now,
        models: [{ model: 'market', version: 'one', generation, answered: 0, flushed: 0, errors: 0, latencyP99Ms: null }],
      };
      await worker.objects.put(keys.gateway('production', gateway), JSON.stringify(heartbeat));
    };
    const challenger = { version: 'one', trainedTo: '1997-05-19T00:00:00.000Z', trained: true };

    it('waits until every live gateway serves it, then says so in an event', async () => {
      const deployment = await deployed('one', null);
      await beat('fast', 1);
      await beat('slow', 0);
      let done = false;
      const announcing = worker
        .run(announce, { model: resolved(), challenger, verdict: verdictOf('one', null), deployment })
        .finally(() => (done = true));
      await new Promise((tick) => setTimeout(tick, 500));
      expect(done, 'while a gateway is behind').to.equal(false);
      await beat('slow', 1);
      const result = await announcing;
      expect(result).to.deep.include({ outcome: 'promote', champion: null, challenger: { version: 'one', rocAuc: 0.88 }, generation: 1 });
      const { body } = await worker.objects.get(keys.version('market', 'one').evidence('deployment-1.json'));
      const event = JSON.parse(Buffer.from(body).toString());
      expect(event).to.include({
        specversion: '1.0',
        id: 'run-1/promote/one',
        subject: 'market/one',
        type: 'dev.cdevents.service.deployed',
      });
      expect(event.data.gateways.sort()).to.deep.equal(['fast', 'slow']);
    });
  });

  describe('reject', () => {
    const challenger = { version: 'two', trainedTo: '1997-05-19T00:00:00.000Z', trained: true };
    const open = verdictOf('two', 1, {
      outcome: 'inconclusive',
      gates: (['pass', 'inconclusive'] as const).map((verdict) => ({
        gate: `gate that is ${verdict}`,
        verdict,
        n: 600,
        champion: null,
        challenger: null,
        interval: null,
        threshold: null,
        pValue: null,
        reason: verdict,
      })),
      reasons: ['it may be chance'],
    });

    it('records with the version why it was kept out', async () => {
      const result = await worker.run(reject, { model: resolved(), challenger, verdict: open });
      expect(result).to.deep.include({ outcome: 'keep', failedGates: ['gate that is inconclusive'], reasons: ['it may be chance'] });
      const records: string[] = [];
      for await (const { key } of worker.objects.list(keys.version('market', 'two').evidence('rejection-'))) records.push(key);
      expect(records).to.have.length(1);
      const record = JSON.parse(Buffer.from((await worker.objects.get(records[0]!)).body).toString());
      expect(record).to.deep.include({ run: run.id, comparison: open.evidence, ...result });
    });

    it('leaves the question open when the policy is to hold', async () => {
      const model = resolved({ spec: specOf({ inconclusive: 'hold' }) });
      expect((await worker.run(reject, { model, challenger, verdict: open })).outcome).to.equal('inconclusive');
    });
  });
});
