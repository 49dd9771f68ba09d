import { expect } from 'chai';
import { driftReport } from '../../../core/drift/drift-report.js';
import { DriftReport } from '../../../core/drift/report.js';
import { thresholds } from '../../../core/drift/thresholds.js';
import type { Column, Frame } from '../../../core/frame.js';
import { profileFrame } from '../../../core/profile/profile-frame.js';
import { mulberry32 } from '../../../core/statistics/index.js';

const random = mulberry32(42);
/** Sum of twelve uniforms minus six: near normal. */
const normal = (): number => {
  let sum = -6;
  for (let i = 0; i < 12; i++) sum += random();
  return sum;
};
const number = (n: number, draw: (i: number) => number): Column => ({
  type: 'number',
  values: Float64Array.from({ length: n }, (_, i) => draw(i)),
});
const category = (n: number, categories: string[], draw: (i: number) => number): Column => ({
  type: 'category',
  categories,
  codes: Int32Array.from({ length: n }, (_, i) => draw(i)),
});
const frame = (columns: Record<string, Column>): Frame => {
  const first = Object.values(columns)[0];
  return { rows: first ? (first.type === 'number' ? first.values : first.codes).length : 0, columns };
};
const SETTINGS = { minShift: 0.1, falseAlarmRate: 0.05 };

const compare = (reference: Frame, current: Frame, settings = SETTINGS, chunkRows = reference.rows): DriftReport =>
  DriftReport.parse(
    JSON.parse(JSON.stringify(driftReport(profileFrame(reference, { from: null, to: null, chunkRows }), current, settings))),
  );
const columnOf = (report: DriftReport, name: string): DriftReport['columns'][number] =>
  report.columns.find((column) => column.name === name)!;
const codes = (report: DriftReport, name: string): string[] => columnOf(report, name).findings.map(({ code }) => code);

const N = 4000;
const M = 2000;
const stable = (n: number): Record<string, Column> => ({ steady: number(n, normal) });

describe('a drift verdict', () => {
  it('is drift when a column has moved by more than matters, and names it in words', () => {
    const report = compare(frame({ ...stable(N), x: number(N, normal) }), frame({ ...stable(M), x: number(M, () => normal() + 0.5) }));
    expect(report.verdict).to.equal('drift');
    expect(report.recommendation.retrain).to.equal(true);
    expect(report.recommendation.reasons).to.have.length(1);
    expect(report.recommendation.reasons[0]).to.match(/^x has shifted: KS D 0\.\d\d, and from 0\.10 on it matters \(p < 0\.001\)\.$/);
    expect(report.columns.map(({ name, verdict }) => `${name} ${verdict}`)).to.deep.equal(['x drift', 'steady no_drift']);
    expect(columnOf(report, 'x').tests.map(({ name }) => name)).to.deep.equal(['ks', 'psi']);
  });

  it('is no drift when a shift is significant but too small to matter', () => {
    const shifted = (settings: typeof SETTINGS): string =>
      compare(frame({ x: number(100_000, normal) }), frame({ x: number(100_000, () => normal() + 0.05) }), settings).verdict;
    expect(shifted(SETTINGS)).to.equal('no_drift');
    expect(shifted({ ...SETTINGS, minShift: 0.01 })).to.equal('drift');
  });

  it('is insufficient data when a shift that matters could not be seen', () => {
    const report = compare(frame(stable(N)), frame(stable(40)));
    expect(report.verdict).to.equal('insufficient_data');
    expect(report.recommendation.retrain).to.equal(false);
    expect(columnOf(report, 'steady').minimumDetectable).to.be.above(SETTINGS.minShift);
    expect(report.recommendation.reasons[0]).to.match(
      /^Not enough data for 'steady': with 40 rows a shift is seen for certain only from 0\.\d\d on, and 0\.10 would matter\.$/,
    );
  });

  it('is drift for few rows too when the shift is beyond doubt', () => {
    expect(compare(frame(stable(N)), frame({ steady: number(40, () => normal() + 3) })).verdict).to.equal('drift');
  });

  it('is insufficient data without rows', () => {
    const report = compare(frame(stable(N)), frame(stable(0)));
    expect(report.verdict).to.equal('insufficient_data');
    expect(report.findings.map(({ code }) => code)).to.deep.equal(['no_rows']);
    expect(columnOf(report, 'steady').effect).to.equal(null);
  });

  it('is not hidden by one outlier in the reference', () => {
    const report = compare(frame({ x: number(5001, (i) => (i === 0 ? 1e6 : normal())) }), frame({ x: number(M, () => normal() + 2) }));
    expect(report.verdict).to.equal('drift');
    expect(columnOf(report, 'x').effect!.value).to.be.closeTo(0.68, 0.02); // 2Φ(1) − 1
  });

  it('does not grow with the number of rows: V of categories knows shares only', () => {
    const split = (n: number, share: number): Column => category(n, ['a', 'b'], (i) => Number(i >= share * n));
    const effect = (n: number, m: number): number =>
      columnOf(compare(frame({ c: split(n, 0.5) }), frame({ c: split(m, 0.9) })), 'c').effect!.value;
    expect(effect(1000, 1000)).to.be.closeTo(effect(50_000, 1000), 1e-9);
    // √(½ Σ (p − q)²/(p + q)) by hand
    expect(effect(1000, 1000)).to.be.closeTo(Math.sqrt((0.16 / 1.4 + 0.16 / 0.6) / 2), 1e-12);
  });
});

