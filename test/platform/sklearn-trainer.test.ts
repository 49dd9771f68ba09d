import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { isRekindleError } from '../../core/errors.js';
import { processTrainer } from '../../core/lifecycle/model-spec.js';
import { frameOfRows } from '../../core/lifecycle/rows.js';
import { Signature } from '../../core/lifecycle/signature.js';
import { GoldenRows, Importance, importanceByColumn } from '../../core/lifecycle/version.js';
import { FolderStore } from '../../platform/object-store/folder.js';
import { createServing } from '../../platform/serving/onnx.js';
import { openTables } from '../../platform/tables/duckdb.js';
import { createProcessTrainer } from '../../platform/trainers/process.js';
import type { Trainer } from '../../platform/trainers/trainer.js';
import { tempFolder, trainerPython } from '../support/fixtures.js';
import { listen } from './training-job.js';

/** Names that ONNX tools do not like, and a category beside numbers. */
const FEATURES = { 'emp.var.rate': 'number', 'job title': 'category', größe: 'number', weekday: 'category' } as const;

describe('the scikit-learn trainer', function () {
  this.timeout(180_000);
  let trainer: Trainer;
  let rows: string;
  let jobs = 0;

  before(async function () {
    const python = trainerPython(this);
    const folder = tempFolder();
    const objects = new FolderStore(join(folder, 'objects'));
    trainer = createProcessTrainer({ project: folder, stateDir: folder, objects, python });
    rows = join(folder, 'rows.parquet');
    const tables = openTables({ project: folder, objects });
    // A tenth of the numbers and of the job titles is missing; the weekday is a whole number.
    await tables.query(
      `COPY (
         SELECT CASE WHEN i % 10 = 3 THEN NULL ELSE a END AS "emp.var.rate", CASE WHEN i % 10 = 7 THEN NULL ELSE title END AS "job title",
                b * 1e6 AS größe, i % 7 AS weekday, 'UP' AS constant,
                CASE WHEN a - 0.5 + (CASE title WHEN 'clerk' THEN 0.2 ELSE -0.1 END) + (c - 0.5) / 2 > 0 THEN 'UP' ELSE 'DOWN' END AS direction
         FROM (SELECT i, (hash(i) % 1000003) / 1000003.0 AS a, (hash(i + 5e6) % 1000003) / 1000003.0 AS b, (hash(i + 9e6) % 1000003) / 1000003.0 AS c,
                      ['clerk', 'cook', 'pilot'][1 + (hash(i) % 3)::INT] AS title FROM range(2000) AS numbers(i))
         ORDER BY i
       ) TO '${rows}' (FORMAT parquet)`,
    );
    tables.close();
  });

  const run = (hyperparameters: Record<string, string | number>, parameters: Record<string, string> = {}) => {
    jobs += 1;
    return trainer.run(
      {
        id: `job-${jobs}`,
        spec: processTrainer('sklearn', hyperparameters, { seed: 3 }),
        parameters: { target: 'direction', positive: 'UP', seed: '3', features: JSON.stringify(FEATURES), ...parameters },
        channels: { training: rows },
      },
      listen(),
    );
  };

  const part = <T>(folder: string, name: string, schema: { parse(value: unknown): T }): T =>
    schema.parse(JSON.parse(readFileSync(join(folder, name), 'utf8')));

  const failure = async (hyperparameters: Record<string, string | number>, parameters: Record<string, string> = {}): Promise<string> => {
    try {
      await run(hyperparameters, parameters);
    } catch (error) {
      if (isRekindleError(error) && error.code === 'TRAINER_FAILED') return error.message;
      throw error;
    }
    throw new Error('it succeeded');
  };

  for (const learner of ['hist-gradient-boosting', 'logistic-regression', 'random-forest']) {
    it(`${learner} leaves a model that serves as scikit-learn answers, unseen categories and missing values included`, async () => {
      const { modelFolder, logFile } = await run({ learner });
      const signature = part(modelFolder, 'signature.json', Signature);
      const golden = part(modelFolder, 'golden.json', GoldenRows);
      expect(signature).to.deep.equal({
        features: Object.entries(FEATURES).map(([name, type]) => ({ name, type })),
        target: 'direction',
        classes: ['DOWN', 'UP'],
        positive: 'UP',
      });
      expect(golden.rows).to.have.length(64);
      for (const [name, type] of Object.entries(FEATURES)) {
        expect(
          golden.rows.some((row) => row[name] === null),
          `${name} missing`,
        ).to.equal(true);
        if (type === 'category')
          expect(
            golden.rows.some((row) => row[name] === 'never seen'),
            `${name} unseen`,
          ).to.equal(true);
      }

      const loaded = await createServing().load(join(modelFolder, 'model.onnx'), signature);
      const answers = await loaded.predict(frameOfRows(signature.features, golden.rows));
      await loaded.release();
      golden.probabilities.forEach((expected, row) => expect(answers[row], `row ${row}`).to.be.closeTo(expected, 1e-5));
      expect(new Set(golden.probabilities).size, 'different answers to different rows').to.be.above(20);
      expect(readFileSync(logFile, 'utf8')).to.match(/^training_roc_auc=0\.\d+$/m);

      const importance = part(modelFolder, 'importance.json', Importance);
      expect(importance).to.include({ metric: 'roc_auc', rows: 400, repeats: 5 });
      const falls = importanceByColumn(importance);
      // The direction is made of the first number and, less, of the title; of nothing else.
      expect(falls['emp.var.rate']).to.be.above(0.1);
      expect(falls['job title']).to.be.above(0.01);
      for (const unrelated of ['größe', 'weekday']) expect(Math.abs(falls[unrelated]!), unrelated).to.be.below(falls['job title']! / 2);
    });
  }

  for (const hyperparameters of [{ max_iter: 20 }, { learner: 'random-forest', n_estimators: 20 }] as Record<string, string | number>[]) {
    it(`makes the same bytes of the same rows and seed: ${JSON.stringify(hyperparameters)}`, async () => {
      const [one, two] = [await run(hyperparameters), await run(hyperparameters)];
      for (const name of ['model.onnx', 'signature.json', 'golden.json', 'importance.json'])
        expect(readFileSync(join(one.modelFolder, name)).equals(readFileSync(join(two.modelFolder, name))), name).to.equal(true);
    });
  }

  it('names what is wrong with what it was given', async () => {
    expect(await failure({ max_iters: 3 })).to.contain("unknown hyperparameter 'max_iters' of hist-gradient-boosting (known: max_iter,");
    expect(await failure({ learner: 'oracle' })).to.contain("unknown learner 'oracle' (known: hist-gradient-boosting,");
    expect(await failure({}, { features: '{"wind":"number"}' })).to.contain("the training data lack 'wind'");
    expect(await failure({}, { positive: 'up' })).to.contain(
      "the positive class 'up' does not occur in target 'direction' (classes: DOWN, UP)",
    );
    expect(await failure({}, { target: 'constant' })).to.contain("target 'constant' has one class only ('UP') in 2,000 training rows");
  });
});
