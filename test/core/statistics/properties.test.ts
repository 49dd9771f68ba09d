/** What must hold for any data. */
import { expect } from 'chai';
import fc from 'fast-check';
import { RekindleError } from '../../../core/errors.js';
import {
  adjustPValues,
  balancedCramersV,
  criticalPsi,
  delong,
  isUndefined,
  ksPValue,
  ksTest,
  mulberry32,
  pairedDelong,
  pairedDelongSeries,
  psiOfShares,
  quantilePsi,
  rocAuc,
  smallestVisibleKs,
  smallestVisibleV,
  sortedValues,
  sumVariance,
  type KsTest,
} from '../../../core/statistics/index.js';

const values = (min = 1, max = 200): fc.Arbitrary<Float64Array> =>
  fc
    .array(fc.oneof(fc.integer({ min: -5, max: 5 }), fc.double({ noNaN: true, min: -1e6, max: 1e6 })), { minLength: min, maxLength: max })
    .map((list) => Float64Array.from(list));

const measured = (x: Float64Array, y: Float64Array): KsTest => {
  const test = ksTest(x, y);
  if (isUndefined(test)) throw new Error(test.reason);
  return test;
};

/** Largest |F − G| by definition. */
const bruteForceD = (x: Float64Array, y: Float64Array): number =>
  Math.max(...[...x, ...y].map((at) => Math.abs(x.filter((v) => v <= at).length / x.length - y.filter((v) => v <= at).length / y.length)));

describe('sorting', () => {
  it('equals the sort of the engine and drops missing values, at any length and any bits', () => {
    const any = fc.double();
    fc.assert(
      fc.property(fc.array(any, { maxLength: 50 }), fc.integer({ min: 1, max: 300 }), (list, repeat) => {
        const input = Float64Array.from(Array.from({ length: repeat }, (_, i) => list.map((v) => (i % 3 === 0 ? v : v / (i + 1)))).flat());
        const expected = input.filter((v) => !Number.isNaN(v)).sort();
        const sorted = sortedValues(input);
        expect(sorted.length).to.equal(expected.length);
        for (let i = 0; i < sorted.length; i++) expect(Object.is(sorted[i], expected[i]), `${i}`).to.equal(true);
      }),
    );
  });

  it('leaves the input alone', () => {
    const input = Float64Array.from({ length: 5000 }, (_, i) => -i);
    sortedValues(input);
    expect(input[1]).to.equal(-1);
  });
});

describe('KS', () => {
  it('is the largest distance of the distribution functions, the same from both sides', () => {
    fc.assert(
      fc.property(values(1, 60), values(1, 60), (x, y) => {
        const d = measured(x, y).statistic;
        expect(d).to.be.closeTo(bruteForceD(x, y), 1e-12);
        expect(measured(y, x).statistic).to.be.closeTo(d, 1e-12);
        expect(d).to.be.within(0, 1);
        expect(measured(y, x).pValue).to.be.closeTo(measured(x, y).pValue, 1e-9);
      }),
    );
  });

  it('does not change under a rising map of both samples', () => {
    const integers = fc.array(fc.integer({ min: -1000, max: 1000 }), { minLength: 1 }).map((list) => Float64Array.from(list));
    fc.assert(
      fc.property(integers, integers, (x, y) => {
        const cube = (v: number): number => v ** 3;
        expect(measured(x.map(cube), y.map(cube)).statistic).to.equal(measured(x, y).statistic);
      }),
    );
  });

  it('gives p-values that fall as the distance grows, by either method', () => {
    for (const method of ['exact', 'asymp'] as const) {
      let before = 1;
      for (let step = 1; step <= 60; step++) {
        const { pValue } = ksPValue(step / 60, 30, 20, 'two-sided', method);
        expect(pValue).to.be.at.most(before + 1e-12);
        before = pValue;
      }
    }
  });

  it('rejects a true hypothesis about as often as alpha says', () => {
    const random = mulberry32(7);
    const draw = (n: number): Float64Array => Float64Array.from({ length: n }, random);
    let rejected = 0;
    for (let i = 0; i < 1000; i++) if (measured(draw(60), draw(90)).pValue <= 0.05) rejected++;
    expect(rejected).to.be.within(30, 65);
  });
});

