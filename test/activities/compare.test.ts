import { createHash } from 'node:crypto';
import { expect } from 'chai';
import { compare } from '../../activities/compare.js';
import { fetchReferenceScores } from '../../activities/reference-scores.js';
import type { DatasetRef } from '../../core/lifecycle/dataset.js';
import type { ModelSpec } from '../../core/lifecycle/model-spec.js';
import { binaryMetrics } from '../../core/quality/binary-metrics.js';
import { createServing } from '../../platform/serving/onnx.js';
import { openTestWorker, type TestWorker } from '../support/activities.js';
import { tempFolder } from '../support/fixtures.js';
import { addVersion, fixture } from '../support/served-model.js';
import { holdoutOf, resolved, specOf } from './challenger.js';

const gates: ModelSpec['gates'] = { rocAuc: { min: 0.7, alpha: 0.05 }, latencyP99Ms: { max: 5 } };

describe('compare', () => {
  let worker: TestWorker;
  let holdout: DatasetRef;
  before(async () => {
    worker = await openTestWorker(tempFolder());
    holdout = await holdoutOf(worker);
    await addVersion(worker.objects, { model: 'market', version: 'logistic', fixture: 'logistic' });
    await addVersion(worker.objects, { model: 'market', version: 'trees', fixture: 'trees' });
  });
  after(() => worker.close());

  const judge = (challenger: string, champion: string | null, { latencyP99Ms = 0.2, spec = specOf({ gates }) } = {}) =>
    worker.run(
      compare,
      {
        model: resolved({ spec, champion: champion === null ? null : { version: champion, generation: 4 } }),
        holdout,
        challenger: { version: challenger, trainedTo: '1997-05-19T00:00:00.000Z', trained: true },
        staged: { version: challenger, loadMs: 5, parity: { rows: 24, largestDifference: 0 }, latencyP99Ms },
      },
      { serving: createServing() },
    );

  it('promotes the better model, judged on the same rows, against the generation that it saw', async () => {
    const verdict = await judge('logistic', 'trees');
    expect(verdict).to.deep.include({ outcome: 'promote', failedGates: [], judgedGeneration: 4 });
    expect(verdict.champion!.metrics.n).to.equal(600);
    expect(verdict.challenger.metrics.rocAuc!).to.be.above(verdict.champion!.metrics.rocAuc!);
  });

  it('keeps the worse one out', async () => {
    const verdict = await judge('trees', 'logistic');
    expect(verdict.outcome).to.equal('keep');
    expect(verdict.failedGates).to.include('rocAuc.alpha');
    expect(verdict.reasons.join(' ')).to.match(/ROC-AUC 0\.\d+ against the champion's 0\.\d+/);
  });

  it('judges a first version by the absolute gates alone', async () => {
    const verdict = await judge('logistic', null);
    expect(verdict).to.deep.include({ outcome: 'promote', champion: null, judgedGeneration: null });
  });

  it('holds the latency that staging measured against its gate', async () => {
    const verdict = await judge('logistic', 'trees', { latencyP99Ms: 7 });
    expect(verdict).to.deep.include({ outcome: 'keep', failedGates: ['latencyP99Ms.max'] });
  });

  it('stores the evidence with the version, and names it by its hash', async () => {
    const { evidence, outcome, gates: judged } = await judge('logistic', 'trees');
    const { body } = await worker.objects.get(evidence.key);
    expect(evidence.key).to.match(/^models\/market\/versions\/logistic\/evidence\/comparison-/);
    expect(createHash('sha256').update(body).digest('hex')).to.equal(evidence.sha256);
    const document = JSON.parse(Buffer.from(body).toString());
    expect(document).to.deep.include({ schema: 'rekindle/comparison/1', outcome, gates: judged, holdout });
    expect((await judge('logistic', 'trees')).evidence, 'a second try').to.deep.equal(evidence);
  });

  it("keeps the challenger's answers to the hold-out with it, for estimates of its quality", async () => {
    const { challenger } = await judge('trees', 'logistic');
    const { ctx } = worker;
    const kept = await ctx.scratch((folder) => fetchReferenceScores('market', 'trees', folder, ctx));
    expect(binaryMetrics(kept!.labels, kept!.scores)).to.deep.equal(challenger.metrics);
    expect(await ctx.scratch((folder) => fetchReferenceScores('market', 'nobody', folder, ctx))).to.equal(undefined);
  });

  it('keeps a quarantined version out, however good', async () => {
    await addVersion(worker.objects, { model: 'market', version: 'was-rolled-back' });
    await worker.ctx.registry.quarantine('market', 'was-rolled-back', 'complaints');
    const verdict = await judge('was-rolled-back', 'trees');
    expect(verdict).to.deep.include({ outcome: 'keep', failedGates: ['quarantine'] });
    expect(verdict.reasons).to.deep.equal(['Version was-rolled-back was rolled back before and is quarantined.']);
  });

  it('does not promote the version that serves already', async () => {
    expect(await judge('logistic', 'logistic')).to.deep.include({ outcome: 'keep' });
  });

  it("keeps a challenger out that breaks the champion's callers, and says how", async () => {
    const { signature } = fixture('logistic');
    const features = [{ name: 'price', type: 'category' as const }, signature.features[1]!, { name: 'wind', type: 'number' as const }];
    await addVersion(worker.objects, { model: 'market', version: 'old', signature: { ...signature, features } });
    const verdict = await judge('logistic', 'old');
    expect(verdict).to.deep.include({ outcome: 'keep', failedGates: ['signature'], champion: null });
    expect(verdict.reasons[0]).to.match(/asks for 'weekday' \(category\), which callers do not send/);
    expect(verdict.reasons[0]).to.match(/no longer takes 'wind'/);
    expect(verdict.reasons[0]).to.match(/'price' is now a number/);
  });
});
