/** What must hold for distances and two-sample tests on any data; values of others are in two-sample-reference.test.ts. */
import { expect } from 'chai';
import fc from 'fast-check';
import { RekindleError } from '../../../core/errors.js';
import {
  binEdges,
  cramerVonMises,
  energyDistance,
  evidentlyDistance,
  fisherExact,
  fisherExactTable,
  hellinger,
  histogram,
  histogramWithOutside,
  isUndefined,
  jensenShannon,
  kullbackLeibler,
  lInfinity,
  mannWhitney,
  mcnemar,
  mulberry32,
  nannymlKs,
  sortedValues,
  summarize,
  wasserstein,
  welchTest,
  type Undefined,
} from '../../../core/statistics/index.js';

const known = <T>(result: T | Undefined): T => {
  if (isUndefined(result)) throw new Error(result.reason);
  return result;
};

/** Whole numbers, so that many are equal and rising maps stay exact. */
const sample = (min = 2): fc.Arbitrary<Float64Array> =>
  fc.array(fc.integer({ min: -200, max: 200 }), { minLength: min, maxLength: 60 }).map((list) => Float64Array.from(list));

const counts = fc.array(fc.integer({ min: 0, max: 50 }), { minLength: 4, maxLength: 4 }).filter((row) => row.some((count) => count > 0));

const reversed = (values: Float64Array): Float64Array => values.slice().reverse();

const mean = (pairs: number[]): number => pairs.reduce((a, b) => a + b, 0) / pairs.length;

/** Mean of |x − y| over all pairs. */
const meanGap = (x: Float64Array, y: Float64Array): number => mean([...x].flatMap((a) => [...y].map((b) => Math.abs(a - b))));

const NUMERIC: Readonly<Record<string, (x: Float64Array, y: Float64Array) => number>> = {
  wasserstein: (x, y) => known(wasserstein(x, y)).distance,
  energy: (x, y) => known(energyDistance(x, y)),
  'Cramér–von Mises': (x, y) => known(cramerVonMises(x, y)).statistic,
  'Cramér–von Mises p': (x, y) => known(cramerVonMises(x, y)).pValue,
  'Mann–Whitney p': (x, y) => known(mannWhitney(x, y)).pValue,
};

const OF_COUNTS: Readonly<Record<string, (p: number[], q: number[]) => number>> = {
  hellinger: (p, q) => known(hellinger(p, q)),
  'Jensen–Shannon': (p, q) => known(jensenShannon(p, q)).distance,
  'L-infinity': (p, q) => known(lInfinity(p, q)),
};