describe('PSI', () => {
  it('is never negative and zero against itself', () => {
    fc.assert(
      fc.property(values(10), values(10), (x, y) => {
        const psi = quantilePsi(x, y);
        const same = quantilePsi(x, x);
        if (isUndefined(psi) || isUndefined(same)) throw new Error('measured');
        expect(psi.psi).to.be.at.least(0);
        expect(same.psi).to.equal(0);
        expect(psi.currentCounts.reduce((a, b) => a + b, 0)).to.equal(y.length);
      }),
    );
  });

  it('sees values leave a reference that nearly all rows share, where deciles merge into one edge', () => {
    const reference = new Float64Array(1000).fill(999).fill(3, 0, 20);
    const current = new Float64Array(1000).fill(999).fill(3, 0, 400);
    const psi = quantilePsi(reference, current);
    expect(isUndefined(psi) ? psi : psi.level).to.equal('significant');
  });

  it('rejects bins that do not match', () => {
    expect(() => psiOfShares([0.5, 0.5], [1])).to.throw(RekindleError, '2 reference bins against 1');
  });

  it('needs less to be significant in a larger sample', () => {
    expect(criticalPsi(10, 100, 100)).to.be.above(criticalPsi(10, 1000, 1000));
  });
});

describe('balanced V', () => {
  it('lies between 0 and 1, is symmetric, and knows shares only', () => {
    const counts = fc.array(fc.integer({ min: 0, max: 50 }), { minLength: 3, maxLength: 3 });
    fc.assert(
      fc.property(counts, counts, fc.integer({ min: 1, max: 100 }), (a, b, times) => {
        const v = balancedCramersV(a, b);
        if (isUndefined(v)) return;
        expect(v).to.be.within(0, 1);
        expect(balancedCramersV(b, a)).to.be.closeTo(v, 1e-12);
        expect(
          balancedCramersV(
            a.map((count) => count * times),
            b,
          ),
        ).to.be.closeTo(v, 1e-12);
      }),
    );
  });

  it('is 1 when nothing is in common', () => {
    expect(balancedCramersV([10, 0], [0, 3])).to.equal(1);
  });
});

const labelled = fc
  .array(fc.tuple(fc.integer({ min: 0, max: 1 }), fc.integer({ min: 0, max: 20 }), fc.integer({ min: 0, max: 20 })), {
    minLength: 4,
    maxLength: 100,
  })
  .map((rows) => ({
    labels: Uint8Array.from(rows, ([label]) => label),
    a: Float64Array.from(rows, ([, score]) => score),
    b: Float64Array.from(rows, ([, , score]) => score),
  }));

describe('AUC', () => {
  it('turns over with the labels and with the scores, and counts pairs', () => {
    fc.assert(
      fc.property(labelled, ({ labels, a }) => {
        const auc = rocAuc(labels, a);
        if (isUndefined(auc)) return;
        let won = 0;
        let pairs = 0;
        labels.forEach((p, i) =>
          labels.forEach((n, j) => {
            if (p !== 1 || n !== 0) return;
            pairs++;
            won += a[i]! > a[j]! ? 1 : a[i] === a[j] ? 0.5 : 0;
          }),
        );
        expect(auc).to.be.closeTo(won / pairs, 1e-12);
        expect(
          rocAuc(
            labels,
            a.map((v) => -v),
          ),
        ).to.be.closeTo(1 - auc, 1e-12);
        expect(
          rocAuc(
            labels.map((v) => 1 - v),
            a,
          ),
        ).to.be.closeTo(1 - auc, 1e-12);
      }),
    );
  });

  it('of a pair: the difference turns over with the models, and equal models differ by nothing', () => {
    fc.assert(
      fc.property(labelled, ({ labels, a, b }) => {
        for (const test of [pairedDelong, pairedDelongSeries]) {
          const [ab, ba, aa] = [test(labels, a, b), test(labels, b, a), test(labels, a, a)];
          if (isUndefined(ab) || isUndefined(ba) || isUndefined(aa)) return;
          expect(ab.difference).to.be.closeTo(-ba.difference, 1e-12);
          expect(ab.pValue).to.be.closeTo(ba.pValue, 1e-9);
          expect(ab.pValue).to.be.within(0, 1);
          expect(aa.pValue).to.equal(1);
        }
      }),
    );
  });

  it('has an interval that holds it', () => {
    fc.assert(
      fc.property(labelled, ({ labels, a }) => {
        const test = delong(labels, a);
        if (isUndefined(test)) return;
        expect(test.auc).to.be.within(test.interval[0] - 1e-12, test.interval[1] + 1e-12);
      }),
    );
  });
});

