import { expect } from 'chai';
import { driftReport } from '../../../core/drift/drift-report.js';
import { DriftReport } from '../../../core/drift/report.js';
import type { Frame } from '../../../core/frame.js';
import { mergeProfiles, profileFrame, type ProfileFrameOptions } from '../../../core/profile/profile-frame.js';
import { Profile } from '../../../core/profile/profile.js';
import { mulberry32 } from '../../../core/statistics/random.js';
import { categories, frame, normals, numbers, SETTINGS } from './frames.js';

const normal = normals(41);
const random = mulberry32(42);
const N = 3000;

/** Two numbers that move together, or not, a third, and a category; each looks the same either way. */
const table = (rows: number, correlation: number): Frame => {
  const x = Array.from({ length: rows }, normal);
  return frame({
    x: numbers(rows, (i) => x[i]!),
    y: numbers(rows, (i) => correlation * x[i]! + Math.sqrt(1 - correlation ** 2) * normal()),
    z: numbers(rows, normal),
    kind: categories(rows, ['a', 'b', 'c'], () => Math.floor(random() * 3)),
  });
};

const profiled = (rows: Frame, options: Partial<ProfileFrameOptions> = {}): Profile =>
  Profile.parse(JSON.parse(JSON.stringify(profileFrame(rows, { from: null, to: null, chunkRows: Infinity, sampleSeed: 1, ...options }))));
const judge = (reference: Profile, current: Frame): DriftReport =>
  DriftReport.parse(JSON.parse(JSON.stringify(driftReport(reference, current, { ...SETTINGS, multivariate: true }))));

describe('columns that change together', () => {
  it('are drift though no column shows it, with a reason that names them', () => {
    const report = judge(profiled(table(N, 0.9)), table(N, 0));
    expect(report.columns.map(({ verdict }) => verdict)).to.deep.equal(['no_drift', 'no_drift', 'no_drift', 'no_drift']);
    expect(report.verdict).to.equal('drift');
    expect(report.recommendation.retrain).to.equal(true);
    expect(report.recommendation.reasons).to.have.length(1);
    expect(report.recommendation.reasons[0]).to.match(
      /^Taken together, the columns have changed: a learner tells current rows from those of the reference with an AUC of 0\.\d\d, and from 0\.55 on it matters \(p < 0\.001\), mostly by '[xy]', '[xy]', /,
    );
    const [test] = report.tests!;
    expect(test).to.deep.include({ name: 'domain_classifier', verdict: 'drift', threshold: 0.55 });
    expect(test!.contributions.slice(0, 2).map(({ column }) => column)).to.have.members(['x', 'y']);
  });

  it('are not tested unless that is asked for, and no alarm when nothing has changed', () => {
    const reference = profiled(table(N, 0.9));
    expect(driftReport(reference, table(N, 0), SETTINGS).verdict).to.equal('no_drift');
    expect(driftReport(reference, table(N, 0), SETTINGS)).not.to.have.property('tests');
    const same = judge(reference, table(N, 0.9));
    expect(same.verdict).to.equal('no_drift');
    expect(same.tests![0]!.verdict).to.equal('no_drift');
  });

  it('cannot be judged from a reference without rows, nor from too few', () => {
    const { sample: _, ...without } = profiled(table(N, 0.9));
    const report = judge(without, table(N, 0));
    expect(report.findings).to.deep.equal([
      { code: 'multivariate_untested', text: 'The columns were not tested together: the reference keeps no rows.' },
    ]);
    expect(judge(profiled(table(N, 0.9)), table(20, 0)).findings.map(({ text }) => text)).to.deep.equal([
      'The columns were not tested together: a side has fewer than 50 rows.',
    ]);
    expect(judge(profiled(table(N, 0.9)), table(60, 0.9)).tests![0]!.verdict).to.equal('insufficient_data');
  });

  it('decide nothing on a stream whose rows resemble their neighbours', () => {
    let state = 0;
    const slow = (rows: number): Frame => frame({ x: numbers(rows, () => (state = 0.99 * state + normal())), y: numbers(rows, normal) });
    const reference = profiled(slow(30_000), { chunkRows: 300 });
    const report = judge(reference, slow(300));
    expect(report.tests![0]!.statistic).to.be.above(0.55);
    expect(report.tests![0]!.verdict).to.equal('insufficient_data');
    expect(report.tests![0]!.text).to.contain('rows of this stream resemble their neighbours');
  });
});

describe('the sample of a profile', () => {
  const rows = (n: number, offset: number): Frame =>
    frame({ x: numbers(n, (i) => offset + i), c: categories(n, ['even', 'odd'], (i) => (offset + i) % 2) });

  it('holds whole rows, each at most once, and no more than 2,000', () => {
    const { sample } = profiled(rows(5000, 0));
    expect(sample!.rows).to.equal(2000);
    const x = sample!.columns['x'] as number[];
    expect(new Set(x).size).to.equal(2000);
    expect(sample!.columns['c']).to.deep.equal(x.map((value) => (value % 2 === 0 ? 'even' : 'odd')));
    expect(Math.abs(x.reduce((sum, value) => sum + value, 0) / 2000 - 2499.5)).to.be.below(150);
  });

  it('merges into one in which each part has its share', () => {
    const merged = mergeProfiles(profiled(rows(9000, 0)), profiled(rows(1000, 9000)));
    const x = merged.sample!.columns['x'] as number[];
    expect(merged.sample!.rows).to.equal(2000);
    expect(new Set(x).size).to.equal(2000);
    expect(x.filter((value) => value >= 9000)).to.have.length(200);
    expect(merged.sample!.columns['c']).to.deep.equal(x.map((value) => (value % 2 === 0 ? 'even' : 'odd')));
    const small = mergeProfiles(profiled(rows(30, 0)), profiled(rows(20, 30)));
    expect([...(small.sample!.columns['x'] as number[])].sort((a, b) => a - b)).to.deep.equal(Array.from({ length: 50 }, (_, i) => i));
  });

  it('is of the same rows in tables that are profiled some columns at a time', () => {
    const whole = rows(5000, 0);
    const [x, c] = [profiled(frame({ x: whole.columns['x']! })), profiled(frame({ c: whole.columns['c']! }))];
    expect({ ...x.sample!.columns, ...c.sample!.columns }).to.deep.equal(profiled(whole).sample!.columns);
  });
});