describe('two-sample measures of numbers', () => {
  for (const [name, measure] of Object.entries(NUMERIC)) {
    it(`${name} is the same from both sides and in any order of the rows, and drops missing values`, () => {
      fc.assert(
        fc.property(sample(), sample(), (x, y) => {
          const value = measure(x, y);
          expect(measure(y, x)).to.be.closeTo(value, 1e-9);
          expect(measure(reversed(x), reversed(y))).to.equal(value);
          expect(measure(Float64Array.of(NaN, ...x, NaN), y)).to.equal(value);
        }),
      );
    });
  }

  for (const name of ['Cramér–von Mises', 'Cramér–von Mises p', 'Mann–Whitney p']) {
    it(`${name} does not change under a rising map of both samples`, () => {
      fc.assert(
        fc.property(sample(), sample(), (x, y) => {
          const cube = (v: number): number => v ** 3;
          expect(NUMERIC[name]!(x.map(cube), y.map(cube))).to.equal(NUMERIC[name]!(x, y));
        }),
      );
    });
  }

  it('wasserstein moves with a shift and grows with the unit; normed, it knows no unit', () => {
    fc.assert(
      fc.property(sample(), fc.integer({ min: -50, max: 50 }), (x, shift) => {
        const y = x.map((v) => v + shift);
        const result = known(wasserstein(x, y));
        expect(result.distance).to.be.closeTo(Math.abs(shift), 1e-9);
        const scaled = known(
          wasserstein(
            x.map((v) => 8 * v),
            y.map((v) => 8 * v),
          ),
        );
        expect(scaled.distance).to.be.closeTo(8 * result.distance, 1e-9);
        if (new Set(x).size > 1) expect(scaled.normed).to.be.closeTo(result.normed!, 1e-9);
      }),
    );
  });

  it('wasserstein with equal weights is the plain one, and a weight counts as so many rows', () => {
    fc.assert(
      fc.property(sample(), sample(), (x, y) => {
        const threefold = wasserstein(x, y, { referenceWeights: x.map(() => 3) });
        expect(known(threefold).distance).to.be.closeTo(known(wasserstein(x, y)).distance, 1e-9);
        const twice = Float64Array.of(...x, x[0]!);
        const weights = x.map((_, i) => (i === 0 ? 2 : 1));
        expect(known(wasserstein(x, y, { referenceWeights: weights })).distance).to.be.closeTo(known(wasserstein(twice, y)).distance, 1e-9);
      }),
    );
  });

  it('wasserstein drops a row with its weight, and rejects weights that are none', () => {
    const x = Float64Array.of(3, 0, 100, NaN, 1);
    const weights = [2, 1, NaN, 5, 1];
    const result = known(wasserstein(x, Float64Array.of(0), { referenceWeights: weights }));
    expect(result).to.deep.equal({ distance: 7 / 4, normed: null });
    expect(() => wasserstein(x, x, { referenceWeights: [1] })).to.throw(RekindleError, '5 values have 1 weights');
    expect(() => wasserstein(x, x, { currentWeights: [1, -1, 1, 1, 1] })).to.throw(RekindleError, 'not -1');
    expect(isUndefined(wasserstein(x, x, { currentWeights: [0, 0, 0, 1, 0] }))).to.equal(true);
  });

  it('energy is its definition by distances of pairs', () => {
    fc.assert(
      fc.property(sample(1), sample(1), (x, y) => {
        const squared = 2 * meanGap(x, y) - meanGap(x, x) - meanGap(y, y);
        expect(known(energyDistance(x, y)) ** 2).to.be.closeTo(Math.max(0, squared), 1e-9);
      }),
    );
  });

  it('Mann–Whitney counts pairs, and its one-sided tests are each other’s mirror image', () => {
    fc.assert(
      fc.property(sample(1), sample(1), fc.constantFrom('exact' as const, 'asymp' as const), (x, y, method) => {
        const won = [...x].flatMap((a) => [...y].map((b) => (a > b ? 1 : a === b ? 0.5 : 0)));
        const greater = known(mannWhitney(x, y, { alternative: 'greater', method }));
        expect(greater.effect).to.be.closeTo(mean(won), 1e-12);
        if (method === 'exact' && !Number.isInteger(greater.statistic)) return; // counting cuts half a pair off
        expect(known(mannWhitney(y, x, { alternative: 'less', method })).pValue).to.be.closeTo(greater.pValue, 1e-12);
      }),
    );
  });

  it('Welch turns over with the samples', () => {
    fc.assert(
      fc.property(sample(), sample(), (x, y) => {
        const [ab, ba] = [welchTest(x, y), welchTest(y, x)];
        expect(isUndefined(ba)).to.equal(isUndefined(ab));
        if (isUndefined(ab)) return;
        expect(known(ba).statistic).to.be.closeTo(-ab.statistic, 1e-9);
        expect(known(ba).pValue).to.be.closeTo(ab.pValue, 1e-12);
      }),
    );
  });

  it('Welch says for certain that two different constants differ, and nothing about two equal ones', () => {
    const constant = (value: number): Float64Array => new Float64Array(5).fill(value);
    expect(known(welchTest(constant(0.1), constant(0.3)))).to.include({ statistic: -Infinity, pValue: 0 });
    expect(isUndefined(welchTest(constant(0.1), constant(0.1)))).to.equal(true);
  });

  it('Cramér–von Mises loses no digit to the size of a sum of ranks', () => {
    // interleaved samples: F − G is 1/m after each value of the first, 0 after each of the second
    const m = 200_000;
    const x = Float64Array.from({ length: m }, (_, i) => 2 * i);
    const y = Float64Array.from({ length: m }, (_, i) => 2 * i + 1);
    // Σ (F − G)² = m · (1/m)² over the pooled values, times nm/(n + m)²
    expect(known(cramerVonMises(x, y)).statistic).to.be.closeTo(1 / (4 * m), 1e-15);
  });

  it('have no answer without values, and say so', () => {
    const [nothing, some] = [Float64Array.of(NaN), Float64Array.of(1, 2, 3)];
    for (const measure of [wasserstein, energyDistance, cramerVonMises, mannWhitney, welchTest]) {
      expect(isUndefined(measure(nothing, some)), measure.name).to.equal(true);
      expect(isUndefined(measure(some, nothing)), measure.name).to.equal(true);
    }
  });

  it('take infinite values as far away, and as equal to each other', () => {
    const [finite, one] = [Float64Array.of(0, 1), Float64Array.of(0, Infinity)];
    expect(known(wasserstein(finite, one)).distance).to.equal(Infinity);
    expect(known(wasserstein(one, Float64Array.of(1, Infinity))).distance).to.equal(0.5);
    expect(known(wasserstein(one, finite)).normed).to.equal(null);
    expect(known(mannWhitney(one, finite)).statistic).to.equal(2.5);
  });
});