describe('the variance of a sum', () => {
  /** x_i = ρ x_{i−1} + uniform noise of variance 1 */
  const autoregressive = (n: number, rho: number, random: () => number): Float64Array => {
    let x = 0;
    const series = Float64Array.from({ length: n + 200 }, () => (x = rho * x + Math.sqrt(12) * (random() - 0.5))).subarray(200);
    const mean = series.reduce((a, b) => a + b, 0) / n;
    return series.map((v) => v - mean);
  };

  for (const [rho, expected] of [
    [0, 1],
    [0.8, 25],
  ] as const) {
    it(`is about n/(1 − ρ)² for an autoregression with ρ = ${rho}`, () => {
      const random = mulberry32(11);
      let sum = 0;
      for (let i = 0; i < 200; i++) sum += sumVariance(autoregressive(1000, rho, random)).variance / 1000 / 200;
      expect(sum).to.be.closeTo(expected, 0.15 * expected);
    });
  }

  it('makes the paired test honest about streams, where the plain one cries wolf', () => {
    const random = mulberry32(3);
    let [plain, series] = [0, 0];
    for (let i = 0; i < 200; i++) {
      const n = 500;
      const labels = Uint8Array.from(autoregressive(n, 0.9, random), (v) => Number(v > 0));
      const noise = [autoregressive(n, 0.9, random), autoregressive(n, 0.9, random)];
      const [a, b] = noise.map((e) => e.map((v, row) => v + labels[row]!)) as [Float64Array, Float64Array];
      const [p, s] = [pairedDelong(labels, a, b), pairedDelongSeries(labels, a, b)];
      if (isUndefined(p) || isUndefined(s)) continue;
      if (p.pValue <= 0.05) plain++;
      if (s.pValue <= 0.05) series++;
    }
    expect(plain, 'of 200, rows taken as independent').to.be.above(60);
    expect(series, 'of 200, rows in time order').to.be.below(25);
  });
});

describe('the smallest visible shift', () => {
  it('is found in at least four of five windows', () => {
    const random = mulberry32(5);
    const [n, m, alpha] = [2000, 300, 0.01];
    const shift = smallestVisibleKs(n, m, alpha);
    let found = 0;
    for (let i = 0; i < 300; i++) {
      // moving a uniform by `shift` makes the distance exactly that
      const reference = Float64Array.from({ length: n }, random);
      const current = Float64Array.from({ length: m }, () => random() + shift);
      if (measured(reference, current).pValue <= alpha) found++;
    }
    expect(found / 300).to.be.at.least(0.8);
  });

  it('of categories is that of the chi-square power', () => {
    // λ with scipy's ncx2.sf(chi2.isf(0.05, 1), 1, λ) = 0.8
    expect(smallestVisibleV(200, 200, 2, 0.05)).to.be.closeTo(Math.sqrt(7.848860509326197 / 400), 1e-9);
  });

  it('is beyond reach without rows', () => {
    expect(smallestVisibleKs(0, 10, 0.05)).to.equal(Infinity);
    expect(smallestVisibleV(10, 0, 3, 0.05)).to.equal(Infinity);
  });
});

describe('adjusted p-values', () => {
  it('keep the order, never fall, and stay in place of missing ones', () => {
    const ps = fc.array(fc.option(fc.double({ min: 0, max: 1, noNaN: true }), { nil: null }), { maxLength: 30 });
    fc.assert(
      fc.property(
        ps,
        fc.constantFrom('bonferroni' as const, 'sidak' as const, 'holm' as const, 'fdr_bh' as const, 'fdr_by' as const),
        (p, m) => {
          const adjusted = adjustPValues(p, m);
          p.forEach((raw, i) => {
            expect(adjusted[i] === null).to.equal(raw === null);
            if (raw === null) return;
            expect(adjusted[i]).to.be.within(raw * (1 - 1e-12), 1);
            p.forEach((other, j) => other !== null && other <= raw && expect(adjusted[j]).to.be.at.most(adjusted[i]! + 1e-15));
          });
        },
      ),
    );
  });
});
