import { expect } from 'chai';
import { testDag, type Stub } from '../../core/dag/testing.js';
import { RekindleError } from '../../core/errors.js';
import type { DatasetRef } from '../../core/lifecycle/dataset.js';
import type { BinaryMetrics, Comparison, GateResult, Outcome } from '../../core/lifecycle/gates.js';
import type { ResolvedModel } from '../../core/lifecycle/resolved-model.js';
import type { Json } from '../../core/json.js';
import electricity from '../../examples/electricity/models/electricity.js';
import retraining from '../../dags/retraining.js';

const model: ResolvedModel = {
  name: 'electricity',
  spec: electricity.spec,
  specHash: 'spec',
  asOf: '1997-05-27T00:00:00.000Z',
  until: '1997-05-26T00:00:00.000Z',
  champion: { version: 'champion', generation: 1 },
};

const dataset = (sha256: string, from: string, to: string): DatasetRef => ({ sha256, rows: 48, from, to, columns: [] });

const metrics = (rocAuc: number): BinaryMetrics => ({
  n: 672,
  rocAuc,
  rocAucInterval: null,
  f1: null,
  precision: null,
  recall: null,
  accuracy: null,
  logLoss: null,
  incorrect: 0,
});

const gate = (name: string, verdict: GateResult['verdict']): GateResult => ({
  gate: name,
  verdict,
  n: 672,
  champion: 0.62,
  challenger: 0.88,
  interval: null,
  threshold: null,
  pValue: null,
  reason: `${name} says ${verdict}`,
});

const verdictOf = (outcome: Outcome, gates: GateResult[], champion = true): Comparison => ({
  outcome,
  champion: champion ? { version: 'champion', metrics: metrics(0.62) } : null,
  challenger: { version: 'challenger', metrics: metrics(0.88) },
  gates,
  failedGates: gates.filter(({ verdict }) => verdict === 'fail').map((each) => each.gate),
  reasons: gates.map(({ reason }) => reason),
  judgedGeneration: champion ? 1 : null,
  evidence: { key: 'evidence.json', sha256: 'e' },
});

const table = { sha256: 'table', rows: 96, columns: [] };
const rows = {
  training: dataset('training', '1996-06-10T00:00:00.000Z', '1997-05-12T00:00:00.000Z'),
  holdout: dataset('holdout', '1997-05-12T00:00:00.000Z', '1997-05-26T00:00:00.000Z'),
};

const stubs = (over: Readonly<Record<string, Stub>> = {}): Record<string, Stub> => ({
  resolveModel: model as unknown as Json,
  extract: table,
  transform: table,
  load: rows,
  testDrift: {
    verdict: 'drift',
    worst: { column: 'transfer', effect: 0.77 },
    reportKey: null,
    retrain: true,
    reasons: ['transfer drifted'],
  },
  train: { version: 'challenger', trainedTo: rows.training.to, trained: true },
  stage: { version: 'challenger', loadMs: 5, parity: { rows: 64, largestDifference: 2e-7 }, latencyP99Ms: 0.2 },
  compare: verdictOf('promote', [gate('rocAuc.alpha', 'pass')]),
  deploy: { version: 'challenger', generation: 2, previous: 'champion', decisionId: 'd' },
  ...over,
});

/** Gateways that serve what they should, and a store that keeps what is written. */
const context = (written: string[] = []) => ({
  environment: 'production',
  registry: { waitUntilServed: async () => [{ gateway: 'g1' }] },
  objects: { put: async (key: string) => void written.push(key) } as never,
});

const states = (tasks: Readonly<Record<string, { readonly state: string }>>): Record<string, string> =>
  Object.fromEntries(Object.entries(tasks).map(([name, { state }]) => [name, state]));