describe('p-values of two samples of one distribution', () => {
  const TESTS = {
    'Cramér–von Mises': cramerVonMises,
    'Mann–Whitney': mannWhitney,
    Welch: welchTest,
  } as const;
  for (const [name, test] of Object.entries(TESTS)) {
    for (const [n, m] of [
      [60, 90],
      [7, 14],
    ] as const) {
      it(`of ${name} are uniform at ${n} and ${m} rows`, () => {
        const random = mulberry32(21);
        const draw = (size: number): Float64Array => Float64Array.from({ length: size }, () => random() + random() + random());
        const ps = Array.from({ length: 2000 }, () => known<{ pValue: number }>(test(draw(n), draw(m))).pValue);
        // binomial: 2000 draws, four standard deviations and the steps of the counted tests
        for (const alpha of [0.01, 0.05, 0.2, 0.5, 0.8]) {
          const share = ps.filter((p) => p <= alpha).length / ps.length;
          expect(share, `p ≤ ${alpha}`).to.be.closeTo(alpha, 4 * Math.sqrt((alpha * (1 - alpha)) / 2000) + 0.01);
        }
      });
    }
  }

  it('of Fisher and McNemar are never too small', () => {
    const random = mulberry32(22);
    const successes = (n: number): number => Array.from({ length: n }, random).filter((u) => u < 0.3).length;
    let [fisher, paired] = [0, 0];
    for (let i = 0; i < 2000; i++) {
      const [a, b] = [successes(12), successes(15)];
      if (fisherExact([[a, 12 - a], [b, 15 - b]]).pValue <= 0.05) fisher++; // prettier-ignore
      const first = Array.from({ length: 20 }, random).filter((u) => u < 0.5).length;
      if (mcnemar(first, 20 - first).pValue <= 0.05) paired++;
    }
    expect(fisher).to.be.within(10, 100);
    expect(paired).to.be.within(40, 105);
  });
});

