import { expect } from 'chai';
import fc from 'fast-check';
import type { Frame } from '../../../core/frame.js';
import { ksDistanceTo, profileQuantile, psiTo } from '../../../core/profile/compare.js';
import { mergeNumberProfiles, numberProfile, orderedValues } from '../../../core/profile/number-profile.js';
import { mergeProfiles, profileFrame } from '../../../core/profile/profile-frame.js';
import { Profile, type NumberProfile } from '../../../core/profile/profile.js';
import { balancedCramersV, isUndefined, ksTest, mulberry32, quantile, quantilePsi } from '../../../core/statistics/index.js';

const numbers = (min: number, max: number): fc.Arbitrary<Float64Array> =>
  fc
    .array(fc.oneof(fc.integer({ min: 0, max: 8 }), fc.double({ noNaN: true, min: -10, max: 20 }), fc.constant(NaN)), {
      minLength: min,
      maxLength: max,
    })
    .map((list) => Float64Array.from(list));

const profiled = (values: Float64Array, limit?: number): NumberProfile => numberProfile(orderedValues(values), values.length, limit);

/** D between raw samples, not snapped to multiples of 1/lcm. */
const trueD = (x: Float64Array, y: Float64Array): number | null => {
  const test = ksTest(x, y, { method: 'asymp' });
  return isUndefined(test) ? null : test.statistic;
};

const frameOf = (values: Float64Array, codes: Int32Array): Frame => ({
  rows: values.length,
  columns: { x: { type: 'number', values }, c: { type: 'category', codes, categories: ['a', 'b', 'c'] } },
});

describe('a numeric profile', () => {
  it('gives the exact KS distance and the exact PSI while it holds every distinct value', () => {
    fc.assert(
      fc.property(numbers(1, 150), numbers(1, 150), (x, y) => {
        const profile = profiled(x);
        expect(profile.bound).to.equal(0);
        expect(ksDistanceTo(profile, orderedValues(y))).to.equal(trueD(x, y));
        const psi = quantilePsi(x, y);
        expect(psiTo(profile, orderedValues(y))).to.equal(isUndefined(psi) ? null : psi.psi);
      }),
    );
  });

  it('stays within its own bound when it is a grid, ties and all', () => {
    fc.assert(
      fc.property(numbers(40, 300), numbers(1, 100), fc.integer({ min: 4, max: 30 }), (x, y, limit) => {
        const profile = profiled(x, limit);
        expect(profile.values.length).to.be.at.most(limit);
        const [d, exact] = [ksDistanceTo(profile, orderedValues(y)), trueD(x, y)];
        if (d === null || exact === null) return;
        expect(Math.abs(d - exact)).to.be.at.most(profile.bound + 1e-12);
        const present = profile.rows - profile.missing;
        expect(profile.bound * present).to.be.at.most(Math.ceil(present / (limit - 2)) + 1e-9);
      }),
    );
  });

  it('has quantiles like numpy, and says what is missing', () => {
    const values = Float64Array.from([4, NaN, 1, 3, 1]);
    const profile = profiled(values);
    expect(profile).to.deep.include({ rows: 5, missing: 1, min: 1, max: 4, mean: 2.25, values: [1, 3, 4], cumulative: [2, 3, 4] });
    for (const share of [0, 0.1, 0.5, 0.77, 1]) {
      expect(profileQuantile(profile, share)).to.be.closeTo(quantile([1, 1, 3, 4], share), 1e-12);
    }
  });

  it('is empty, not broken, when nothing is there', () => {
    const profile = profiled(Float64Array.of(NaN, NaN));
    expect(profile).to.deep.include({ missing: 2, min: null, max: null, mean: null, values: [], bound: 0 });
    expect(ksDistanceTo(profile, orderedValues(Float64Array.of(1)))).to.equal(null);
    expect(psiTo(profile, orderedValues(Float64Array.of(1)))).to.equal(null);
  });

  it('keeps infinities in their place and survives JSON', () => {
    const x = Float64Array.of(-Infinity, 0, 1, Infinity, Infinity);
    const y = Float64Array.of(-Infinity, -Infinity, 2);
    const profile = JSON.parse(JSON.stringify(profiled(x))) as NumberProfile;
    expect(ksDistanceTo(profile, orderedValues(y))).to.equal(trueD(x, y));
    expect(profile.mean).to.equal(0.5);
  });

  it('merges into the profile of the whole, within the bound that it states', () => {
    fc.assert(
      fc.property(numbers(1, 120), numbers(1, 120), numbers(1, 60), fc.integer({ min: 4, max: 200 }), (a, b, y, limit) => {
        const whole = Float64Array.from([...a, ...b]);
        const merged = mergeNumberProfiles(profiled(a, limit), profiled(b, limit), limit);
        expect(merged.rows).to.equal(whole.length);
        expect(merged.missing).to.equal(profiled(whole).missing);
        expect(merged.values.length).to.be.at.most(limit);
        const [d, exact] = [ksDistanceTo(merged, orderedValues(y)), trueD(whole, y)];
        if (d === null || exact === null) return;
        expect(Math.abs(d - exact)).to.be.at.most(merged.bound + 1e-12);
        if (limit >= 120 + 120) expect(merged).to.deep.equal({ ...profiled(whole), mean: merged.mean });
      }),
    );
  });
});

