import { spawn } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { expect } from 'chai';
import { registerDrift } from '../../../apps/cli/commands/drift.js';
import { registerQuality } from '../../../apps/cli/commands/quality.js';
import { DriftReport } from '../../../core/drift/report.js';
import { runCommand, type Said } from '../../support/command.js';
import { tempFolder } from '../../support/fixtures.js';

const ROOT = join(import.meta.dirname, '../../..');
/** Rows of the first half. */
const SPLIT = 17_423;

const rekindle = (...args: string[]): Promise<Said> =>
  runCommand((program) => {
    registerDrift(program);
    registerQuality(program);
  }, args);

const namesOf = ({ columns }: DriftReport): string[] => columns.map(({ name }) => name);

describe('rekindle drift', function () {
  this.timeout(60_000);
  let folder: string;
  let reference: string;
  let current: string;
  const at = (name: string): string => join(folder, name);
  const file = (name: string, text: string): string => (writeFileSync(at(name), text), at(name));
  const json = async (...args: string[]): Promise<any> => JSON.parse((await rekindle(...args, '--json')).out);

  before(() => {
    folder = tempFolder();
    const [header, ...rows] = gunzipSync(readFileSync(join(ROOT, 'examples/electricity/data/electricity.csv.gz')))
      .toString()
      .trim()
      .split('\n');
    reference = file('before.csv', [header, ...rows.slice(0, SPLIT), ''].join('\n'));
    current = file('after.csv', [header, ...rows.slice(SPLIT), ''].join('\n'));
  });

  it('tells the halves of the electricity data apart, the answer first', async () => {
    const { exit, out } = await rekindle('drift', 'compare', reference, current);
    expect(exit).to.equal(0);
    const lines = out.split('\n');
    expect(lines[0]).to.equal('✖ Drift in 5 of 8 columns: 27,889 rows against 17,423 rows');
    expect(lines[1]).to.equal('Retrain: yes');
    expect(lines[2]).to.match(/^ {2}transfer has shifted: KS D 0\.76/);
    expect(out.indexOf('✖ transfer')).to.be.lessThan(out.indexOf('✔ period'));
  });

  it('prints one JSON document of the stated shape', async () => {
    const { exit, out } = await rekindle('drift', 'compare', reference, current, '--json');
    expect(exit).to.equal(0);
    const report = JSON.parse(out);
    expect(DriftReport.parse(report)).to.deep.equal(report);
    expect(report).to.include.all.keys('schema', 'verdict', 'recommendation', 'reference', 'current', 'columns', 'findings', 'rootCauses');
    expect(report).to.deep.include({
      schema: 'rekindle/drift-report/1',
      verdict: 'drift',
      reference: { rows: 17_423 },
      current: { rows: 27_889 },
    });
    expect(report.columns).to.have.lengthOf(8);
    // scipy.stats.ks_2samp(before, after).statistic
    const expected = {
      nswprice: 0.5071437512383851,
      nswdemand: 0.12057034087216567,
      transfer: 0.7649252393416759,
      period: 9.130908132881643e-5,
    };
    for (const [column, d] of Object.entries(expected)) {
      const { effect } = report.columns.find(({ name }: { name: string }) => name === column);
      expect(effect, column).to.include({ name: 'ks_d', threshold: 0.1 });
      // the profile of the reference keeps 4,096 points of a column
      expect(effect.value, column).to.be.closeTo(d, 0.00025);
    }
  });

  it('exits with 1 on drift only when it is asked to', async () => {
    expect((await rekindle('drift', 'compare', reference, current, '--fail-on-drift')).exit).to.equal(1);
    expect((await rekindle('drift', 'compare', reference, reference, '--fail-on-drift')).exit).to.equal(0);
  });

  it('compares the columns that are named, and refuses others', async () => {
    const report = await json('drift', 'compare', reference, current, '--columns', 'period, class');
    expect(namesOf(report)).to.have.members(['period', 'class']);
    expect(report.verdict).to.equal('no_drift');
    const { exit, err } = await rekindle('drift', 'compare', reference, current, '--columns', 'price');
    expect(exit).to.equal(2);
    expect(err).to.contain("'price'").and.to.contain('nswprice');
  });

  it('takes a smaller effect for large enough when told to', async () => {
    const shifted = async (...options: string[]): Promise<string> =>
      String((await json('drift', 'compare', reference, current, '--columns', 'nswdemand', ...options)).verdict);
    expect(await shifted('--min-shift', '0.1')).to.equal('drift');
    expect(await shifted('--min-shift', '0.2')).to.equal('no_drift');
    for (const wrong of [
      ['--min-shift', '2'],
      ['--false-alarm-rate', '0'],
    ])
      expect(await rekindle('drift', 'compare', reference, current, ...wrong).catch(({ code }: { code: string }) => code)).to.equal(
        'commander.invalidArgument',
      );
  });

  it('answers the same from a saved profile as from the rows', async () => {
    const rows = await json('drift', 'compare', reference, current, '--save-profile', at('saved.json'));
    expect(await json('drift', 'compare', at('saved.json'), current)).to.deep.equal(rows);
    await rekindle('drift', 'profile', reference, '--output', at('made.json'));
    expect(JSON.parse(readFileSync(at('made.json'), 'utf8')).columns).to.deep.equal(
      JSON.parse(readFileSync(at('saved.json'), 'utf8')).columns,
    );
    const { exit, err } = await rekindle(
      'drift',
      'compare',
      file('broken.json', '{"schema": "rekindle/profile/1", "rows": "many"}'),
      current,
    );
    expect(exit).to.equal(2);
    expect(err).to.contain('PROFILE_INVALID');
  });

  it('says in the words of a profile what a file holds', async () => {
    const { out } = await rekindle('drift', 'profile', reference);
    expect(out).to.match(/^17,423 rows\n/);
    expect(out).to.match(/class +category +0\.0 % +2 different: DOWN \d+\.\d %, UP/);
  });

  it('writes JUnit XML with a test for each column', async () => {
    await rekindle('drift', 'compare', reference, current, '--junit', at('drift.xml'));
    const xml = readFileSync(at('drift.xml'), 'utf8');
    expect(xml).to.contain('tests="8" failures="5" errors="0" skipped="1"');
    expect(xml.match(/<testcase /g)).to.have.lengthOf(8);
    expect(xml).to.match(/name="transfer">\s*<failure type="drift" message="KS D 0\.76/);
    const odd = file('odd.csv', 'a<b&"c"\n1\n');
    await rekindle('drift', 'compare', odd, odd, '--junit', at('odd.xml'));
    expect(readFileSync(at('odd.xml'), 'utf8')).to.contain('name="a&lt;b&amp;');
  });

  it('writes the report for people as HTML', async () => {
    await rekindle('drift', 'compare', reference, current, '--html', at('drift.html'));
    const page = readFileSync(at('drift.html'), 'utf8');
    expect(page).to.match(/^<!doctype html>/);
    expect(page).to.contain('transfer').and.to.contain('<svg');
    expect(page.length).to.be.lessThan(300_000);
  });

  it('names the file and the remedy of what cannot be read', async () => {
    const { exit, out, err } = await rekindle('drift', 'compare', reference, at('gone.csv'), '--json');
    expect(exit).to.equal(2);
    expect(JSON.parse(out).error).to.include({ code: 'FILE_NOT_FOUND' });
    expect(err).to.contain('gone.csv').and.to.contain('→');
  });

  it('needs no project: it runs in an empty folder, and leaves it empty', async () => {
    const empty = tempFolder();
    const loader = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
    const child = spawn(process.execPath, ['--import', loader, join(ROOT, 'apps/cli/main.ts'), 'drift', 'compare', reference, current], {
      cwd: empty,
      env: { ...process.env, TEMPORAL_ADDRESS: '127.0.0.1:1' },
    });
    let out = '';
    child.stdout.on('data', (chunk) => (out += String(chunk)));
    const exit = await new Promise((done) => child.on('close', done));
    expect(exit).to.equal(0);
    expect(out).to.match(/^✖ Drift in 5 of 8 columns/);
    expect(readdirSync(empty)).to.deep.equal([]);
  });

  describe('rekindle quality evaluate', () => {
    /** scikit-learn's own example of `roc_auc_score`: 0.75 */
    const text = 'class,score\n0,0.1\n0,0.4\n1,0.35\n1,0.8\n';

    it('measures predictions', async () => {
      const report = await json('quality', 'evaluate', file('predictions.csv', text), '--target', 'class', '--score', 'score');
      expect(report).to.include({ schema: 'rekindle/quality-report/1', kind: 'binary', rows: 4, labelled: 4, positive: '1' });
      expect(report.metrics).to.include({ rocAuc: 0.75, incorrect: 1, precision: 1, recall: 0.5, tp: 1, fp: 0, fn: 1, tn: 2 });
      const { out } = await rekindle('quality', 'evaluate', at('predictions.csv'), '--target', 'class', '--score', 'score');
      expect(out).to.match(/^1 of 4 predictions are wrong/);
      expect(out).to.match(/ROC AUC +0\.7500/);
    });

    it('asks which class is positive when the words do not say it', async () => {
      const path = file('updown.csv', text.replaceAll(/^1/gm, 'UP').replaceAll(/^0/gm, 'DOWN'));
      const { exit, err } = await rekindle('quality', 'evaluate', path, '--target', 'class', '--score', 'score');
      expect(exit).to.equal(2);
      expect(err).to.contain('--positive').and.to.contain("'DOWN'");
      expect(
        (await json('quality', 'evaluate', path, '--target', 'class', '--score', 'score', '--positive', 'UP')).metrics.rocAuc,
      ).to.equal(0.75);
    });

    it('leaves out what has no label or no score, and says how many', async () => {
      const report = await json('quality', 'evaluate', file('gaps.csv', `${text},0.9\n1,\n1,x\n`), '--target', 'class', '--score', 'score');
      expect(report).to.include({ rows: 7, labelled: 4 });
      expect(report.metrics.rocAuc).to.equal(0.75);
      expect(report.findings.map(({ code }: { code: string }) => code)).to.include('rows_without_label_or_score');
    });

    it('says why a metric has no value', async () => {
      const report = await json(
        'quality',
        'evaluate',
        file('one.csv', 'class,score\n1,0.9\n1,0.2\n'),
        '--target',
        'class',
        '--score',
        'score',
      );
      expect(report.metrics.rocAuc).to.equal(null);
      expect(report.metrics.whyNull.rocAuc).to.equal('only one class is present');
    });
  });
});
