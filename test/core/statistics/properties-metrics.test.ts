/** Which measures are metrics, and what bounds one by another, for any data. */
import { expect } from 'chai';
import fc from 'fast-check';
import {
  adjustPValues,
  adwin,
  balancedCramersV,
  chiSquareTest,
  cramersV,
  ddm,
  delong,
  detectChanges,
  eddm,
  energyDistance,
  hddmA,
  hellinger,
  isUndefined,
  jensenShannon,
  ksTest,
  kullbackLeibler,
  lInfinity,
  mulberry32,
  pageHinkley,
  pairedDelong,
  psiOfCounts,
  psiOfShares,
  rocAuc,
  twoProportionZ,
  wasserstein,
  wilsonInterval,
  type StreamDetector,
  type StreamState,
  type Undefined,
} from '../../../core/statistics/index.js';

const known = <T>(result: T | Undefined): T => {
  if (isUndefined(result)) throw new Error(result.reason);
  return result;
};

/** With ties, with values that are far away, and with missing ones. */
const sample = fc
  .array(fc.oneof(fc.integer({ min: -4, max: 4 }), fc.double({ noNaN: true, min: -1e3, max: 1e3 })), { minLength: 1, maxLength: 40 })
  .map((list) => Float64Array.from(list));

const counts = fc.array(fc.integer({ min: 0, max: 40 }), { minLength: 5, maxLength: 5 }).filter((row) => row.some((count) => count > 0));

const OF_NUMBERS: Readonly<Record<string, (x: Float64Array, y: Float64Array) => number>> = {
  'KS D': (x, y) => known(ksTest(x, y)).statistic,
  Wasserstein: (x, y) => known(wasserstein(x, y)).distance,
  energy: (x, y) => known(energyDistance(x, y)),
};

const OF_COUNTS: Readonly<Record<string, (p: number[], q: number[]) => number>> = {
  'Jensen–Shannon': (p, q) => known(jensenShannon(p, q)).distance,
  Hellinger: (p, q) => known(hellinger(p, q)),
  'L-infinity': (p, q) => known(lInfinity(p, q)),
  'balanced V': (p, q) => known(balancedCramersV(p, q)),
};

describe('a metric', () => {
  for (const [name, distance] of Object.entries(OF_NUMBERS)) {
    it(`of numbers: ${name} is no further round about than straight on, and 0 from itself`, () => {
      fc.assert(
        fc.property(sample, sample, sample, (x, y, z) => {
          const straight = distance(x, z);
          expect(straight).to.be.at.most((distance(x, y) + distance(y, z)) * (1 + 1e-9) + 1e-9);
          expect(distance(x, Float64Array.from([...x].reverse()))).to.be.closeTo(0, 1e-12);
        }),
      );
    });
  }

  for (const [name, distance] of Object.entries(OF_COUNTS)) {
    it(`of counts: ${name} is no further round about than straight on`, () => {
      fc.assert(
        fc.property(counts, counts, counts, (p, q, r) => {
          expect(distance(p, r)).to.be.at.most(distance(p, q) + distance(q, r) + 1e-12);
        }),
      );
    });
  }

  it('is none of KL: a way round about can be shorter', () => {
    const [p, q, r] = [[9, 1], [5, 5], [1, 9]]; // prettier-ignore
    const [straight, about] = [known(kullbackLeibler(p, r)), known(kullbackLeibler(p, q)) + known(kullbackLeibler(q, r))];
    expect(straight).to.be.above(about);
    expect(known(kullbackLeibler(p, q))).to.not.be.closeTo(known(kullbackLeibler(q, p)), 1e-3);
  });
});