describe('the profile of a table', () => {
  const random = mulberry32(1);
  const n = 1000;
  const values = Float64Array.from({ length: n }, (_, i) => random() + (i < 500 ? 0 : 0.1));
  const codes = Int32Array.from({ length: n }, () => Math.floor(random() * 4) - 1);
  const frame = frameOf(values, codes);

  it('fits its schema after a trip through JSON', () => {
    const profile = profileFrame(frame, { from: '2026-01-01', to: '2026-02-01', chunkRows: 100 });
    expect(Profile.parse(JSON.parse(JSON.stringify(profile)))).to.deep.equal(profile);
    expect(profile.columns['c']).to.deep.equal({
      type: 'category',
      rows: n,
      missing: codes.filter((code) => code === -1).length,
      counts: {
        a: codes.filter((code) => code === 0).length,
        b: codes.filter((code) => code === 1).length,
        c: codes.filter((code) => code === 2).length,
      },
    });
  });

  it('holds the effect of each whole chunk against the rest of the rows', () => {
    const { chunkEffects } = profileFrame(frame, { from: null, to: null, chunkRows: 300 });
    expect(chunkEffects['x']).to.have.length(3);
    for (const i of [0, 1, 2]) {
      const [from, to] = [300 * i, 300 * i + 300];
      const rest = Float64Array.from([...values.subarray(0, from), ...values.subarray(to)]);
      expect(chunkEffects['x']![i]).to.be.closeTo(trueD(rest, values.subarray(from, to))!, 1e-12);
      const count = (part: Int32Array): number[] => [0, 1, 2].map((code) => part.filter((c) => c === code).length);
      const restCodes = Int32Array.from([...codes.subarray(0, from), ...codes.subarray(to)]);
      const v = balancedCramersV(count(restCodes), count(codes.subarray(from, to)));
      expect(chunkEffects['c']![i]).to.be.closeTo(v as number, 1e-12);
    }
  });

  it('has no chunk effects when there are not two whole chunks', () => {
    expect(profileFrame(frame, { from: null, to: null, chunkRows: 501 }).chunkEffects).to.deep.equal({});
  });

  it('has null where a chunk has no value', () => {
    const gap = values.slice().fill(NaN, 0, 100);
    expect(profileFrame(frameOf(gap, codes), { from: null, to: null, chunkRows: 100 }).chunkEffects['x']![0]).to.equal(null);
  });

  it('merges with that of the next day, and refuses another table', () => {
    const day = (from: number, to: number): Profile =>
      profileFrame(frameOf(values.slice(from, to), codes.slice(from, to)), { from: `${from}`, to: `${to}`, chunkRows: 50 });
    const merged = mergeProfiles(day(0, 400), day(400, 1000));
    const whole = day(0, 1000);
    expect(merged).to.deep.include({ rows: 1000, from: '0', to: '400' < '1000' ? '1000' : '400', chunkEffects: {} });
    expect(merged.columns['c']).to.deep.equal(whole.columns['c']);
    expect(merged.columns['x']).to.deep.include({ values: (whole.columns['x'] as NumberProfile).values });
    const other: Profile = { ...whole, columns: { x: whole.columns['c']! } };
    expect(() => mergeProfiles(whole, other)).to.throw(RangeError, "column 'x' is number in one and category in the other");
  });
});
