/** Label-free estimates: what they promise beyond the values of NannyML. */
import { expect } from 'chai';
import fc from 'fast-check';
import { isRekindleError } from '../../../core/errors.js';
import type { Frame } from '../../../core/frame.js';
import { equalCountCalibrationError } from '../../../core/quality/calibration.js';
import { estimateCbpe, fitCbpe, type CbpeReference } from '../../../core/quality/cbpe.js';
import { estimateDle, fitDle, type DleReference } from '../../../core/quality/dle.js';
import { expectedQuality } from '../../../core/quality/expected.js';
import { isotonicAt, isotonicRegression } from '../../../core/quality/isotonic.js';
import { regressionQuality } from '../../../core/quality/regression.js';
import { usualRange } from '../../../core/quality/usual-range.js';
import { isUndefined, mulberry32, type Undefined } from '../../../core/statistics/index.js';

const defined = <T>(result: T | Undefined): T => {
  if (isUndefined(result)) throw new Error(result.reason);
  return result;
};

const random = mulberry32(11);
const scoresOf = (n: number, power = 1): Float64Array => Float64Array.from({ length: n }, () => random() ** power);
/** Outcomes of which the scores are the true probabilities. */
const drawn = (scores: Float64Array): Uint8Array => Uint8Array.from(scores, (p) => Number(random() < p));

describe('a label-free estimate of a classifier', () => {
  const scores = scoresOf(10_000);
  const reference = defined(fitCbpe(drawn(scores), scores, { chunkRows: 1000 }));

  it('follows quality through a change of the data', () => {
    const rare = scoresOf(20_000, 3);
    const outcomes = drawn(rare);
    const [whole] = estimateCbpe({ ...reference, chunkRows: 20_000 }, rare, outcomes);
    for (const metric of ['rocAuc', 'f1', 'precision', 'recall', 'accuracy'] as const) {
      expect(whole![metric].value, metric).to.be.closeTo(whole![metric].realized!, 0.03);
    }
    expect(whole!.f1.alert).to.equal(true);
  });

  it('lies in its band, and is quiet on rows like the reference', () => {
    const chunks = estimateCbpe(reference, scoresOf(5000));
    expect(chunks.map(({ start, end }) => [start, end])).to.deep.equal([0, 1, 2, 3, 4].map((i) => [1000 * i, 1000 * i + 999]));
    for (const { rocAuc } of chunks) {
      expect(rocAuc.value).to.be.within(rocAuc.band.lower!, rocAuc.band.upper!);
      expect(rocAuc.alert).to.equal(false);
      expect(rocAuc.realized).to.equal(null);
    }
  });

  it('does not alarm when a single chunk is all it has seen', () => {
    const short = defined(fitCbpe(drawn(scores), scores, { chunkRows: 20_000 }));
    expect(estimateCbpe(short, scoresOf(1000, 3))[0]!.f1).to.deep.include({ usual: { lower: null, upper: null }, alert: false });
  });

  it('survives being stored', () => {
    const stored = JSON.parse(JSON.stringify(reference)) as CbpeReference;
    const current = scoresOf(1000);
    expect(estimateCbpe(stored, current)).to.deep.equal(estimateCbpe(reference, current));
  });

  it('leaves out rows without a score and says how many it used', () => {
    const current = scoresOf(500);
    const holes = Float64Array.from(current, (score, i) => (i % 5 === 0 ? NaN : score));
    const without = current.filter((_, i) => i % 5 !== 0);
    const [a, b] = [estimateCbpe(reference, holes)[0]!, estimateCbpe(reference, without)[0]!];
    expect(a.rows).to.equal(400);
    expect(a.rocAuc).to.deep.equal(b.rocAuc);
    expect(estimateCbpe(reference, new Float64Array(3).fill(NaN))[0]!.rocAuc).to.deep.include({ value: null, alert: false });
  });

  it('calls 0/0 null, never 0', () => {
    const [chunk] = estimateCbpe({ ...reference, calibrator: { isotonic: null, reason: '' } }, Float64Array.of(0.1, 0.2));
    expect(chunk!.precision).to.deep.include({ value: null, band: { lower: null, upper: null }, alert: false });
    expect(chunk!.recall.value).to.equal(0);
    expect(expectedQuality(Float64Array.of(0, 0))).to.deep.include({ rocAuc: null, recall: null });
    expect(isUndefined(expectedQuality(new Float64Array(0)))).to.equal(true);
  });

  it('calibrates scores that are no probabilities, and refuses those that it cannot', () => {
    const logits = scores.map((p) => Math.log(p / (1 - p)));
    const { calibrator } = defined(fitCbpe(drawn(scores), logits, { threshold: 0 }));
    expect(calibrator.isotonic).to.not.equal(null);
    const oneClass = fitCbpe(new Uint8Array(100), logits.subarray(0, 100));
    expect(isUndefined(oneClass) && oneClass.reason).to.match(/not probabilities.*only one class/);
    expect(isUndefined(fitCbpe(new Uint8Array(0), new Float64Array(0)))).to.equal(true);
  });

  it('does not depend on the order of tied rows', () => {
    const coarse = Float64Array.from(scores.subarray(0, 2000), (p) => Math.round(10 * p) / 10);
    const labels = drawn(coarse);
    const there = expectedQuality(coarse, coarse.map(Math.round));
    const back = expectedQuality(coarse.slice().reverse(), coarse.map(Math.round).reverse());
    expect(defined(back).rocAuc).to.be.closeTo(defined(there).rocAuc!, 1e-12);
    const error = equalCountCalibrationError(labels, coarse);
    expect(equalCountCalibrationError(labels.slice().reverse(), coarse.slice().reverse())).to.be.closeTo(error!, 1e-12);
  });

  it('refuses scores and labels of different length', () => {
    expect(() => fitCbpe(new Uint8Array(2), new Float64Array(3)))
      .to.throw()
      .that.satisfies(isRekindleError);
    expect(() => estimateCbpe(reference, new Float64Array(3), new Uint8Array(2)))
      .to.throw()
      .that.satisfies(isRekindleError);
  });
});