describe('measures of the same two samples', () => {
  it('of numbers bound each other: half of energy² ≤ D · Wasserstein, the means move by no more than Wasserstein', () => {
    fc.assert(
      fc.property(sample, sample, (x, y) => {
        const [d, w, e] = Object.values(OF_NUMBERS).map((distance) => distance(x, y)) as [number, number, number];
        const mean = (values: Float64Array): number => values.reduce((a, b) => a + b, 0) / values.length;
        // ∫ (F − G)² ≤ max |F − G| ∫ |F − G|
        expect((e * e) / 2).to.be.at.most(d * w * (1 + 1e-9) + 1e-9);
        expect(Math.abs(mean(x) - mean(y))).to.be.at.most(w * (1 + 1e-9) + 1e-9);
        expect(d).to.be.within(0, 1);
      }),
    );
  });

  it('of counts bound each other: L∞ ≤ total variation, Hellinger² ≤ total variation ≤ √2 Hellinger, V² and JS² ≤ total variation', () => {
    fc.assert(
      fc.property(counts, counts, (p, q) => {
        const share = (row: number[]): number[] => row.map((count) => count / row.reduce((a, b) => a + b, 0));
        const variation = share(p).reduce((sum, value, i) => sum + Math.abs(value - share(q)[i]!) / 2, 0);
        const of = (name: string): number => OF_COUNTS[name]!(p, q);
        expect(of('L-infinity')).to.be.at.most(variation + 1e-12);
        expect(of('Hellinger') ** 2).to.be.at.most(variation + 1e-12);
        expect(variation).to.be.at.most(Math.SQRT2 * of('Hellinger') + 1e-12);
        expect(of('Jensen–Shannon') ** 2).to.be.at.most(variation + 1e-12);
        expect(of('balanced V') ** 2).to.be.at.most(variation + 1e-12);
      }),
    );
  });

  it('PSI is symmetric, at least 0, and the sum of KL both ways', () => {
    const full = counts.map((row) => row.map((count) => count + 1));
    fc.assert(
      fc.property(full, full, (p, q) => {
        const share = (row: number[]): number[] => row.map((count) => count / row.reduce((a, b) => a + b, 0));
        const psi = psiOfShares(share(p), share(q));
        expect(psi).to.be.at.least(-1e-15);
        expect(psiOfShares(share(q), share(p))).to.be.closeTo(psi, 1e-12);
        expect(known(kullbackLeibler(p, q)) + known(kullbackLeibler(q, p))).to.be.closeTo(psi, 1e-9);
        expect(known(psiOfCounts(p, q))).to.be.closeTo(psi, 1e-12);
      }),
    );
  });
});

describe('a table of counts', () => {
  it('is as dependent whichever way it lies and in whatever order its rows and columns stand', () => {
    const table = fc.array(fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 3, maxLength: 3 }), { minLength: 2, maxLength: 4 });
    fc.assert(
      fc.property(table, (rows) => {
        const { statistic, pValue } = known(chiSquareTest(rows));
        const turned = rows[0]!.map((_, j) => rows.map((row) => row[j]!));
        const shuffled = [...rows].reverse().map((row) => [...row].reverse());
        for (const other of [turned, shuffled]) {
          expect(known(chiSquareTest(other)).statistic).to.be.closeTo(statistic, 1e-9 * (1 + statistic));
          expect(known(chiSquareTest(other)).pValue).to.be.closeTo(pValue, 1e-9);
          expect(known(cramersV(other))).to.be.closeTo(known(cramersV(rows)), 1e-9);
        }
        expect(known(cramersV(rows))).to.be.within(0, 1);
        expect(pValue).to.be.within(0, 1);
      }),
    );
  });

  it('of two proportions: z turns over with the sides, and z² is the χ² without correction', () => {
    const side = fc.integer({ min: 1, max: 60 }).chain((n) => fc.tuple(fc.integer({ min: 0, max: n }), fc.constant(n)));
    fc.assert(
      fc.property(side, side, ([k1, n1], [k2, n2]) => {
        const [ab, ba] = [known(twoProportionZ(k1, n1, k2, n2)), known(twoProportionZ(k2, n2, k1, n1))];
        expect(ab.pValue).to.be.within(0, 1);
        expect(ba.pValue).to.be.closeTo(ab.pValue, 1e-12);
        if (ab.z === null) return;
        expect(ba.z).to.be.closeTo(-ab.z, 1e-12);
        const table = known(chiSquareTest([[k1, n1 - k1], [k2, n2 - k2]], { correction: false })); // prettier-ignore
        expect(table.statistic).to.be.closeTo(ab.z ** 2, 1e-9 * (1 + ab.z ** 2));
        expect(table.pValue).to.be.closeTo(ab.pValue, 1e-9);
      }),
    );
  });

  it('of one proportion: Wilson’s interval holds it, lies in [0, 1], turns over with the outcome and narrows with the rows', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 500 }), fc.double({ min: 0, max: 1, noNaN: true }), (n, share) => {
        const k = Math.round(n * share);
        const [low, high] = known(wilsonInterval(k, n));
        const [other, opposite] = known(wilsonInterval(n - k, n));
        expect(k / n).to.be.within(low - 1e-12, high + 1e-12);
        expect([low, high].every((end) => end >= 0 && end <= 1)).to.equal(true);
        expect([1 - opposite, 1 - other].every((end, i) => Math.abs(end - [low, high][i]!) < 1e-12)).to.equal(true);
        const [narrowLow, narrowHigh] = known(wilsonInterval(k * 10, n * 10));
        expect(narrowHigh - narrowLow).to.be.below(high - low);
      }),
    );
  });
});

