import { expect } from 'chai';
import { train } from '../../activities/train.js';
import { processTrainer } from '../../core/lifecycle/model-spec.js';
import { keys } from '../../core/names.js';
import { openTestWorker, type TestWorker } from '../support/activities.js';
import { failureOf } from '../support/failure.js';
import { tempFolder } from '../support/fixtures.js';
import { fixture } from '../support/served-model.js';
import { fixtureTrainer, resolved, specOf, trainingOf } from './challenger.js';

describe('train', () => {
  let worker: TestWorker;
  before(async () => {
    worker = await openTestWorker(tempFolder());
  });
  after(() => worker.close());

  it('stores what the trainer made as a version that says everything it was made of', async () => {
    const training = await trainingOf(worker, 'first');
    const trainer = fixtureTrainer();
    const { version, trainedTo, trained } = await worker.run(train, { model: resolved(), training }, { trainer });
    expect({ trainedTo, trained }).to.deep.equal({ trainedTo: training.to, trained: true });
    expect(version).to.match(/^[0-9a-f]{16}$/);

    const { createdAt: _, modelSha256: __, ...manifest } = await worker.ctx.registry.version('market', version);
    expect(manifest).to.deep.equal({
      model: 'market',
      version,
      asOf: '1997-05-27T00:00:00.000Z',
      trainedFrom: training.from,
      trainedTo: training.to,
      trainingRows: 4,
      dataset: training.sha256,
      trainer: { runner: 'process', image: 'fixture', codeHash: 'code of fixture' },
      hyperparameters: {
        depth: '3',
        target: 'direction',
        positive: 'UP',
        features: '{"price":"number","demand":"number","weekday":"category"}',
      },
      seed: 7,
      specHash: 'hash of the spec',
      runId: worker.ctx.run.id,
    });
    expect(await worker.ctx.registry.signature('market', version)).to.deep.equal(fixture('logistic').signature);
    expect(await worker.ctx.registry.golden('market', version)).to.deep.equal(fixture('logistic').golden);
    expect(await worker.ctx.registry.reference('market', version)).to.include({ rows: 4 });
    const log = await worker.objects.get(keys.version('market', version).trainingLog);
    expect(Buffer.from(log.body).toString()).to.equal('fitted\n');
  });

  it('keeps what the model makes of its features, where the trainer says so', async () => {
    const importance = { schema: 'rekindle/importance/1', metric: 'roc_auc', baseline: 0.7, rows: 9, repeats: 5, features: [] };
    const trainer = fixtureTrainer('logistic', (files) => (files['importance.json'] = importance));
    const { version } = await worker.run(train, { model: resolved(), training: await trainingOf(worker, 'weighed') }, { trainer });
    expect(await worker.ctx.registry.importance('market', version)).to.deep.equal(importance);
    const plain = await worker.run(
      train,
      { model: resolved(), training: await trainingOf(worker, 'plain') },
      { trainer: fixtureTrainer() },
    );
    expect(await worker.ctx.registry.importance('market', plain.version)).to.equal(undefined);
  });

  it('gives the trainer the rows, the hyperparameters and the seed, and drops the job when the version is stored', async () => {
    const trainer = fixtureTrainer();
    const key = 'retraining-1997-05-27T00:00:00Z/decision.retrain.train';
    await worker.run(train, { model: resolved(), training: await trainingOf(worker, 'second') }, { trainer, key });
    const [job] = trainer.jobs;
    expect(job!.parameters).to.include({ depth: '3', target: 'direction', positive: 'UP', seed: '7' });
    expect(Object.keys(job!.channels)).to.deep.equal(['training']);
    expect(job!.id).to.match(/^retraining-1997-05-27T00_00_00Z_decision\.retrain\.train-[0-9a-f]{12}$/);
    expect(trainer.discarded).to.deep.equal([job!.id]);
  });

  it('never trains the very same version twice', async () => {
    const training = await trainingOf(worker, 'third');
    const trainer = fixtureTrainer();
    const first = await worker.run(train, { model: resolved(), training }, { trainer });
    const again = await worker.run(train, { model: resolved({ specHash: 'other words, same training' }), training }, { trainer });
    expect(again).to.deep.equal({ ...first, trained: false });
    expect(trainer.jobs).to.have.length(1);
  });

  it('names another version when the rows, the code, a hyperparameter, the seed or the problem is another', async () => {
    const versionOf = async (model = resolved(), content = 'fourth', image = 'fixture') => {
      const trainer = { ...fixtureTrainer(), codeHash: async () => image };
      return (await worker.run(train, { model, training: await trainingOf(worker, content) }, { trainer })).version;
    };
    const withTrainer = (trainer: ReturnType<typeof processTrainer>) => resolved({ spec: specOf({ trainer }) });
    const versions = [
      await versionOf(),
      await versionOf(resolved(), 'other rows'),
      await versionOf(resolved(), 'fourth', 'other code'),
      await versionOf(withTrainer(processTrainer('fixture', { depth: 4 }, { seed: 7 }))),
      await versionOf(withTrainer(processTrainer('fixture', { depth: 3 }, { seed: 8 }))),
    ];
    expect(new Set(versions)).to.have.property('size', versions.length);
    const reordered = withTrainer(processTrainer('fixture', { width: 1, depth: 3 }, { seed: 7 }));
    const ordered = withTrainer(processTrainer('fixture', { depth: 3, width: 1 }, { seed: 7 }));
    expect(await versionOf(reordered)).to.equal(await versionOf(ordered));
  });

  describe('refuses a model with another signature than the spec declares', () => {
    const signature = (files: Record<string, unknown>): any => files['signature.json'];
    const cases: [string, (files: Record<string, unknown>) => void, RegExp][] = [
      [
        'a feature more',
        (f) => void signature(f).features.push({ name: 'wind', type: 'number' }),
        /takes .*wind: number; declared are price: number/,
      ],
      ['a feature less', (f) => void signature(f).features.pop(), /declared are .*weekday: category/],
      ['another type', (f) => void (signature(f).features[0].type = 'category'), /takes price: category/],
      ['another target', (f) => void (signature(f).target = 'class'), /the target is 'class'; declared is 'direction'/],
      ['another positive class', (f) => void (signature(f).positive = 'DOWN'), /the positive class is 'DOWN'; declared is 'UP'/],
      ['more classes', (f) => void signature(f).classes.push('SAME'), /the classes are DOWN, UP, SAME/],
    ];
    for (const [name, edit, message] of cases) {
      it(name, async () => {
        const training = await trainingOf(worker, name);
        const failure = await failureOf(
          worker.run(train, { model: resolved(), training }, { trainer: fixtureTrainer('logistic', edit) }),
          'SIGNATURE_MISMATCH',
        );
        expect(failure.message).to.match(message);
        const versions = await worker.ctx.registry.versions('market');
        expect(versions.filter(({ dataset }) => dataset === training.sha256)).to.deep.equal([]);
      });
    }

    it('but takes the features in any order', async () => {
      const trainer = fixtureTrainer('logistic', (files) => void signature(files).features.reverse());
      const { trained } = await worker.run(train, { model: resolved(), training: await trainingOf(worker, 'reversed') }, { trainer });
      expect(trained).to.equal(true);
    });
  });

  it('says which file of the trainer cannot be read', async () => {
    const trainer = fixtureTrainer('logistic', (files) => (files['golden.json'] = { rows: 'many' }));
    const training = await trainingOf(worker, 'unreadable');
    const failure = await failureOf(worker.run(train, { model: resolved(), training }, { trainer }), 'TRAINER_FAILED');
    expect(failure.message).to.contain('golden.json');
  });
});