describe('isotonic regression', () => {
  it('never falls, keeps the mean, and is not moved by the order of rows', () => {
    const point = fc.record({ x: fc.integer({ min: 0, max: 30 }), y: fc.integer({ min: 0, max: 1 }) });
    fc.assert(
      fc.property(fc.array(point, { minLength: 1, maxLength: 80 }), (points) => {
        const [x, y] = [Float64Array.from(points, (p) => p.x), Float64Array.from(points, (p) => p.y)];
        const fit = defined(isotonicRegression(x, y));
        for (let i = 1; i < fit.values.length; i++) expect(fit.values[i]).to.be.at.least(fit.values[i - 1]!);
        const sum = (values: Float64Array): number => values.reduce((a, b) => a + b, 0);
        expect(sum(isotonicAt(fit, x))).to.be.closeTo(sum(y), 1e-9);
        expect(isotonicRegression(x.slice().reverse(), y.slice().reverse())).to.deep.equal(fit);
      }),
    );
  });

  it('leaves out what is missing', () => {
    const [x, y] = [Float64Array.of(1, NaN, 2, 3), Float64Array.of(0, 1, 1, NaN)];
    expect(isotonicRegression(x, y)).to.deep.equal({ thresholds: [1, 2], values: [0, 1] });
    expect(expectedQuality(Float64Array.of(0.2, NaN, 0.9))).to.deep.equal(expectedQuality(Float64Array.of(0.2, 0.9)));
  });

  it('has no answer for nothing', () => {
    expect(isUndefined(isotonicRegression(new Float64Array(0), new Float64Array(0)))).to.equal(true);
    expect(isUndefined(isotonicRegression(Float64Array.of(1), Float64Array.of(1), Float64Array.of(0)))).to.equal(true);
  });
});

/** Rows whose error has the standard deviation 1 + 4x, or 5 in the category `wild`: E|e| of a normal is √(2/π) of it. */
const rowsOf = (n: number, x: () => number, wild: number): { features: Frame; predictions: Float64Array; outcomes: Float64Array } => {
  const xs = Float64Array.from({ length: n }, x);
  const codes = Int32Array.from({ length: n }, () => Number(random() < wild));
  const normal = (): number => Array.from({ length: 12 }, random).reduce((a, b) => a + b, -6);
  const predictions = xs.map((value) => 10 * value);
  const outcomes = predictions.map((prediction, i) => prediction + (codes[i] === 1 ? 5 : 1 + 4 * xs[i]!) * normal());
  const columns = { x: { type: 'number', values: xs }, kind: { type: 'category', codes, categories: ['calm', 'wild'] } } as const;
  return { features: { rows: n, columns }, predictions, outcomes };
};

