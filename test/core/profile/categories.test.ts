import { expect } from 'chai';
import fc from 'fast-check';
import { driftReport } from '../../../core/drift/drift-report.js';
import type { CategoryColumn } from '../../../core/frame.js';
import { categoryProfile, mergeCategoryProfiles } from '../../../core/profile/category-profile.js';
import { profileFrame } from '../../../core/profile/profile-frame.js';
import type { CategoryProfile } from '../../../core/profile/profile.js';
import { mulberry32 } from '../../../core/statistics/random.js';
import { categories, codesOf, columnOf, compare, frame, SETTINGS } from '../drift/frames.js';

const named = (size: number): string[] => Array.from({ length: size }, (_, i) => `id-${(i * 7919) % 1_000_003}`);
const column = (codes: readonly number[], size: number): CategoryColumn => ({
  type: 'category',
  codes: Int32Array.from(codes),
  categories: named(size),
});
const rows = ({ counts, other }: CategoryProfile): number =>
  Object.values(counts).reduce((sum, count) => sum + count, 0) + (other?.rows ?? 0);

describe('a profile of many categories', () => {
  it('names at most 1,000 and counts the rows of the others together', () => {
    const size = 3000;
    const codes = [...Array.from({ length: size }, (_, i) => i), ...Array.from({ length: 600 }, (_, i) => i % 3), -1, -1];
    const profile = categoryProfile(column(codes, size));
    expect(Object.keys(profile.counts)).to.have.length(1000);
    for (const frequent of named(3)) expect(profile.counts[frequent]).to.equal(201);
    expect(profile).to.deep.include({ rows: 3602, missing: 2, other: { rows: 2000, categories: 2000 } });
  });

  it('does not choose rare ones by their frequency: the same stream again is no drift', () => {
    const random = mulberry32(5);
    const size = 5000;
    const draw = (n: number) => frame({ c: categories(n, named(size), () => Math.floor(random() * size)) });
    const report = compare(draw(15_000), draw(15_000));
    expect(columnOf(report, 'c').tests[0]!.pValue).to.be.above(0.01);
    expect(report.verdict).to.equal('no_drift');
    expect(codesOf(report, 'c')).to.deep.equal(['many_categories']);
  });

  it('still shows that the frequent ones have moved', () => {
    const random = mulberry32(6);
    const size = 5000;
    const draw = (n: number, share: number) =>
      frame({ c: categories(n, named(size), () => (random() < share ? Math.floor(random() * 10) : Math.floor(random() * size))) });
    expect(compare(draw(15_000, 0.5), draw(5000, 0.2)).verdict).to.equal('drift');
  });

  it('reads a V that is never above that of all categories, and at most as far below as it says', () => {
    const share = fc.array(fc.nat({ max: 20 }), { minLength: 12, maxLength: 12 });
    fc.assert(
      fc.property(share, share, (a, b) => {
        const expand = (counts: readonly number[]): number[] => counts.flatMap((count, code) => Array<number>(count).fill(code));
        const [n, m] = [expand(a).length, expand(b).length];
        fc.pre(n > 0 && m > 0);
        const v = (most: number): { value: number; other: number } => {
          const profile = categoryProfile(column(expand(a), 12), most);
          const whole = profileFrame(frame({ c: column(expand(a), 12) }), { from: null, to: null, chunkRows: Infinity });
          const report = driftReport({ ...whole, columns: { c: profile } }, frame({ c: column(expand(b), 12) }), SETTINGS);
          const { effect } = columnOf(report, 'c');
          return { value: effect!.value, other: profile.other?.rows ?? 0 };
        };
        const [full, few] = [v(1000), v(4)];
        expect(few.value).to.be.at.most(full.value + 1e-12);
        const p = few.other / n;
        const known = new Set(Object.keys(categoryProfile(column(expand(a), 12), 4).counts));
        const q = few.other === 0 ? 0 : expand(b).filter((code) => !known.has(named(12)[code]!)).length / m;
        if (p + q > 0) expect(full.value ** 2 - few.value ** 2).to.be.at.most((2 * p * q) / (p + q) + 1e-12);
      }),
    );
  });

  it('merges so that every named count is exact and no row is lost, in any order', () => {
    const part = fc.array(fc.nat({ max: 19 }), { maxLength: 60 });
    fc.assert(
      fc.property(part, part, part, (a, b, c) => {
        const [x, y, z] = [a, b, c].map((codes) => categoryProfile(column(codes, 20), 6)) as [
          CategoryProfile,
          CategoryProfile,
          CategoryProfile,
        ];
        const whole = categoryProfile(column([...a, ...b, ...c], 20));
        for (const merged of [
          mergeCategoryProfiles(mergeCategoryProfiles(x, y, 6), z, 6),
          mergeCategoryProfiles(x, mergeCategoryProfiles(y, z, 6), 6),
          mergeCategoryProfiles(mergeCategoryProfiles(z, x, 6), y, 6),
        ]) {
          expect(rows(merged)).to.equal(rows(whole));
          expect(Object.keys(merged.counts).length).to.be.at.most(6);
          for (const [name, count] of Object.entries(merged.counts)) expect(count, name).to.equal(whole.counts[name]);
          expect(Object.keys(merged.counts).length + (merged.other?.categories ?? 0)).to.be.at.most(Object.keys(whole.counts).length);
        }
      }),
    );
  });

  it('takes 200,000 of them well within a second', function () {
    this.timeout(20_000);
    const random = mulberry32(1);
    const size = 200_000;
    const draw = (k: number) => frame({ c: categories(2 * size, named(size), () => Math.floor(random() * k)) });
    const [many, few] = [draw(size), draw(900)];
    /** Of the processor, not of the clock: other work on the machine does not count. */
    const seconds = (work: () => void): number => {
      const start = process.cpuUsage();
      work();
      return process.cpuUsage(start).user / 1e6;
    };
    for (const [reference, current] of [
      [many, many],
      [few, many],
    ] as const)
      // profile and report together
      expect(seconds(() => compare(reference, current, SETTINGS, 40_000))).to.be.below(2);
  });
});