describe('findings', () => {
  it('a column gone 95 % missing is drift, though the survivors look the same', () => {
    const report = compare(
      frame({ ...stable(N), x: number(N, normal) }),
      frame({ ...stable(M), x: number(M, (i) => (i % 20 === 0 ? normal() : NaN)) }),
    );
    expect(columnOf(report, 'x')).to.deep.include({ verdict: 'drift', missing: { reference: 0, current: 0.95 } });
    expect(codes(report, 'x')).to.deep.equal(['missing_rate_changed']);
    expect(report.recommendation.reasons[0]).to.equal('x has shifted: 95.0 % of its values are missing, 0.0 % were in the reference.');
    expect(columnOf(report, 'x').tests.map(({ name }) => name)).to.include('missing_rate');
  });

  it('an empty column is broken: a repair is asked for, no retraining, and the others keep their result', () => {
    const report = compare(frame({ ...stable(N), x: number(N, normal) }), frame({ ...stable(M), x: number(M, () => NaN) }));
    expect(report.verdict).to.equal('drift');
    expect(report.recommendation).to.deep.equal({
      retrain: false,
      reasons: ['x is broken: Every value is missing; in the reference 0.0 % were. Repair the source; retraining does not.'],
    });
    expect(codes(report, 'x')).to.deep.equal(['column_empty']);
    expect(columnOf(report, 'steady').verdict).to.equal('no_drift');
  });

  it('an empty value in a handful of rows proves nothing', () => {
    const report = compare(frame({ x: number(N, normal) }), frame({ x: number(3, () => NaN) }));
    expect(columnOf(report, 'x').verdict).to.equal('insufficient_data');
    expect(codes(report, 'x')).to.deep.equal(['column_empty']);
  });

  it('a column that was always empty disturbs nobody', () => {
    const report = compare(
      frame({ ...stable(N), y: number(N, normal), x: number(N, () => NaN) }),
      frame({ ...stable(M), y: number(M, normal), x: number(M, () => NaN) }),
    );
    expect(columnOf(report, 'x').verdict).to.equal('insufficient_data');
    expect(report.verdict).to.equal('no_drift');
  });

  it('a change of type and an absent column are faults with their own name', () => {
    const report = compare(
      frame({ ...stable(N), x: number(N, normal), y: number(N, normal) }),
      frame({ ...stable(M), x: category(M, ['1', '2'], (i) => i % 2) }),
    );
    expect(codes(report, 'x')).to.deep.equal(['type_changed']);
    expect(codes(report, 'y')).to.deep.equal(['column_missing']);
    expect(columnOf(report, 'y').missing).to.deep.equal({ reference: 0, current: 1 });
    expect(report).to.deep.include({ verdict: 'drift' });
    expect(report.recommendation.retrain).to.equal(false);
  });

  it('a column that the reference lacks is named and not judged', () => {
    const report = compare(frame(stable(N)), frame({ ...stable(M), extra: number(M, normal) }));
    expect(report.verdict).to.equal('no_drift');
    expect(columnOf(report, 'extra').verdict).to.equal('insufficient_data');
    expect(codes(report, 'extra')).to.deep.equal(['column_added']);
  });

  it('new and vanished categories are named with their shares', () => {
    const report = compare(
      frame({ c: category(N, ['a', 'b', 'gone'], (i) => i % 3) }),
      frame({ c: category(M, ['a', 'b', 'new'], (i) => (i % 50 === 0 ? 2 : i % 2)) }),
    );
    const texts = columnOf(report, 'c').findings.map(({ code, text }) => `${code}: ${text}`);
    expect(texts).to.deep.equal([
      "new_categories: 2.0 % of the rows have a category that the reference never had: 'new'.",
      "vanished_categories: 33.3 % of the reference had a category that no row has now: 'gone'.",
    ]);
    expect(columnOf(report, 'c').verdict).to.equal('drift');
  });

  it('a rare category that did not occur by chance has not vanished', () => {
    const report = compare(
      frame({ c: category(N, ['a', 'b', 'rare'], (i) => (i < 4 ? 2 : i % 2)) }),
      frame({ c: category(M, ['a', 'b', 'rare'], (i) => i % 2) }),
    );
    expect(codes(report, 'c')).to.deep.equal([]);
  });

  it('names that objects have by themselves are columns and categories like any other', () => {
    const odd = (n: number): Frame =>
      frame({ constructor: number(n, normal), toString: category(n, ['constructor', '__proto__'], (i) => i % 2) });
    const report = compare(odd(N), odd(M));
    expect(report.verdict).to.equal('no_drift');
    expect(report.columns.map(({ name }) => name)).to.have.members(['constructor', 'toString']);
  });
});

