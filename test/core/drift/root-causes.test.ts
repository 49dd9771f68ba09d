import { expect } from 'chai';
import type { DriftReport } from '../../../core/drift/report.js';
import type { Frame } from '../../../core/frame.js';
import { compare, frame, normals, numbers, SETTINGS } from './frames.js';

const N = 4000;
const M = 2000;
const normal = normals(3);
const columns = (n: number, shifts: Record<string, number>): Frame =>
  frame(Object.fromEntries(Object.entries(shifts).map(([name, shift]) => [name, numbers(n, () => normal() + shift)])));
const none = { far: 0, near: 0, still: 0 };
const causes = ({ rootCauses }: DriftReport): string[] => rootCauses!.map(({ column }) => column);

describe('root causes', () => {
  const reference = columns(N, none);
  const current = columns(M, { far: 1.5, near: 0.5, still: 0 });

  it('are the drifted columns, ranked by their moves while nothing else is known', () => {
    const report = compare(reference, current);
    expect(causes(report)).to.deep.equal(['far', 'near']);
    const [far, near] = report.rootCauses!;
    // 2Φ(Δ/2) − 1 of two normals that lie Δ sd apart, against 0.1
    expect(far!.drift).to.be.closeTo(5.467, 0.3);
    expect(near!.drift).to.be.closeTo(1.974, 0.3);
    expect(near).to.deep.include({ score: near!.drift, importance: null, harm: null });
    expect(near!.text).to.match(/^near has moved [12]\.\d\d times as far as matters\.$/);
  });

  it('weigh the move by what the model makes of the column', () => {
    const report = compare(reference, current, { ...SETTINGS, importance: { far: 0.01, near: 0.09, still: 0.1 } });
    expect(causes(report)).to.deep.equal(['near', 'far']);
    const [near] = report.rootCauses!;
    expect(near!.importance).to.be.closeTo(0.45, 1e-12);
    expect(near!.score).to.be.closeTo(near!.drift * 0.9, 1e-12);
    expect(report.recommendation.reasons[0]).to.match(/^near has shifted/);
  });

  it('weigh it by what it costs too, where that is known', () => {
    const report = compare(reference, current, {
      ...SETTINGS,
      importance: { far: 0.01, near: 0.09, still: 0.1 },
      harm: { far: 0.02, near: 0.0001 },
    });
    expect(causes(report)).to.deep.equal(['far', 'near']);
    expect(report.rootCauses![0]!.text).to.match(
      /^far has moved 5\.\d\d times as far as matters, carries 5\.0 % of the model's importance and is estimated to cost 0\.02\.$/,
    );
  });

  it('count a broken column as far as can be, and a half-emptied one by its missing share', () => {
    const { columns: left } = columns(M, { far: 0 });
    const broken = compare(reference, { rows: M, columns: { ...left, near: numbers(M, (i) => (i % 2 ? normal() : NaN)) } });
    expect(broken.rootCauses!.map(({ column, drift }) => [column, drift])).to.deep.equal([
      ['still', 10],
      ['near', 5],
    ]);
    expect(broken.rootCauses![0]!.text).to.equal('still is broken.');
  });

  it('are none where nothing drifted', () => {
    expect(compare(reference, columns(M, none)).rootCauses).to.deep.equal([]);
  });
});

describe('a drifted column that the model hardly reads', () => {
  const reference = columns(N, none);
  const importance = { far: 0.0005, near: 0.0006, still: 0.2 };

  it('is named, and is no reason to retrain', () => {
    const report = compare(reference, columns(M, { ...none, far: 1.5 }), { ...SETTINGS, importance });
    expect(report.verdict).to.equal('drift');
    expect(report.recommendation.retrain).to.equal(false);
    expect(report.recommendation.reasons[0]).to.match(
      /^far has shifted: .* It carries 0\.2 % of the model's importance: by itself it is no reason to retrain\.$/,
    );
  });

  it('is one when it had nothing to teach: a column that stood still in the reference and moves', () => {
    const still = frame({ ...columns(N, none).columns, near: numbers(N, (i) => (i < 20 ? i : 7)) });
    const moving = frame({ ...columns(M, none).columns, near: numbers(M, normal) });
    const report = compare(still, moving, { ...SETTINGS, importance: { far: 0.1, near: 0, still: 0.1 } });
    expect(report.recommendation.retrain).to.equal(true);
    expect(report.rootCauses!.map(({ column, importance: known }) => [column, known])).to.deep.equal([['near', null]]);
  });

  it('is one together with others that add up', () => {
    const report = compare(reference, columns(M, { ...none, far: 1.5, near: 1.5 }), {
      ...SETTINGS,
      importance: { far: 0.0018, near: 0.0018, still: 0.2 },
    });
    expect(report.recommendation.retrain).to.equal(true);
    expect(report.recommendation.reasons.at(-1)).to.equal("Together the drifted columns carry 1.8 % of the model's importance.");
  });

  it('is one when its importance is not known: a score is no feature, and moves for a reason', () => {
    const only = { ...SETTINGS, importance: { still: 0.2 } };
    expect(compare(reference, columns(M, { ...none, far: 1.5 }), only).recommendation.retrain).to.equal(true);
    const nothing = { ...SETTINGS, importance: { far: 0, near: -0.001, still: 0 } };
    expect(compare(reference, columns(M, { ...none, far: 1.5 }), nothing).recommendation.retrain).to.equal(true);
  });
});