describe('a label-free estimate of a regression', () => {
  const past = rowsOf(6000, random, 0.2);
  const reference = defined(fitDle(past.features, past.predictions, past.outcomes));
  const maeOf = (reference: DleReference, rows: ReturnType<typeof rowsOf>): number =>
    estimateDle({ ...reference, chunkRows: rows.predictions.length }, rows.features, rows.predictions)[0]!.mae.value!;
  const share = Math.sqrt(2 / Math.PI);

  it('foresees the error on rows like the reference', () => {
    expect(maeOf(reference, rowsOf(3000, random, 0.2))).to.be.closeTo(share * (0.8 * 3 + 0.2 * 5), 0.12);
  });

  it('foresees more of it where the model errs more, and less where less', () => {
    expect(
      maeOf(
        reference,
        rowsOf(3000, () => 0.9 + 0.1 * random(), 0),
      ),
    ).to.be.closeTo(share * 4.8, 0.3);
    expect(
      maeOf(
        reference,
        rowsOf(3000, () => 0.1 * random(), 0),
      ),
    ).to.be.closeTo(share * 1.2, 0.3);
    expect(
      maeOf(
        reference,
        rowsOf(3000, () => 0.1 * random(), 1),
      ),
    ).to.be.closeTo(share * 5, 0.5);
  });

  it('alarms on such rows, with the root of the squared error beside it', () => {
    const hard = rowsOf(600, () => 1, 0);
    const [chunk] = estimateDle(reference, hard.features, hard.predictions, hard.outcomes);
    expect(chunk!.mae.alert).to.equal(true);
    expect(chunk!.mae.realized).to.equal(defined(regressionQuality(hard.outcomes, hard.predictions)).mae);
    expect(chunk!.rmse.value).to.be.closeTo(Math.sqrt(chunk!.mse.value!), 1e-12);
  });

  it('is the same each time, and after being stored', () => {
    const again = fitDle(past.features, past.predictions, past.outcomes);
    expect(again).to.deep.equal(reference);
    const stored = JSON.parse(JSON.stringify(reference)) as DleReference;
    const current = rowsOf(100, random, 0.5);
    expect(maeOf(stored, current)).to.equal(maeOf(reference, current));
  });

  it('takes missing values, unknown categories and outcomes that have not arrived', () => {
    const rows = rowsOf(1000, random, 0.5);
    const x = (rows.features.columns['x'] as { values: Float64Array }).values.map((value, i) => (i % 3 === 0 ? NaN : value));
    const codes = Int32Array.from({ length: 1000 }, (_, i) => (i % 2) - 1);
    const features: Frame = {
      rows: 1000,
      columns: { x: { type: 'number', values: x }, kind: { type: 'category', codes, categories: ['new'] } },
    };
    const outcomes = rows.outcomes.map((outcome, i) => (i < 900 ? NaN : outcome));
    const [first, second] = estimateDle(reference, features, rows.predictions, outcomes);
    expect(first!.mae).to.deep.include({ realized: null });
    expect(first!.mae.value).to.be.within(0.5, 5);
    expect(second!.mae.realized).to.be.above(0);
  });

  it('says when there are too few rows, or another column is asked for', () => {
    const few = rowsOf(100, random, 0);
    const none = fitDle(few.features, few.predictions, few.outcomes);
    expect(isUndefined(none) && none.reason).to.match(/^100 rows/);
    expect(() => estimateDle(reference, { rows: 100, columns: {} }, few.predictions))
      .to.throw()
      .with.property('code', 'COLUMN_NOT_FOUND');
    expect(() => fitDle(few.features, few.predictions, new Float64Array(3)))
      .to.throw()
      .that.satisfies(isRekindleError);
  });
});

describe('quality of a regression', () => {
  it('leaves out rows of which a part is missing', () => {
    const quality = regressionQuality(Float64Array.of(1, NaN, 3), Float64Array.of(2, 2, NaN));
    expect(quality).to.deep.include({ n: 1, mae: 1, r2: null });
    expect(isUndefined(regressionQuality(Float64Array.of(NaN), Float64Array.of(1)))).to.equal(true);
  });

  it('says why each metric that is null is', () => {
    const weightless = defined(regressionQuality(Float64Array.of(1, 2), Float64Array.of(1, 1), new Float64Array(2)));
    for (const [name, value] of Object.entries(weightless)) if (value === null) expect(weightless.whyNull[name], name).to.be.a('string');
    expect(weightless.mae).to.equal(null);
    const infinite = defined(regressionQuality(Float64Array.of(Infinity, 1), Float64Array.of(1, 1)));
    expect(infinite.mae).to.equal(Infinity);
    expect(infinite.whyNull['r2']).to.match(/infinite/);
  });

  it('does not take rounding for variance', () => {
    expect(defined(regressionQuality(new Float64Array(3).fill(0.1), Float64Array.of(0.1, 0.2, 0.3))).r2).to.equal(null);
  });

  it('measures relative errors of numbers that cannot be negative', () => {
    // sklearn.metrics.mean_squared_log_error([3, 5, 2.5, 7], [2.5, 5, 4, 8])
    const outcomes = Float64Array.of(3, 5, 2.5, 7);
    expect(defined(regressionQuality(outcomes, Float64Array.of(2.5, 5, 4, 8))).msle).to.be.closeTo(0.03973012298459379, 1e-15);
    expect(defined(regressionQuality(outcomes, Float64Array.of(-1, 5, 4, 8))).whyNull['msle']).to.match(/negative/);
  });
});

describe('the usual range', () => {
  it('of nothing is undefined', () => {
    expect(isUndefined(usualRange(Float64Array.of(NaN)))).to.equal(true);
  });
});