describe('distances of counts', () => {
  for (const [name, measure] of Object.entries(OF_COUNTS)) {
    it(`${name} is symmetric, from 0 to 1, 0 against itself, and knows shares only`, () => {
      fc.assert(
        fc.property(counts, counts, fc.integer({ min: 2, max: 100 }), (p, q, times) => {
          const value = measure(p, q);
          expect(value).to.be.within(0, 1);
          expect(measure(q, p)).to.be.closeTo(value, 1e-12);
          expect(measure(p, p)).to.equal(0);
          const larger = p.map((count) => count * times);
          expect(measure(larger, q) ** 2).to.be.closeTo(value ** 2, 1e-12);
          expect(measure([...p].reverse(), [...q].reverse())).to.be.closeTo(value, 1e-12);
        }),
      );
    });

    it(`${name} is 1 when nothing is in common`, () => {
      expect(measure([0, 7], [9, 0])).to.be.closeTo(1, 1e-12);
    });
  }

  it('Jensen–Shannon states its base: e and 2 differ by a known factor', () => {
    fc.assert(
      fc.property(counts, counts, (p, q) => {
        const [two, e] = [known(jensenShannon(p, q)), known(jensenShannon(p, q, { base: Math.E }))];
        expect([two.base, e.base]).to.deep.equal([2, Math.E]);
        expect(e.distance).to.be.closeTo(two.distance * Math.sqrt(Math.LN2), 1e-12);
      }),
    );
  });

  it('KL is never negative, and infinite where the current sample lacks what the reference has', () => {
    fc.assert(
      fc.property(counts, counts, (p, q) => {
        const value = known(kullbackLeibler(p, q));
        expect(value).to.be.at.least(0);
        expect(value === Infinity).to.equal(p.some((count, i) => count > 0 && q[i] === 0));
      }),
    );
  });

  it('reject bins that do not match and counts that are none', () => {
    for (const measure of [hellinger, jensenShannon, kullbackLeibler, lInfinity]) {
      expect(() => measure([1, 2], [1]), measure.name).to.throw(RekindleError, '2 reference bins against 1');
      expect(() => measure([1, -2], [1, 1]), measure.name).to.throw(RekindleError, 'not -2');
      expect(isUndefined(measure([0, 0], [1, 1])), measure.name).to.equal(true);
    }
  });
});

describe('bins', () => {
  it('hold each value once, whatever the rule', () => {
    const rule = fc.constantFrom('sturges' as const, 'doane' as const, 1, 7);
    fc.assert(
      fc.property(sample(1), sample(1), rule, (x, y, by) => {
        const sorted = sortedValues(x);
        const edges = known(binEdges(sorted, by));
        expect(histogram(sorted, edges).reduce((a, b) => a + b)).to.equal(x.length);
        const withOutside = histogramWithOutside(sortedValues(y), edges);
        expect(withOutside.length).to.equal(edges.length);
        expect(withOutside.at(-1)).to.equal(y.filter((v) => v < edges[0]! || v > edges.at(-1)!).length);
      }),
    );
  });

  it('need a finite range with room for them', () => {
    expect(isUndefined(binEdges(Float64Array.of(0, Infinity), 'sturges'))).to.equal(true);
    expect(isUndefined(binEdges(new Float64Array(0), 10))).to.equal(true);
    expect(isUndefined(binEdges(Float64Array.of(1, 1 + Number.EPSILON), 10))).to.equal(true);
    expect(() => binEdges(Float64Array.of(1, 2), 0)).to.throw(RekindleError, 'positive integer');
  });

  it('the summary of infinite values has quantiles but no spread', () => {
    const ofOne = known(summarize(Float64Array.of(1, 2, Infinity, Infinity), [0, 0.1, 0.5, 0.9]));
    expect(ofOne).to.deep.include({ mean: Infinity, stdPopulation: null, stdSample: null, max: Infinity });
    expect(ofOne.quantiles).to.deep.equal([1, 1.3, Infinity, Infinity]);
    expect(known(summarize(Float64Array.of(-Infinity, 0))).mean).to.equal(-Infinity);
    expect(known(summarize(Float64Array.of(-Infinity, Infinity))).mean).to.equal(null);
  });
});

