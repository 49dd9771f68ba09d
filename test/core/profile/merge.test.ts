/** Parts of a table, put together in any way, are the table. */
import { expect } from 'chai';
import fc from 'fast-check';
import { ksDistanceTo } from '../../../core/profile/compare.js';
import { mergeNumberProfiles, numberProfile, orderedValues } from '../../../core/profile/number-profile.js';
import { mergeAllProfiles, profileFrame } from '../../../core/profile/profile-frame.js';
import type { NumberProfile } from '../../../core/profile/profile.js';
import { isUndefined, ksTest } from '../../../core/statistics/index.js';
import { frame, normals, numbers } from '../drift/frames.js';

const values = fc
  .array(fc.oneof(fc.integer({ min: 0, max: 9 }), fc.double({ noNaN: true, min: -10, max: 20 }), fc.constant(NaN)), {
    minLength: 1,
    maxLength: 120,
  })
  .map((list) => Float64Array.from(list));
const LIMIT = 16;
const profiled = (list: Float64Array, limit = LIMIT): NumberProfile => numberProfile(orderedValues(list), list.length, limit);
const merge = (a: NumberProfile, b: NumberProfile): NumberProfile => mergeNumberProfiles(a, b, LIMIT);

/** D between raw samples, by another way than profiles. */
const trueD = (x: Float64Array, y: Float64Array): number | null => {
  const test = ksTest(x, y, { method: 'asymp' });
  return isUndefined(test) ? null : test.statistic;
};

describe('merged profiles', () => {
  it('are the same within their bounds however the parts are bracketed, and count, range and missing are exact', () => {
    fc.assert(
      fc.property(values, values, values, values, (a, b, c, y) => {
        const [p, q, r] = [profiled(a), profiled(b), profiled(c)];
        const [left, right] = [merge(merge(p, q), r), merge(p, merge(q, r))];
        const whole = profiled(Float64Array.from([...a, ...b, ...c]), 1000);
        for (const merged of [left, right]) {
          for (const key of ['rows', 'missing', 'min', 'max'] as const) expect(merged[key], key).to.equal(whole[key]);
          expect(merged.cumulative.at(-1) ?? 0).to.equal(whole.rows - whole.missing);
        }
        const [first, second] = [ksDistanceTo(left, orderedValues(y)), ksDistanceTo(right, orderedValues(y))];
        if (first !== null && second !== null) expect(Math.abs(first - second)).to.be.at.most(left.bound + right.bound + 1e-12);
      }),
    );
  });

  it('give a D within the stated bound of that of all the values, after any number of merges', () => {
    fc.assert(
      fc.property(fc.array(values, { minLength: 1, maxLength: 12 }), values, (parts, y) => {
        const merged = parts.map((part) => profiled(part)).reduce(merge);
        const [d, exact] = [ksDistanceTo(merged, orderedValues(y)), trueD(Float64Array.from(parts.flatMap((part) => [...part])), y)];
        if (d === null || exact === null) return;
        expect(Math.abs(d - exact)).to.be.at.most(merged.bound + 1e-12);
      }),
    );
  });

  it('do not depend on the order of the rows, nor on which part comes first', () => {
    const shuffled = fc.tuple(values, fc.infiniteStream(fc.nat())).map(([list, keys]) => {
      const order = [...list].map((value) => ({ value, key: keys.next().value! })).sort((a, b) => a.key - b.key);
      return [list, Float64Array.from(order, ({ value }) => value)] as const;
    });
    fc.assert(
      fc.property(shuffled, values, ([list, again], other) => {
        expect(profiled(again)).to.deep.equal(profiled(list));
        const [ab, ba] = [merge(profiled(list), profiled(other)), merge(profiled(other), profiled(list))];
        // a mean of two means may differ in its last digit
        expect({ ...ba, mean: 0 }).to.deep.equal({ ...ab, mean: 0 });
      }),
    );
  });

  it('of a year of days keep a bound of a few thousandths, where one after the other would add up to hundredths', () => {
    const normal = normals(71);
    const days = Array.from({ length: 365 }, () => frame({ x: numbers(200, normal) }));
    const merged = mergeAllProfiles(days.map((day) => profileFrame(day, { from: null, to: null, chunkRows: Infinity })));
    const x = merged.columns['x'] as NumberProfile;
    expect(x.rows).to.equal(365 * 200);
    expect(x.bound).to.be.below(0.003);
    const all = Float64Array.from(days.flatMap((day) => [...(day.columns['x'] as { values: Float64Array }).values]));
    const current = Float64Array.from({ length: 500 }, () => normal() + 0.3);
    expect(Math.abs(ksDistanceTo(x, orderedValues(current))! - trueD(all, current)!)).to.be.at.most(x.bound);
    expect(() => mergeAllProfiles([])).to.throw(RangeError, 'there is no profile to merge');
  });
});