describe('thresholds', () => {
  it('are minShift while the reference has fewer chunks than one alarm in 1/rate', () => {
    const effects = { x: Array.from({ length: 19 }, () => 0.5) };
    expect(thresholds(effects, ['x'], 0.1, 0.05).get('x')).to.deep.equal({ value: 0.1, chunks: null });
  });

  it('are what one more chunk exceeds no more often than is accepted', () => {
    const effects = { x: Array.from({ length: 100 }, (_, i) => (i + 1) / 100) };
    const { value, chunks } = thresholds(effects, ['x'], 0.1, 0.05).get('x')!;
    expect(chunks).to.equal(100);
    // by hand: rank ⌈0.95 × 101⌉ = 96; squares sum to 33.835, so 0.96 is 1.66497 times the rest's √((33.835 − 0.9216)/99), and all stray by √0.33835
    expect(value).to.be.closeTo(0.96847, 1e-5);
  });

  it('are not lost to a column of which one chunk is far from all others', () => {
    const freak = Array.from({ length: 20 }, (_, i) => (i === 7 ? 0.5 : 0));
    const limits = thresholds({ freak, x: Array.from({ length: 20 }, () => 0.2) }, ['freak', 'x'], 0.1, 0.05);
    expect(limits.get('x')!.value).to.be.at.most(0.4);
    expect(limits.get('freak')!.value).to.be.at.most(1);
  });

  it('are never under minShift', () => {
    const effects = { x: Array.from({ length: 100 }, () => 0.05) };
    expect(thresholds(effects, ['x'], 0.1, 0.05).get('x')).to.deep.equal({ value: 0.1, chunks: null });
  });

  it('rise with the columns, so that few chunks alarm in any of them', () => {
    const spread = mulberry32(9);
    const effects = Object.fromEntries(Array.from({ length: 10 }, (_, c) => [`x${c}`, Array.from({ length: 200 }, () => spread())]));
    const limits = thresholds(effects, Object.keys(effects), 0.1, 0.05);
    const alarms = Array.from({ length: 200 }, (_, chunk) =>
      Object.entries(effects).some(([name, e]) => e[chunk]! > limits.get(name)!.value),
    );
    expect(alarms.filter(Boolean).length).to.be.at.most(10);
  });
});

describe('false alarms', () => {
  const columns = Array.from({ length: 10 }, (_, i) => `x${i}`);
  /** Share of windows in which anything alarms although nothing changed. */
  const alarmRate = (reference: Frame, window: () => Frame, windows: number, chunkRows: number): number => {
    const profile = profileFrame(reference, { from: null, to: null, chunkRows });
    let alarms = 0;
    for (let i = 0; i < windows; i++) if (driftReport(profile, window(), SETTINGS).verdict === 'drift') alarms++;
    return alarms / windows;
  };

  for (const rows of [50, 200, 1000]) {
    it(`are rare in windows of ${rows} independent rows and ten columns`, () => {
      const draw = (n: number): Frame => frame(Object.fromEntries(columns.map((name) => [name, number(n, normal)])));
      expect(alarmRate(draw(3000), () => draw(rows), 60, 3000)).to.be.at.most(0.05);
    });
  }

  it('are rare on autocorrelated streams, from whose own chunks the thresholds are learnt', () => {
    const state = columns.map(() => 0);
    const draw = (n: number): Frame =>
      frame(Object.fromEntries(columns.map((name, c) => [name, number(n, () => (state[c] = 0.9 * state[c]! + normal()))])));
    const chunkRows = 100;
    expect(alarmRate(draw(300 * chunkRows), () => draw(chunkRows), 100, chunkRows)).to.be.at.most(0.1);
    expect(
      alarmRate(draw(300 * chunkRows), () => draw(chunkRows), 100, 300 * chunkRows),
      'without calibration',
    ).to.be.above(0.9);
  });
});
