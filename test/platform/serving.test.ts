import { expect } from 'chai';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RekindleError } from '../../core/errors.js';
import type { Frame } from '../../core/frame.js';
import { frameOfRows } from '../../core/lifecycle/rows.js';
import type { Signature } from '../../core/lifecycle/signature.js';
import type { GoldenRows } from '../../core/lifecycle/version.js';
import { createServing } from '../../platform/serving/onnx.js';

const MODELS = new URL('../support/models/', import.meta.url).pathname;
const modelPath = (name: string): string => join(MODELS, `${name}.onnx`);
const described = (name: string): { signature: Signature; golden: GoldenRows } =>
  JSON.parse(readFileSync(join(MODELS, `${name}.json`), 'utf8')) as { signature: Signature; golden: GoldenRows };

const failure = async (promise: Promise<unknown>): Promise<RekindleError> => {
  try {
    await promise;
  } catch (cause) {
    return cause as RekindleError;
  }
  throw new Error('it did not fail');
};

/** `copies` times the rows, one below the other. */
const repeat = (rows: GoldenRows['rows'], copies: number): GoldenRows['rows'] => Array.from({ length: copies }, () => rows).flat();

describe('serving by onnxruntime', () => {
  const serving = createServing();

  for (const name of ['logistic', 'trees']) {
    it(`answers as scikit-learn's predict_proba did, missing values and an unseen category included (${name})`, async () => {
      const { signature, golden } = described(name);
      const model = await serving.load(modelPath(name), signature);
      const scores = await model.predict(frameOfRows(signature.features, golden.rows));
      expect(scores).to.have.length(golden.rows.length);
      scores.forEach((score, row) => expect(score).to.be.closeTo(golden.probabilities[row]!, 1e-5));
      await model.release();
    });
  }

  it('gives a row the same answer alone, beside concurrent calls and inside a frame of many batches', async () => {
    const { signature, golden } = described('trees');
    const model = await serving.load(modelPath('trees'), signature);
    const alone: number[] = [];
    for (const row of golden.rows) alone.push((await model.predict(frameOfRows(signature.features, [row])))[0]!);
    const together = await Promise.all(golden.rows.map((row) => model.predict(frameOfRows(signature.features, [row]))));
    expect(together.map(([score]) => score)).to.deep.equal(alone);
    const large = frameOfRows(signature.features, repeat(golden.rows, 500));
    const [first, second] = await Promise.all([model.predict(large), model.predict(large)]);
    expect([...first]).to.deep.equal(Array.from({ length: 500 }, () => alone).flat());
    expect(second).to.deep.equal(first);
    await model.release();
  });

  it('lets running calls finish before it releases, and refuses later ones', async () => {
    const { signature, golden } = described('trees');
    const model = await serving.load(modelPath('trees'), signature);
    const frame = frameOfRows(signature.features, repeat(golden.rows, 400));
    const running = [model.predict(frame), model.predict(frame)];
    await model.release();
    for (const scores of await Promise.all(running)) expect(scores).to.have.length(frame.rows);
    expect((await failure(model.predict(frame))).code).to.equal('MODEL_NOT_READY');
  });

  it('refuses only the call whose frame lacks a feature', async () => {
    const { signature, golden } = described('logistic');
    const model = await serving.load(modelPath('logistic'), signature);
    const good = frameOfRows(signature.features, golden.rows);
    const { price: _, ...rest } = good.columns;
    const bad: Frame = { rows: good.rows, columns: rest };
    const [error, scores] = await Promise.all([failure(model.predict(bad)), model.predict(good)]);
    expect(error).to.include({ code: 'SIGNATURE_MISMATCH' });
    expect(error.details).to.deep.equal({ column: 'price' });
    expect(scores).to.have.length(good.rows);
    await model.release();
  });

  const mismatches: [what: string, change: (signature: Signature) => Signature, input: string][] = [
    ['a feature the model does not know', (s) => ({ ...s, features: [...s.features, { name: 'season', type: 'category' }] }), 'season'],
    ['an input that is no feature', (s) => ({ ...s, features: s.features.filter(({ name }) => name !== 'demand') }), 'demand'],
    [
      'a feature of the other type',
      (s) => ({ ...s, features: s.features.map((f) => (f.name === 'weekday' ? { ...f, type: 'number' } : f)) }),
      'weekday',
    ],
    ['another number of classes', (s) => ({ ...s, classes: [...s.classes, 'FLAT'] }), 'probabilities'],
    ['a positive class that is no class', (s) => ({ ...s, positive: 'LEFT' }), 'LEFT'],
  ];
  for (const [what, change, input] of mismatches) {
    it(`does not load a model whose signature has ${what}, and names it`, async () => {
      const error = await failure(serving.load(modelPath('logistic'), change(described('logistic').signature)));
      expect(error.code).to.equal('SIGNATURE_MISMATCH');
      expect(error.details['input']).to.equal(input);
      expect(error.message).to.include(`'${input}'`);
    });
  }

  it('calls a file that is no model, or is not there, unloadable', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'rekindle-serving-'));
    const path = join(folder, 'model.onnx');
    writeFileSync(path, 'this is no model');
    const { signature } = described('logistic');
    expect((await failure(serving.load(path, signature))).code).to.equal('MODEL_UNLOADABLE');
    expect((await failure(serving.load(join(folder, 'absent.onnx'), signature))).code).to.equal('MODEL_UNLOADABLE');
    rmSync(folder, { recursive: true });
  });
});
