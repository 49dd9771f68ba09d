/** The real stream: the Victorian market joins in the week of 1997-05-06, and nothing else happens before it. */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { expect } from 'chai';
import { driftReport } from '../../../core/drift/drift-report.js';
import { DriftReport } from '../../../core/drift/report.js';
import type { Column, Frame } from '../../../core/frame.js';
import { profileFrame } from '../../../core/profile/profile-frame.js';
import { Profile } from '../../../core/profile/profile.js';

const NUMBERS = ['nswdemand', 'vicprice', 'vicdemand', 'transfer', 'period'];
const WEEKDAYS = ['0', '1', '2', '3', '4', '5', '6'];
const WEEK_ROWS = 336;

const [header, ...lines] = gunzipSync(readFileSync(new URL('../../../examples/electricity/data/electricity.csv.gz', import.meta.url)))
  .toString()
  .trim()
  .split('\n');
const rows = lines.map((line) => line.split(','));
const at = (name: string): number => header!.split(',').indexOf(name);

/** Rows from one midnight until another, or every n-th of them. */
const between = (from: string, to: string, nth = 1): Frame => {
  const taken = rows.filter((row) => row[at('timestamp')]! >= from && row[at('timestamp')]! < to).filter((_, i) => i % nth === 0);
  const numbers = NUMBERS.map((name): [string, Column] => [
    name,
    { type: 'number', values: Float64Array.from(taken, (row) => Number(row[at(name)])) },
  ]);
  const codes = Int32Array.from(taken, (row) => new Date(`${row[at('timestamp')]}Z`).getUTCDay());
  return { rows: taken.length, columns: { ...Object.fromEntries(numbers), weekday: { type: 'category', codes, categories: WEEKDAYS } } };
};

describe('drift of the electricity stream against 48 weeks of it', () => {
  const settings = { minShift: 0.2, falseAlarmRate: 0.05 };
  let reference: Profile;

  before(() => {
    const training = between('1996-05-07', '1997-04-08');
    expect(training.rows).to.equal(48 * WEEK_ROWS);
    // as it comes back from the object store
    reference = Profile.parse(
      JSON.parse(JSON.stringify(profileFrame(training, { from: '1996-05-07', to: '1997-04-08', chunkRows: WEEK_ROWS }))),
    );
  });

  const weekOf = (from: string, to: string): DriftReport => DriftReport.parse(driftReport(reference, between(from, to), settings));
  const column = (report: DriftReport, name: string): DriftReport['columns'][number] => report.columns.find((c) => c.name === name)!;

  for (const [from, to, largest] of [
    ['1997-04-22', '1997-04-29', 0.1626],
    ['1997-04-29', '1997-05-06', 0.1429],
  ] as const) {
    it(`is quiet in the week of ${from}`, () => {
      const report = weekOf(from, to);
      expect(report.verdict).to.equal('no_drift');
      expect(report.recommendation.retrain).to.equal(false);
      // scipy.stats.ks_2samp(method='asymp').statistic
      expect(Math.max(...report.columns.map(({ effect }) => effect!.value))).to.be.closeTo(largest, 3e-4);
      for (const { verdict } of report.columns) expect(verdict).to.equal('no_drift');
    });
  }

  it('has drifted in the week of 1997-05-06, transfer most of all', () => {
    const report = weekOf('1997-05-06', '1997-05-13');
    expect(report.verdict).to.equal('drift');
    expect(report.recommendation.retrain).to.equal(true);
    expect(report.recommendation.reasons[0]).to.match(/^transfer has shifted: KS D 0\.99/);
    expect(report.columns.slice(0, 3).map(({ name, verdict }) => [name, verdict])).to.deep.equal([
      ['transfer', 'drift'],
      ['vicprice', 'drift'],
      ['vicdemand', 'drift'],
    ]);
    // scipy.stats.ks_2samp(method='asymp').statistic
    for (const [name, d] of Object.entries({ transfer: 0.9911, vicprice: 0.7619, vicdemand: 0.5298, nswdemand: 0.146, period: 0 })) {
      expect(column(report, name).effect!.value, name).to.be.closeTo(d, 3e-4);
    }
    expect(column(report, 'weekday').effect!.value).to.equal(0);
  });

  it('learns from the chunks that demand is seasonal, and leaves minShift to the constant columns', () => {
    const report = weekOf('1997-05-06', '1997-05-13');
    // second largest of 48 values of scipy.stats.ks_2samp(chunk, rest, method='asymp').statistic, 0.4704: of one more chunk, 2 in 49 are as
    // far; times √(mean of all squares / mean of those of the others) = 1.0313 by numpy
    expect(column(report, 'nswdemand').effect!.threshold).to.be.closeTo(0.4851, 1e-3);
    expect(column(report, 'nswdemand').findings.map(({ code }) => code)).to.deep.equal(['threshold_calibrated']);
    for (const name of ['transfer', 'vicprice', 'vicdemand', 'period', 'weekday']) {
      expect(column(report, name).effect!.threshold, name).to.equal(0.2);
    }
  });

  it('keeps a profile of modest size with a stated bound', () => {
    expect(JSON.stringify(reference).length).to.be.below(150_000);
    const demand = reference.columns['nswdemand']!;
    expect(demand).to.have.property('bound').that.is.within(0, 0.0003);
  });

  it('says that a dozen rows are too few to know', () => {
    const report = driftReport(reference, between('1997-04-22', '1997-04-29', 29), settings);
    expect(report.current.rows).to.equal(12);
    expect(report.verdict).to.equal('insufficient_data');
    expect(report.recommendation.reasons[0]).to.match(/^Not enough data/);
  });
});
