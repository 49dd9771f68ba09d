import { expect } from 'chai';
import fc from 'fast-check';
import { mostByChance } from '../../../core/validation/chance.js';

describe('the count that a window exceeds by chance', () => {
  it('is the upper quantile of the beta-binomial distribution', () => {
    // scipy.stats.betabinom(n, k + 1, N - k): the least q with sf(q) <= alpha
    const cases = [
      [0, 1000, 1000, 4e-4, 11],
      [0, 10_000, 1000, 4e-4, 3],
      [1, 17_423, 336, 0.02 / 17, 1],
      [50, 1000, 1000, 1e-3, 85],
      [5000, 100_000, 1_000_000, 1e-4, 52_738],
      [999, 1000, 100, 1e-3, 100],
      [0, 10, 5, 0.01, 3],
      [3, 200, 50, 0.05, 3],
    ] as const;
    for (const [k, reference, window, alpha, expected] of cases)
      expect(mostByChance(k, reference, window, alpha), `${k} of ${reference}, window of ${window}`).to.equal(expected);
  });

  it('grows with what the reference shows and with the window, and shrinks with a longer reference', () => {
    const rows = fc.integer({ min: 1, max: 2000 });
    fc.assert(
      fc.property(rows, rows, fc.integer({ min: 0, max: 1999 }), (reference, window, some) => {
        const k = some % reference;
        const most = mostByChance(k, reference, window, 0.001);
        expect(most).to.be.within(0, window);
        expect(mostByChance(k, reference, window + 1, 0.001)).to.be.at.least(most);
        expect(mostByChance(k, reference + 1, window, 0.001)).to.be.at.most(most);
        if (k + 1 < reference) expect(mostByChance(k + 1, reference, window, 0.001)).to.be.at.least(most);
      }),
    );
  });

  it('is nothing in a window without rows', () => {
    expect(mostByChance(5, 100, 0, 0.001)).to.equal(0);
  });
});
