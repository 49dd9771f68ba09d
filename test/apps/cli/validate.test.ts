import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { expect } from 'chai';
import { registerDrift } from '../../../apps/cli/commands/drift.js';
import { registerValidate } from '../../../apps/cli/commands/validate.js';
import { ValidationReport } from '../../../core/validation/report.js';
import { CheckSuite } from '../../../core/validation/suite.js';
import { runCommand, type Said } from '../../support/command.js';
import { tempFolder } from '../../support/fixtures.js';

const ROOT = join(import.meta.dirname, '../../..');
/** Rows of the first half. */
const SPLIT = 17_423;
const WEEK = 336;

const rekindle = (...args: string[]): Promise<Said> =>
  runCommand((program) => {
    registerDrift(program);
    registerValidate(program);
  }, args);

describe('rekindle validate', function () {
  this.timeout(60_000);
  let folder: string;
  let header: string;
  let rows: string[];
  const at = (name: string): string => join(folder, name);
  const file = (name: string, text: string): string => (writeFileSync(at(name), text), at(name));
  const part = (name: string, from: number, to: number): string => file(name, [header, ...rows.slice(from, to), ''].join('\n'));
  const suiteOf = (name: string, ...checks: unknown[]): string => file(name, JSON.stringify({ schema: 'rekindle/check-suite/1', checks }));

  before(async () => {
    folder = tempFolder();
    [header, ...rows] = gunzipSync(readFileSync(join(ROOT, 'examples/electricity/data/electricity.csv.gz')))
      .toString()
      .trim()
      .split('\n') as [string, ...string[]];
    part('before.csv', 0, SPLIT);
    await rekindle('validate', '--suggest', at('before.csv'), '--output', at('checks.json'), '--window', String(WEEK));
  });

  it('suggests a suite that people can read, with a reason for each limit', async () => {
    const { exit, out } = await rekindle('validate', '--suggest', at('before.csv'), '--output', at('again.json'), '--window', String(WEEK));
    expect(exit).to.equal(0);
    expect(out).to.match(/^18 checks from 17,423 rows, written to /);
    expect(out).to.contain(
      '  range of nswdemand: The reference has 0 to 0.935733 in 17,423 values, and a tenth of that width is added at each end;',
    );
    const text = readFileSync(at('again.json'), 'utf8');
    expect(text).to.equal(readFileSync(at('checks.json'), 'utf8'));
    const suite = CheckSuite.parse(JSON.parse(text));
    expect(suite.checks.find(({ check }) => check === 'schema')).to.deep.include({
      columns: {
        timestamp: 'time',
        period: 'number',
        nswprice: 'number',
        nswdemand: 'number',
        vicprice: 'number',
        vicdemand: 'number',
        transfer: 'number',
        class: 'category',
      },
    });
    expect(suite.checks.find((check) => check.check === 'categories')).to.deep.include({ categories: ['DOWN', 'UP'] });
  });

  it('passes weeks of the rows that the suite was suggested from', async () => {
    let failed = 0;
    const starts = Array.from({ length: 12 }, (_, i) => i * 4 * WEEK);
    for (const start of starts) {
      const asOf = rows[start + WEEK - 1]!.split(',')[0]!;
      const { exit } = await rekindle('validate', part('week.csv', start, start + WEEK), '--suite', at('checks.json'), '--as-of', asOf);
      failed += exit;
    }
    expect(failed).to.equal(0);
  });

  it('fails the week in which the Victorian market joined, names what broke and where, and exits with 1', async () => {
    const week = part('joined.csv', SPLIT, SPLIT + WEEK);
    const { exit, out } = await rekindle('validate', week, '--suite', at('checks.json'), '--as-of', '1997-05-12');
    expect(exit).to.equal(1);
    const lines = out.split('\n');
    expect(lines[0]).to.equal(`✖ 3 of 18 checks failed: 336 rows of ${week}`);
    expect(lines[2]).to.match(
      /^✖ range of vicprice: \d+ values of 'vicprice' are not 0\.003467, or no numbers \(\d+\.\d % of 336 rows\); up to 1 may be\.$/,
    );
    expect(lines[3]).to.match(/^ {4}line \d+: '0\.\d+'$/);
    const at3 = Number(/line (\d+)/.exec(lines[3]!)![1]);
    expect(readFileSync(week, 'utf8').split('\n')[at3 - 1]).to.contain(/'(.*)'/.exec(lines[3]!)![1]);
  });

  it('prints one JSON document of the stated shape, and writes JUnit XML', async () => {
    const suite = suiteOf(
      'mixed.json',
      { check: 'range', column: 'nswdemand', max: 0.5, name: 'low <demand>' },
      { check: 'range', column: 'nswdemand', max: 0.5, severity: 'warning', name: 'warns' },
      { check: 'not_null', column: 'class' },
    );
    const { exit, out } = await rekindle('validate', at('before.csv'), '--suite', suite, '--json', '--junit', at('junit.xml'));
    expect(exit).to.equal(1);
    const report = JSON.parse(out);
    expect(ValidationReport.parse(report)).to.deep.equal(report);
    expect(report).to.include({ schema: 'rekindle/validation-report/1', verdict: 'fail', rows: SPLIT });
    const high = rows.slice(0, SPLIT).filter((row) => Number(row.split(',')[3]) > 0.5).length;
    expect(report.checks.map(({ failing }: { failing: number }) => failing)).to.deep.equal([high, high, 0]);
    const xml = readFileSync(at('junit.xml'), 'utf8');
    expect(xml).to.contain('<testsuites tests="3" failures="1" errors="0" skipped="1">');
    expect(xml).to.match(
      /name="low &lt;demand&gt;">\n {6}<failure type="range" message="[\d,]+ values of 'nswdemand' are above 0\.5, or no numbers/,
    );
    expect(xml).to.contain('name="missing values of class"/>');
  });

  it('exits with 0 when only warnings fail, and when allowed failures are not exceeded', async () => {
    const warning = suiteOf('warning.json', { check: 'row_count', max: 1, severity: 'warning' });
    const { exit, out } = await rekindle('validate', at('before.csv'), '--suite', warning);
    expect(exit).to.equal(0);
    expect(out).to.match(/^! 1 check, none failed: 17,423 rows of .* \(1 warning\)\n/);
    const allowed = suiteOf('allowed.json', { check: 'range', column: 'nswdemand', max: 0.5, allow: { share: 0.9 } });
    expect((await rekindle('validate', at('before.csv'), '--suite', allowed)).exit).to.equal(0);
  });

  it('suggests from a stored profile as well, and checks at once when it is given data', async () => {
    await rekindle('drift', 'profile', at('before.csv'), '--output', at('profile.json'));
    const { out } = await rekindle('validate', '--suggest', at('profile.json'), '--json');
    const kinds = CheckSuite.parse(JSON.parse(out)).checks.map(({ check }) => check);
    expect(kinds).to.include.members(['schema', 'row_count', 'range', 'not_null', 'categories']);
    expect((await rekindle('validate', part('week.csv', 0, WEEK), '--suggest', at('profile.json'))).exit).to.equal(0);
    expect((await rekindle('validate', part('week.csv', SPLIT, SPLIT + WEEK), '--suggest', at('profile.json'))).exit).to.equal(1);
  });

  it('prints the suite itself where no file is named', async () => {
    const { out } = await rekindle('validate', '--suggest', at('before.csv'), '--window', String(WEEK));
    expect(out).to.equal(readFileSync(at('checks.json'), 'utf8'));
  });

  it('knows keys: numbers and words that name rows, and no others', async () => {
    const lines = Array.from({ length: 2000 }, (_, i) => `${i + 1},k${i},${(i * 7919) % 1999},${i * 0.37},note ${i}`);
    const { out } = await rekindle('validate', '--suggest', file('keys.csv', ['id,code,group,price,note', ...lines, ''].join('\n')));
    const { checks } = CheckSuite.parse(JSON.parse(out));
    expect(checks.flatMap((check) => (check.check === 'unique' ? [check.columns] : []))).to.deep.equal([['id'], ['code']]);
  });

  it('passes the messy file that a suite was suggested from', async () => {
    const lines = Array.from(
      { length: 400 },
      (_, i) => `${i % 40 === 0 ? 'n.a.' : i % 7},${i % 9 === 0 ? 'NA' : ' ok '},${i % 2 === 0 ? '' : '007'},${(i % 28) + 1}/03/2026`,
    );
    const messy = file('messy.csv', ['\uFEFF n , word ,code, day', ...lines, ''].join('\r\n'));
    await rekindle('validate', '--suggest', messy, '--output', at('messy.json'));
    const { exit, out } = await rekindle('validate', messy, '--suite', at('messy.json'));
    expect(exit, out).to.equal(0);
    expect(out).to.contain('Found').and.to.contain("Column 'n' has numbers, but 10 values are none, such as 'n.a.'");
  });

  it('says what is wrong with a suite, a file, or the way it was called', async () => {
    const suite = suiteOf('bad.json', { check: 'range', colum: 'a' }, { check: 'unique', columns: [] });
    const bad = await rekindle('validate', at('before.csv'), '--suite', suite);
    expect(bad.exit).to.equal(2);
    expect(bad.err).to.contain('✖ CHECK_SUITE_INVALID').and.to.contain('checks[0].column: is missing').and.to.contain('checks[1].columns');
    const cut = await rekindle('validate', at('before.csv'), '--suite', file('cut.json', '{"schema": '));
    expect(cut.exit).to.equal(2);
    expect(cut.err).to.contain('this is no JSON');
    for (const [wrong, about] of [
      [['validate', at('before.csv')], '--suite'],
      [['validate', '--suite', suite], 'which file'],
      [['validate', at('before.csv'), '--suite', suite, '--suggest', at('before.csv')], 'one of them'],
      [['validate', at('nowhere.csv'), '--suite', at('checks.json')], 'no such file'],
    ] as const) {
      const { exit, err } = await rekindle(...wrong);
      expect(exit, wrong.join(' ')).to.equal(2);
      expect(err).to.contain(about);
    }
  });

  it('says what its page in the documentation says', async () => {
    const page = readFileSync(join(ROOT, 'docs/validation.md'), 'utf8');
    const block = (kind: string): string => new RegExp(`\`\`\`${kind}\\n([^]*?)\`\`\``).exec(page)![1]!;
    const orders = file('orders.csv', block('csv'));
    const { exit, out } = await rekindle('validate', orders, '--suite', file('page.json', block('json')), '--as-of', '2026-01-10');
    expect(exit).to.equal(1);
    expect(out.replaceAll(orders, 'orders.csv')).to.equal(block('text'));
  });
});