describe('exact tests', () => {
  it('Fisher does not change when rows and columns change places', () => {
    const cell = fc.integer({ min: 0, max: 30 });
    fc.assert(
      fc.property(cell, cell, cell, cell, (a, b, c, d) => {
        const { pValue } = fisherExact([[a, b], [c, d]]); // prettier-ignore
        expect(fisherExact([[a, c], [b, d]]).pValue).to.be.closeTo(pValue, 1e-12); // prettier-ignore
        expect(fisherExact([[c, d], [a, b]]).pValue).to.be.closeTo(pValue, 1e-12); // prettier-ignore
        expect(fisherExact([[d, c], [b, a]]).pValue).to.be.closeTo(pValue, 1e-12); // prettier-ignore
      }),
    );
  });

  it('Fisher lists the tables of more than two categories', () => {
    // sums of scipy.stats.multivariate_hypergeom.pmf over all rows no likelier than the first
    expect(fisherExactTable([[3, 1, 0], [0, 2, 4]])).to.be.closeTo(0.033333333333333354, 1e-12); // prettier-ignore
    expect(fisherExactTable([[5, 5, 5, 1], [1, 2, 6, 7]])).to.be.closeTo(0.03864739955998234, 1e-12); // prettier-ignore
    expect(fisherExactTable([[0, 0, 9, 1], [3, 1, 2, 4]])).to.be.closeTo(0.005477494641581324, 1e-12); // prettier-ignore
    expect(fisherExactTable([[10, 2], [3, 15]])).to.be.closeTo(0.0005367241191434357, 1e-12); // prettier-ignore
  });

  it('Fisher of a table is that of two categories, knows no order of categories, and leaves large tables to chi-square', () => {
    const rows = fc.array(fc.integer({ min: 0, max: 12 }), { minLength: 2, maxLength: 2 });
    fc.assert(
      fc.property(rows, rows, (a, b) => {
        const pair = fisherExact([[a[0]!, a[1]!], [b[0]!, b[1]!]]).pValue; // prettier-ignore
        expect(fisherExactTable([a, b])).to.be.closeTo(pair, 1e-10);
        expect(fisherExactTable([[...a, 0], [...b, 0]])).to.be.closeTo(pair, 1e-10); // prettier-ignore
        expect(fisherExactTable([[...b].reverse(), [...a].reverse()])).to.be.closeTo(pair, 1e-10);
      }),
    );
    expect(isUndefined(fisherExactTable([[200, 200, 200, 20], [250, 200, 150, 300]]))).to.equal(true); // prettier-ignore
    expect(isUndefined(fisherExactTable([[9000, 1], [9000, 1]]))).to.equal(true); // prettier-ignore
    expect(() => fisherExactTable([[1, 2], [1]])).to.throw(RekindleError, '2 categories against 1'); // prettier-ignore
  });

  it('McNemar takes the exact law for few disagreements by itself, and rejects what is no count', () => {
    expect(mcnemar(10, 5).method).to.equal('exact');
    expect(mcnemar(20, 5).method).to.equal('chi-square');
    expect(() => mcnemar(1.5, 2)).to.throw(RekindleError, 'not 1.5');
    expect(() => fisherExact([[1, -1], [0, 2]])).to.throw(RekindleError, 'not -1'); // prettier-ignore
  });
});

describe('the distances of peers, kept to compare reports with', () => {
  const random = mulberry32(31);
  const normal = (n: number, shift: number): Float64Array =>
    Float64Array.from({ length: n }, () => Array.from({ length: 12 }, random).reduce((a, b) => a + b, shift - 6));

  it('are blinded by one outlier, where ours are not', () => {
    const reference = Float64Array.of(...normal(10_000, 0), 1e7);
    const current = normal(2000, 2);
    expect(nannymlKs(reference, current)).to.be.below(0.001);
    expect(known(evidentlyDistance('jensenshannon', reference, current)).drifted).to.equal(false);
    expect(known(evidentlyDistance('wasserstein', reference, current)).drifted).to.equal(false);
    expect(known(mannWhitney(reference, current)).pValue).to.be.below(1e-100);
    expect(known(cramerVonMises(reference, current)).pValue).to.be.below(1e-6);
  });

  it('say that a distance of numbers is not for categories', () => {
    expect(isUndefined(evidentlyDistance('wasserstein', ['a'], ['b']))).to.equal(true);
  });
});