describe('scores', () => {
  const rows = fc
    .array(fc.tuple(fc.integer({ min: 0, max: 1 }), fc.integer({ min: -20, max: 20 }), fc.integer({ min: -20, max: 20 })), {
      minLength: 6,
      maxLength: 60,
    })
    .filter((list) => [0, 1].every((label) => list.filter(([is]) => is === label).length > 1));
  const columns = (list: readonly (readonly [number, number, number])[]) =>
    [Uint8Array.from(list, ([is]) => is), Float64Array.from(list, ([, a]) => a), Float64Array.from(list, ([, , b]) => b)] as const;

  it('rank alike under a rising map and in any order of the rows: AUC, its variance and the paired test', () => {
    fc.assert(
      fc.property(rows, (list) => {
        const [labels, a, b] = columns(list);
        const [backwards, c, d] = columns([...list].reverse());
        const rising = (v: number): number => v ** 3 + v;
        expect(known(rocAuc(labels, a.map(rising)))).to.equal(known(rocAuc(labels, a)));
        expect(known(rocAuc(backwards, c))).to.be.closeTo(known(rocAuc(labels, a)), 1e-12);
        expect(known(delong(labels, a.map(rising)))).to.deep.equal(known(delong(labels, a)));
        const [pair, mapped, turned] = [
          known(pairedDelong(labels, a, b)),
          known(pairedDelong(labels, a.map(rising), b.map(rising))),
          known(pairedDelong(backwards, c, d)),
        ];
        expect(mapped).to.deep.equal(pair);
        // a difference without variance is certain, and one that is a rounding is none
        if (pair.standardError > 1e-6) expect(turned.pValue).to.be.closeTo(pair.pValue, 1e-6);
      }),
    );
  });
});

describe('adjusted p-values', () => {
  it('go with their test whatever the order, and Holm is no stricter than Bonferroni, BH than Holm, BH than BY', () => {
    const ps = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 25 });
    fc.assert(
      fc.property(ps, (p) => {
        const of = (method: Parameters<typeof adjustPValues>[1], values = p): number[] => adjustPValues(values, method) as number[];
        for (const method of ['bonferroni', 'sidak', 'holm', 'fdr_bh', 'fdr_by'] as const)
          expect(of(method, [...p].reverse()).reverse()).to.deep.equal(of(method));
        const [bonferroni, holm, bh, by, sidak] = (['bonferroni', 'holm', 'fdr_bh', 'fdr_by', 'sidak'] as const).map((method) =>
          of(method),
        );
        p.forEach((_, i) => {
          expect(holm![i]).to.be.at.most(bonferroni![i]! + 1e-12);
          expect(sidak![i]).to.be.at.most(bonferroni![i]! + 1e-12);
          expect(bh![i]).to.be.at.most(holm![i]! + 1e-12);
          expect(bh![i]).to.be.at.most(by![i]! + 1e-12);
        });
      }),
    );
  });
});

describe('a detector', () => {
  const DETECTORS = {
    ADWIN: adwin(),
    'Page–Hinkley': pageHinkley({ threshold: 5 }),
    DDM: ddm(),
    EDDM: eddm(),
    'HDDM-A': hddmA(),
  } as unknown as Readonly<Record<string, StreamDetector<StreamState>>>;
  for (const [name, detector] of Object.entries(DETECTORS)) {
    it(`${name} that is stored and goes on finds what it would have found at one go`, () => {
      const random = mulberry32(31);
      const stream = Array.from({ length: 1500 }, (_, i) => Number(random() < (i < 700 ? 0.1 : 0.6)));
      const whole = detectChanges(detector, stream);
      expect(whole.driftAt, 'the change at 700').to.satisfy((found: number[]) => found.some((at) => at >= 700 && at < 900));
      fc.assert(
        fc.property(fc.integer({ min: 0, max: stream.length }), (cut) => {
          const before = detectChanges(detector, stream.slice(0, cut));
          const stored = JSON.parse(JSON.stringify(before.state)) as StreamState;
          const after = detectChanges(detector, stream.slice(cut), stored);
          expect([...before.driftAt, ...after.driftAt.map((at) => at + cut)]).to.deep.equal(whole.driftAt);
        }),
        { numRuns: 25 },
      );
    });
  }
});
