/** What must hold of quality for any predictions. */
import { expect } from 'chai';
import fc from 'fast-check';
import {
  binaryIntervals,
  binaryQuality,
  delong,
  expectedQuality,
  isUndefined,
  multiclassQuality,
  multiclassScores,
  ovrMacroInterval,
  regressionQuality,
  type Undefined,
} from '../../../core/statistics/index.js';

const known = <T>(result: T | Undefined): T => {
  if (isUndefined(result)) throw new Error(result.reason);
  return result;
};

/** Fields of numbers, or null on both sides. */
const expectSame = (actual: object, expected: object, names: readonly string[]): void => {
  for (const name of names) {
    const [a, b] = [actual, expected].map((of) => (of as Readonly<Record<string, number | null>>)[name]);
    if (b === null || b === undefined) expect(a, name).to.equal(b);
    else expect(a, name).to.be.closeTo(b, 1e-9 * (1 + Math.abs(b)));
  }
};

const CLASSES = ['a', 'b', 'c'];

/** Class, class predicted, score of being positive, whole weight. */
const rows = fc.array(
  fc.record({
    is: fc.integer({ min: 0, max: 2 }),
    said: fc.integer({ min: 0, max: 2 }),
    score: fc.integer({ min: 0, max: 20 }).map((step) => step / 20),
    weight: fc.integer({ min: 0, max: 3 }),
  }),
  { minLength: 1, maxLength: 40 },
);
type Rows = readonly { readonly is: number; readonly said: number; readonly score: number; readonly weight: number }[];

const bits = (list: Rows): Uint8Array => Uint8Array.from(list, ({ is }) => Number(is === 0));
const scores = (list: Rows): Float64Array => Float64Array.from(list, ({ score }) => score);
const weights = (list: Rows): Float64Array => Float64Array.from(list, ({ weight }) => weight);
const repeated = (list: Rows): Rows => list.flatMap((row) => Array.from({ length: row.weight }, () => row));

const BINARY = ['accuracy', 'precision', 'recall', 'f1', 'specificity', 'balancedAccuracy', 'mcc', 'rocAuc', 'averagePrecision'];
const PROBABILITY = ['brier', 'logLoss', 'calibrationError'];

