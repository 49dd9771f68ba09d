import { expect } from 'chai';
import { stage } from '../../activities/stage.js';
import { train } from '../../activities/train.js';
import { createServing } from '../../platform/serving/onnx.js';
import { openTestWorker, type TestWorker } from '../support/activities.js';
import { failureOf } from '../support/failure.js';
import { tempFolder } from '../support/fixtures.js';
import { addVersion, fixture, type FixtureName } from '../support/served-model.js';
import { fixtureTrainer, resolved, trainingOf } from './challenger.js';

describe('stage', () => {
  let worker: TestWorker;
  before(async () => {
    worker = await openTestWorker(tempFolder());
  });
  after(() => worker.close());

  const serving = createServing();
  const trained = async (name: FixtureName, edit?: (files: Record<string, unknown>) => void) => {
    const training = await trainingOf(worker, `${name} ${String(edit)}`);
    return worker.run(train, { model: resolved(), training }, { trainer: fixtureTrainer(name, edit) });
  };

  for (const name of ['logistic', 'trees'] as const) {
    it(`lets a model through that answers as scikit-learn did (${name})`, async () => {
      const challenger = await trained(name);
      const { version, parity, latencyP99Ms, loadMs } = await worker.run(stage, { model: resolved(), challenger }, { serving });
      expect(version).to.equal(challenger.version);
      expect(parity.rows).to.equal(fixture(name).golden.rows.length);
      expect(parity.largestDifference).to.be.below(1e-6);
      expect(latencyP99Ms).to.be.above(0);
      expect(loadMs).to.be.above(0);
    });
  }

  it('names the worst row when the serving runtime answers otherwise', async () => {
    const challenger = await trained('logistic', (files) => {
      const { probabilities } = files['golden.json'] as { probabilities: number[] };
      probabilities[3]! += 2e-5;
      probabilities[5]! += 0.25;
    });
    const failure = await failureOf(worker.run(stage, { model: resolved(), challenger }, { serving }), 'PARITY_FAILED');
    expect(failure.message).to.contain('golden row 5');
    expect(failure.details).to.deep.include({ row: 5, values: fixture('logistic').golden.rows[5] });
  });

  it('takes no golden rows for no evidence', async () => {
    const challenger = await trained('logistic', (files) => (files['golden.json'] = { rows: [], probabilities: [] }));
    const failure = await failureOf(worker.run(stage, { model: resolved(), challenger }, { serving }), 'PARITY_FAILED');
    expect(failure.message).to.contain('nothing can be compared');
  });

  it('refuses a file that the serving runtime cannot load', async () => {
    await addVersion(worker.objects, { model: 'market', version: 'broken', bytes: 'no model' });
    const challenger = { version: 'broken', trainedTo: '1997-05-19T00:00:00.000Z', trained: true };
    await failureOf(worker.run(stage, { model: resolved(), challenger }, { serving }), 'MODEL_UNLOADABLE');
  });
});