describe('the retraining DAG', () => {
  it('promotes a challenger that passes, and tells what it was and when its training ended', async () => {
    const written: string[] = [];
    const { state, output, tasks } = await testDag(retraining, { model: 'electricity' }, { stubs: stubs(), context: context(written) });
    expect(state).to.equal('success');
    expect(output).to.deep.equal({
      model: 'electricity',
      asOf: model.asOf,
      outcome: 'promote',
      champion: { version: 'champion', rocAuc: 0.62 },
      challenger: { version: 'challenger', rocAuc: 0.88 },
      failedGates: [],
      reasons: ['rocAuc.alpha says pass'],
      generation: 2,
      trainedTo: rows.training.to,
    });
    expect(states(tasks)).to.include({ 'decision.retrain.verdict.promote.announce': 'success' });
    expect(written).to.deep.equal(['models/electricity/versions/challenger/evidence/deployment-2.json']);
  });

  it('bootstraps: the first version is promoted with nothing before it', async () => {
    const first = stubs({
      resolveModel: { ...model, champion: null } as unknown as Json,
      testDrift: { verdict: 'insufficient_data', worst: null, reportKey: null, retrain: false, reasons: [] },
      compare: verdictOf('promote', [gate('rocAuc.min', 'pass')], false) as unknown as Json,
      deploy: { version: 'challenger', generation: 1, previous: null, decisionId: 'd' },
    });
    const { output } = await testDag(retraining, { model: 'electricity' }, { stubs: first, context: context() });
    expect(output).to.include({ outcome: 'promote', champion: null, generation: 1 });
  });

  it('keeps the champion when a gate fails, and records why with the version', async () => {
    const written: string[] = [];
    const kept = stubs({ compare: verdictOf('keep', [gate('rocAuc.min', 'fail')]) as unknown as Json });
    const { state, output, tasks } = await testDag(retraining, { model: 'electricity' }, { stubs: kept, context: context(written) });
    expect(state).to.equal('success');
    expect(output).to.deep.include({
      outcome: 'keep',
      challenger: { version: 'challenger', rocAuc: 0.88 },
      failedGates: ['rocAuc.min'],
      reasons: ['rocAuc.min says fail'],
      generation: null,
    });
    expect(states(tasks)).to.include({ 'decision.retrain.verdict.promote.deploy': 'skipped' });
    expect(written[0]).to.match(/^models\/electricity\/versions\/challenger\/evidence\/rejection-.*\.json$/);
  });

  for (const [policy, outcome] of [
    ['keep', 'keep'],
    ['hold', 'inconclusive'],
  ] as const) {
    it(`ends as ${outcome} without enough evidence when the policy is ${policy}, and names the open gate`, async () => {
      const open = stubs({
        resolveModel: { ...model, spec: { ...model.spec, inconclusive: policy } } as unknown as Json,
        compare: verdictOf('inconclusive', [gate('rocAuc.alpha', 'inconclusive')]) as unknown as Json,
      });
      const { output } = await testDag(retraining, { model: 'electricity' }, { stubs: open, context: context() });
      expect(output).to.deep.include({ outcome, failedGates: ['rocAuc.alpha'], generation: null });
    });
  }

  it('trains nothing when nothing calls for it', async () => {
    const quiet = stubs({ testDrift: { verdict: 'no_drift', worst: null, reportKey: null, retrain: false, reasons: [] } });
    const { state, output, tasks } = await testDag(
      retraining,
      { model: 'electricity' },
      { stubs: quiet, run: { kind: 'triggered' }, context: context() },
    );
    expect(state).to.equal('success');
    expect(output).to.deep.include({
      outcome: 'keep',
      champion: { version: 'champion', rocAuc: null },
      challenger: null,
      trainedTo: null,
      reasons: ['no reason to retrain: no_drift'],
    });
    expect(states(tasks)).to.include({ 'decision.retrain.train': 'skipped' });
  });

  it('retrains for the reasons of whoever started it', async () => {
    let asked: unknown;
    const quiet = stubs({
      testDrift: { verdict: 'no_drift', worst: null, reportKey: null, retrain: false, reasons: [] },
      train: (input: unknown) => {
        asked = input;
        return { version: 'challenger', trainedTo: rows.training.to, trained: true };
      },
    });
    const params = { model: 'electricity', reasons: ['weekly ROC-AUC 0.66 under 0.7'] };
    const { output } = await testDag(retraining, params, { stubs: quiet, run: { kind: 'triggered' }, context: context() });
    expect(output.outcome).to.equal('promote');
    expect(asked).to.have.nested.property('training.sha256', 'training');
  });

  it('hands an override of the transform to the model it resolves', async () => {
    let asked: unknown;
    const spoilt = stubs({
      resolveModel: (input: unknown) => {
        asked = input;
        return model;
      },
    });
    await testDag(retraining, { model: 'electricity', transform: 'sql/spoilt.sql' }, { stubs: spoilt, context: context() });
    expect(asked).to.deep.include({ transform: 'sql/spoilt.sql' });
  });

  it('undoes the deployment when it cannot be served', async () => {
    const undone: unknown[] = [];
    const unserved = stubs({
      announce: () => {
        throw new RekindleError('ROLLBACK_UNVERIFIED', 'g1 does not serve it.');
      },
      undoDeploy: (input: unknown) => {
        undone.push(input);
        return { undone: true, reason: 'production serves champion again' };
      },
    });
    const { state, tasks } = await testDag(retraining, { model: 'electricity' }, { stubs: unserved, context: context() });
    expect(state).to.equal('failed');
    expect(tasks['decision.retrain.verdict.promote.announce']).to.deep.include({ state: 'failed', tries: 3 });
    expect(undone).to.have.length(1);
    expect(undone[0]).to.include({ challenger: 'challenger' });
  });

  it('undoes a deployment whose answer was lost', async () => {
    const undone: unknown[] = [];
    const lost = stubs({
      deploy: () => {
        throw new RekindleError('POINTER_MOVED', 'the answer got lost.');
      },
      undoDeploy: (input: unknown) => {
        undone.push(input);
        return { undone: false, reason: 'nothing to undo' };
      },
    });
    const { state } = await testDag(retraining, { model: 'electricity' }, { stubs: lost, context: context() });
    expect(state).to.equal('failed');
    expect(undone).to.have.length(1);
  });

  it('leaves what serves alone when training fails', async () => {
    const broken = stubs({
      train: () => {
        throw new RekindleError('TRAINER_FAILED', "Trainer 'sklearn' exited with code 1.");
      },
    });
    const { state, tasks } = await testDag(retraining, { model: 'electricity' }, { stubs: broken, context: context() });
    expect(state).to.equal('failed');
    expect(tasks['decision.retrain.train']).to.deep.include({ state: 'failed', tries: 1 });
    expect(tasks['load']).to.include({ state: 'success' });
    expect(states(tasks)).to.include({ 'decision.retrain.verdict.promote.deploy': 'upstream_failed' });
  });

  it('tries again when the trainer was lost', async () => {
    let tries = 0;
    const lostOnce = stubs({
      train: () => {
        tries += 1;
        if (tries === 1) throw new RekindleError('TRAINER_LOST', 'gone with its host.');
        return { version: 'challenger', trainedTo: rows.training.to, trained: true };
      },
    });
    const { state, tasks } = await testDag(retraining, { model: 'electricity' }, { stubs: lostOnce, context: context() });
    expect(state).to.equal('success');
    expect(tasks['decision.retrain.train']).to.include({ tries: 2 });
  });
});
