/** Maximum mean discrepancy: values by scikit-learn's `rbf_kernel` and numpy, p-values against all splits of the rows. */
import { expect } from 'chai';
import fc from 'fast-check';
import { RekindleError } from '../../../core/errors.js';
import { isUndefined, mmd, mulberry32, type Mmd, type MmdOptions } from '../../../core/statistics/index.js';

type Columns = readonly Float64Array[];

const columns = (...rows: number[][]): Columns => rows.map((row) => Float64Array.from(row));

const measured = (reference: Columns, current: Columns, options: MmdOptions): Mmd => {
  const result = mmd(reference, current, options);
  if (isUndefined(result)) throw new Error(result.reason);
  return result;
};

const X = columns([0, 1, 2, 0.5, 1.5], [1, 0.5, -1, 0.25, 2]);
const Y = columns([3, 2.5, 1, 4], [1, 0, 1, -2]);

/** Two columns, each uniform; `together` says how the second hangs on the first. */
const pair = (n: number, random: () => number, together: (first: number, own: number) => number): Columns => {
  const first = Float64Array.from({ length: n }, random);
  return [first, first.map((value) => together(value, random()))];
};
const independent = (_first: number, own: number): number => own;
/** uniform too, and close to the first */
const bound = (first: number, own: number): number => (first + 0.2 * own) % 1;

describe('MMD', () => {
  it('equals its definition for a given kernel', () => {
    // kx, ky without diagonal: kx.sum()/(n(n−1)) + ky.sum()/(m(m−1)) − 2 kxy.mean(), gamma = 1/(2·1.3²)
    expect(measured(X, Y, { seed: 1, scale: 'none', kernelWidth: 1.3 }).statistic).to.be.closeTo(0.05340533772866629, 1e-13);
  });

  it('takes the median distance of two rows as the width of the kernel', () => {
    const result = measured(X, Y, { seed: 1, scale: 'none' });
    expect(result.kernelWidth).to.be.closeTo(2.0155644370746373, 1e-13); // np.median(pdist(rows))
    expect(result.statistic).to.be.closeTo(0.09370713302281852, 1e-13);
  });

  it('compares pooled ranks unless told otherwise', () => {
    const result = measured(X, Y, { seed: 1, permutations: 9999 });
    expect(result.kernelWidth).to.be.closeTo(0.5235793833832252, 1e-13); // (rankdata(column) − 0.5) / 9
    expect(result.statistic).to.be.closeTo(0.07709676900777396, 1e-13);
    // all 126 splits of the nine rows: 31 are as far apart
    expect(result.pValue).to.be.closeTo(31 / 126, 0.02);
    expect(result.rows).to.deep.equal({ reference: 5, current: 4 });
  });

  it('is the same from both sides, in any order of the columns, and under a rising map of a column', () => {
    const rows = (n: number): fc.Arbitrary<Columns> =>
      fc
        .array(fc.tuple(fc.integer({ min: -50, max: 50 }), fc.integer({ min: -50, max: 50 })), { minLength: n, maxLength: 20 })
        .map((list) =>
          columns(
            list.map(([a]) => a),
            list.map(([, b]) => b),
          ),
        );
    fc.assert(
      fc.property(rows(2), rows(2), (x, y) => {
        const options = { seed: 1, permutations: 1 };
        const result = mmd(x, y, options);
        if (isUndefined(result)) return;
        const cubed = (side: Columns): Columns => [side[0]!.map((v) => v ** 3), side[1]!];
        const swapped = (side: Columns): Columns => [side[1]!, side[0]!];
        expect(measured(y, x, options).statistic).to.be.closeTo(result.statistic, 1e-12);
        expect(measured(swapped(x), swapped(y), options).statistic).to.be.closeTo(result.statistic, 1e-12);
        expect(measured(cubed(x), cubed(y), options).statistic).to.equal(result.statistic);
      }),
      { numRuns: 50 },
    );
  });

  it('sees columns that stopped moving together though each looks as before', () => {
    const random = mulberry32(5);
    const result = measured(pair(400, random, independent), pair(400, random, bound), { seed: 6 });
    expect(result.pValue).to.equal(0.005);
  });

  it('has uniform p-values when nothing changed', () => {
    const random = mulberry32(8);
    const ps = Array.from(
      { length: 600 },
      (_, seed) => measured(pair(25, random, bound), pair(35, random, bound), { seed, permutations: 99 }).pValue,
    );
    for (const alpha of [0.05, 0.2, 0.5, 0.8]) {
      const share = ps.filter((p) => p <= alpha).length / ps.length;
      expect(share, `p ≤ ${alpha}`).to.be.closeTo(alpha, 4 * Math.sqrt((alpha * (1 - alpha)) / ps.length));
    }
  });

  it('gives the same answer for the same seed, and draws as many rows as it may', () => {
    const random = mulberry32(9);
    const [x, y] = [pair(500, random, independent), pair(60, random, bound)];
    const options = { seed: 3, maxRows: 100, permutations: 49 };
    const result = measured(x, y, options);
    expect(result.rows).to.deep.equal({ reference: 100, current: 60 });
    expect(measured(x, y, options)).to.deep.equal(result);
    expect(measured(x, y, { ...options, seed: 4 }).statistic).not.to.equal(result.statistic);
  });

  it('leaves out rows that miss a column', () => {
    const gap = columns([9, 0, 1, 2, 0.5, 1.5, NaN], [NaN, 1, 0.5, -1, 0.25, 2, 4]);
    expect(measured(gap, Y, { seed: 1 })).to.deep.equal(measured(X, Y, { seed: 1 }));
  });

  it('has no answer for one row or for rows that are all equal, and rejects columns that do not match', () => {
    const same = columns([1, 1, 1], [2, 2, 2]);
    expect(mmd(columns([1], [2]), Y, { seed: 1 })).to.have.property('undefined', true);
    expect(mmd(columns([], []), Y, { seed: 1 })).to.have.property('undefined', true);
    expect(mmd(same, same, { seed: 1 })).to.have.property('undefined', true);
    expect(() => mmd([X[0]!], Y, { seed: 1 })).to.throw(RekindleError, '1 reference columns against 2');
    expect(() => mmd([X[0]!, Y[0]!], Y, { seed: 1 })).to.throw(RekindleError, 'differ in length');
  });
});
