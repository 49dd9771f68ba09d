import { expect } from 'chai';
import { ksDistance, ksTest } from '../../../core/statistics/ks.js';
import { countsBetween, quantilePsi, splittingEdges } from '../../../core/statistics/psi-quantile.js';
import { quantile } from '../../../core/statistics/quantile.js';
import { mulberry32 } from '../../../core/statistics/random.js';
import { sortedValues } from '../../../core/statistics/sort.js';
import { isUndefined } from '../../../core/statistics/undefined.js';

const normals = (rows: number, seed: number): Float64Array => {
  const random = mulberry32(seed);
  return Float64Array.from({ length: rows }, () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random()));
};

/** Shapes that a spread over buckets of equal width could go wrong with. */
const SHAPES: Readonly<Record<string, (x: number, i: number) => number>> = {
  'a bell': (x) => x,
  'twenty whole numbers': (x) => Math.floor(3 * x),
  'eighty orders of magnitude': (x) => Math.exp(20 * x),
  'one outlier': (x, i) => (i === 7 ? 1e12 : x),
  'infinities of both signs': (x, i) => (i % 50 === 0 ? Infinity : i % 33 === 0 ? -Infinity : x),
  'a third missing': (x, i) => (i % 3 === 0 ? NaN : x),
  'nearly all zero': (x, i) => (i % 20 === 0 ? x : 0),
  'zeros of both signs': (_, i) => (i % 2 === 0 ? -0 : 0),
  'two values': (x) => Number(x > 0),
  'the largest doubles': (x, i) => (i % 3 === 0 ? x : 1e308 * Math.sign(x)),
  'a constant': () => 2,
};

describe('large samples', () => {
  const [first, second] = [normals(6000, 1), normals(30_000, 2)];

  for (const [shape, of] of Object.entries(SHAPES)) {
    describe(`of ${shape}`, () => {
      const [a, b] = [first.map(of), second.map((x, i) => of(x + 0.05, i))];
      // the engine's own sort
      const [orderedA, orderedB] = [a, b].map((values) => values.filter((value) => !Number.isNaN(value)).sort()) as [
        Float64Array,
        Float64Array,
      ];

      it('are sorted as the engine sorts them', () => {
        const sorted = sortedValues(b);
        expect(sorted.length).to.equal(orderedB.length);
        expect(sorted.findIndex((value, i) => value !== orderedB[i])).to.equal(-1);
      });

      for (const alternative of ['two-sided', 'less', 'greater'] as const)
        it(`are as far apart, ${alternative}, as in a walk over both`, () => {
          const test = ksTest(a, b, { alternative, method: 'asymp' });
          if (isUndefined(test)) throw new Error(test.reason);
          const { statistic, location, sign, n1, n2 } = test;
          expect({ statistic, location, sign }).to.deep.equal(ksDistance(orderedA, orderedB, alternative));
          expect([n1, n2]).to.deep.equal([orderedA.length, orderedB.length]);
        });

      it('fall into the bins that quantiles of the sorted values make', () => {
        const psi = quantilePsi(a, b, { missingBin: true });
        if (isUndefined(psi)) throw new Error(psi.reason);
        const deciles = Array.from({ length: 9 }, (_, i) => quantile(orderedA, (i + 1) / 10));
        const edges = splittingEdges(deciles, orderedA[0]!, orderedA.at(-1)!);
        expect(psi.innerEdges).to.deep.equal(edges);
        expect(psi.referenceCounts).to.deep.equal([...countsBetween(orderedA, edges), a.length - orderedA.length]);
        expect(psi.currentCounts).to.deep.equal([...countsBetween(orderedB, edges), b.length - orderedB.length]);
      });
    });
  }
});