describe('quality of any predictions', () => {
  it('of two classes: a whole weight counts as so many rows, in whatever order they stand', () => {
    fc.assert(
      fc.property(
        rows.filter((list) => list.some(({ weight }) => weight > 0)),
        (list) => {
          const weighted = known(binaryQuality(bits(list), scores(list), { weights: weights(list) }));
          const copies = repeated(list);
          const plain = known(binaryQuality(bits(copies), scores(copies)));
          expectSame(weighted, plain, [...BINARY, ...PROBABILITY, 'tp', 'fp', 'fn', 'tn']);
          const backwards = [...copies].reverse();
          expectSame(known(binaryQuality(bits(backwards), scores(backwards))), plain, [...BINARY, ...PROBABILITY]);
        },
      ),
    );
  });

  it('of two classes: each metric keeps its bounds, and null has a reason', () => {
    fc.assert(
      fc.property(rows, (list) => {
        const quality = known(binaryQuality(bits(list), scores(list)));
        for (const name of [...BINARY, ...PROBABILITY]) {
          const value = (quality as unknown as Record<string, number | null>)[name]!;
          if (value === null) expect(quality.whyNull[name], name).to.be.a('string');
          else if (name !== 'logLoss') expect(value, name).to.be.within(name === 'mcc' ? -1 - 1e-12 : 0, 1 + 1e-12);
          else expect(value).to.be.within(0, 36.05);
        }
        expect(quality.tp + quality.fp + quality.fn + quality.tn).to.equal(list.length);
        expect(quality.incorrect).to.equal(quality.fp + quality.fn);
      }),
    );
  });

  it('of two classes: intervals of shares and of the AUC hold the metric', () => {
    fc.assert(
      fc.property(rows, (list) => {
        const [labels, of] = [bits(list), scores(list)];
        const decided = Uint8Array.from(of, (score) => Number(score >= 0.5));
        const quality = known(binaryQuality(labels, of));
        const intervals = binaryIntervals({ labels, decided, scores: of }, { seed: 1 });
        for (const name of ['accuracy', 'precision', 'recall', 'specificity', 'rocAuc'] as const) {
          const interval = intervals[name];
          if (interval !== null) expect(quality[name], name).to.be.within(interval[0] - 1e-9, interval[1] + 1e-9);
        }
      }),
      { numRuns: 20 },
    );
  });

  it('of two classes is that of several, seen from the positive one', () => {
    fc.assert(
      fc.property(rows, (list) => {
        const labels = bits(list);
        const names = (of: Iterable<number>): string[] => Array.from(of, (bit) => (bit === 1 ? 'yes' : 'no'));
        const decided = scores(list).map((score) => Number(score >= 0.5));
        const two = known(multiclassQuality(names(labels), names(decided), { labels: ['no', 'yes'] }));
        const one = known(binaryQuality(labels, scores(list)));
        expectSame(two.perClass[1]!, one, ['precision', 'recall', 'f1']);
        expectSame(two, one, ['accuracy', 'mcc', 'incorrect']);
        const ranked = known(multiclassScores(Uint32Array.from(labels), [scores(list).map((score) => 1 - score), scores(list)]));
        for (const auc of [ranked.perClass[1]!, ranked.ovrMacro, ranked.ovoMacro]) {
          if (one.rocAuc === null) expect(auc).to.equal(null);
          else expect(auc).to.be.closeTo(one.rocAuc, 1e-12);
        }
      }),
    );
  });

  it('of several classes: micro is accuracy, weighted recall is accuracy, a whole weight counts as so many rows', () => {
    fc.assert(
      fc.property(
        rows.filter((list) => list.some(({ weight }) => weight > 0)),
        (list) => {
          const labels = CLASSES;
          const of = (some: Rows, side: 'is' | 'said'): string[] => some.map((row) => CLASSES[row[side]]!);
          const weighted = known(multiclassQuality(of(list, 'is'), of(list, 'said'), { labels, weights: weights(list) }));
          const copies = repeated(list);
          const plain = known(multiclassQuality(of(copies, 'is'), of(copies, 'said'), { labels }));
          expectSame(weighted, plain, ['accuracy', 'mcc', 'cohenKappa']);
          for (const average of ['macro', 'micro', 'weighted'] as const)
            expectSame(weighted[average], plain[average], ['precision', 'recall', 'f1']);
          expect(plain.micro.f1).to.equal(plain.accuracy);
          expect(plain.weighted.recall).to.be.closeTo(plain.accuracy!, 1e-12);
          plain.perClass.forEach(({ precision, recall, f1 }) => {
            if (precision === null || recall === null || f1 === null) return;
            expect(f1).to.be.within(Math.min(precision, recall) - 1e-12, Math.max(precision, recall) + 1e-12);
          });
        },
      ),
    );
  });

  it('of several classes: the interval of the AUC of two is DeLong’s', () => {
    const truth = Uint32Array.from({ length: 400 }, (_, row) => Number((row * 7919) % 11 < 4));
    const of = Float64Array.from(truth, (label, row) => ((row * 104_729) % 997) / 997 + 0.4 * label);
    const { auc, interval } = known(delong(Uint8Array.from(truth), of));
    const [low, high] = known(ovrMacroInterval(truth, [of.map((score) => -score), of]));
    // DeLong divides by the rows of a class less one, this by all rows less one
    expect(low).to.be.closeTo(interval[0], 2e-4);
    expect(high).to.be.closeTo(interval[1], 2e-4);
    expect((low + high) / 2).to.be.closeTo(auc, 1e-12);
  });

  it('of numbers: errors keep under a shift of both sides, grow with the unit, and R² knows neither', () => {
    const pairs = fc.array(fc.tuple(fc.integer({ min: -50, max: 50 }), fc.integer({ min: -50, max: 50 })), { minLength: 2, maxLength: 40 });
    fc.assert(
      fc.property(pairs, fc.integer({ min: -1000, max: 1000 }), fc.integer({ min: 1, max: 100 }), (list, shift, unit) => {
        const [y, p] = [Float64Array.from(list, ([is]) => is), Float64Array.from(list, ([, said]) => said)];
        const plain = known(regressionQuality(y, p));
        const moved = known(
          regressionQuality(
            y.map((v) => v + shift),
            p.map((v) => v + shift),
          ),
        );
        expectSame(moved, plain, ['mae', 'mse', 'rmse', 'medianAe', 'meanError', 'maxError', 'r2']);
        const grown = known(
          regressionQuality(
            y.map((v) => v * unit),
            p.map((v) => v * unit),
          ),
        );
        expectSame(grown, { mae: plain.mae! * unit, mse: plain.mse! * unit ** 2, maxError: plain.maxError * unit, r2: plain.r2 }, [
          ...['mae', 'mse', 'maxError', 'r2'],
        ]);
        expect(plain.mae!).to.be.within(Math.abs(plain.meanError!) - 1e-9, plain.rmse! + 1e-9);
        expect(plain.rmse!).to.be.at.most(plain.maxError + 1e-9);
      }),
    );
  });

  it('expected of probabilities that are certain is what comes true', () => {
    fc.assert(
      fc.property(rows, (list) => {
        const labels = bits(list);
        const expected = known(expectedQuality(Float64Array.from(labels), scores(list)));
        const realized = known(binaryQuality(labels, scores(list)));
        expectSame(expected, realized, ['tp', 'fp', 'fn', 'tn', 'rocAuc', 'f1', 'precision', 'recall', 'specificity', 'accuracy']);
      }),
    );
  });
});
