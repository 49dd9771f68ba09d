/** The binary on each kind of messy file: what a user is told, and what the shell gets. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execFile } from 'node:child_process';
import { expect } from 'chai';
import { DriftReport } from '../../core/drift/report.js';
import { tempFolder } from '../support/fixtures.js';
import { build } from './command.js';

const COMMAND = new URL('../../dist/apps/cli/main.js', import.meta.url).pathname;
const ROWS = 1000;

interface Case {
  readonly name: string;
  /** the current file; a column `good` in it must keep its result */
  readonly text: string | Buffer;
  /** codes that must be among the findings of the file or of its columns */
  readonly findings?: readonly string[];
  /** `no_drift` unless given */
  readonly verdict?: DriftReport['verdict'];
  /** of the column beside `good`, where there is one */
  readonly x?: DriftReport['verdict'];
  readonly reference?: string;
  /** what the error says when the file is refused with exit code 2 */
  readonly refused?: RegExp;
}

/** In no order, and the same for both sides. */
const good = (i: number): number => (i * 7919) % 1009;

const csv = (header: string, cell: (i: number) => string, rows = ROWS): string =>
  `${header}\n${Array.from({ length: rows }, (_, i) => `${cell(i)}\n`).join('')}`;

const withX = (cell: (i: number) => string, name = 'x'): string => csv(`${name},good`, (i) => `${cell(i)},${good(i)}`);
const PLAIN = withX((i) => String(good(i)));
const kinds = (name: (i: number) => string): string => withX(name);

const CASES: readonly Case[] = [
  { name: 'an empty file', text: '', refused: /current\.csv, line 1.*empty/s },
  { name: 'a header only', text: 'x,good\n', verdict: 'insufficient_data', x: 'insufficient_data', findings: ['no_rows'] },
  { name: 'ragged rows', text: PLAIN.replace('\n', '\n1\n1,2,3\n'), findings: ['ragged_rows'] },
  {
    name: 'quoted newlines',
    text: kinds((i) => `"line ${i % 3}\nand ""another"""`),
    reference: kinds((i) => `"line ${i % 3}\nand ""another"""`),
  },
  { name: 'CRLF', text: PLAIN.replaceAll('\n', '\r\n') },
  { name: 'a byte order mark', text: `\uFEFF${PLAIN}`, findings: ['byte_order_mark'] },
  {
    name: 'Latin-1',
    text: Buffer.from(
      kinds((i) => ['Köln', 'Graz'][i % 2]!),
      'latin1',
    ),
    reference: kinds((i) => ['Köln', 'Graz'][i % 2]!),
    findings: ['encoding'],
  },
  { name: 'NULL and NA', text: withX((i) => (i < 2 ? ['NULL', 'NA'][i]! : String(good(i)))), findings: ['missing_words'] },
  { name: 'padded cells and names', text: withX((i) => `  ${good(i)} `, ' x '), findings: ['header_trimmed', 'cells_trimmed'] },
  {
    name: 'ids of 18 digits, which differ by one',
    text: withX(() => '123456789012345679'),
    reference: withX(() => '123456789012345678'),
    verdict: 'drift',
    x: 'drift',
    findings: ['long_integers', 'new_categories'],
  },
  { name: 'a constant column', text: withX(() => '5'), reference: withX(() => '5'), findings: ['constant'] },
  { name: 'a column without values', text: withX(() => ''), verdict: 'drift', x: 'drift', findings: ['column_empty'] },
  {
    name: '200,000 distinct categories',
    text: csv('x,good', (i) => `new-${i},${good(i)}`, 200_000),
    reference: csv('x,good', (i) => `old-${i},${good(i)}`, 200_000),
    findings: ['identifier', 'many_categories'],
  },
  { name: 'mixed types', text: withX((i) => (i === 41 ? 'broken' : String(good(i)))), findings: ['mixed_types'] },
  {
    name: 'dates with the day first',
    text: withX((i) => `${String((i % 28) + 1).padStart(2, '0')}/02/2024`),
    reference: withX((i) => `2024-02-${String((i % 28) + 1).padStart(2, '0')}`),
    x: 'insufficient_data', // times are not compared
    verdict: 'no_drift',
    findings: ['time_not_compared'],
  },
  {
    name: 'infinite values',
    text: withX((i) => (i === 7 ? 'inf' : i === 8 ? '-Infinity' : String(good(i)))),
    findings: ['infinite_values'],
  },
  {
    name: 'names that are empty or there twice',
    text: csv('x,,x,good', (i) => `${good(i)},1,2,${good(i)}`),
    findings: ['header_empty', 'header_duplicate', 'column_added'],
  },
  {
    name: 'columns on one side only',
    text: withX((i) => String(good(i)), 'y'),
    verdict: 'drift',
    x: 'drift',
    findings: ['column_missing', 'column_added'],
  },
  { name: 'a quote that never closes', text: PLAIN.replace('\n', '\n"1,'), refused: /current\.csv.*line 2/s },
];

describe('rekindle drift compare, as installed', function () {
  this.timeout(120_000);
  before(async function () {
    this.timeout(180_000);
    await build();
  });

  const run = (...args: string[]): Promise<{ code: number; stdout: string }> =>
    new Promise((done) => {
      execFile(process.execPath, [COMMAND, 'drift', 'compare', ...args], { maxBuffer: 2 ** 26 }, (error, stdout) =>
        done({ code: error === null ? 0 : Number(error.code), stdout }),
      );
    });

  for (const { name, text, findings = [], verdict = 'no_drift', x = 'no_drift', reference = PLAIN, refused } of CASES)
    it(refused ? `refuses ${name}` : `takes ${name}`, async () => {
      const folder = tempFolder();
      const [before, now] = [join(folder, 'reference.csv'), join(folder, 'current.csv')];
      writeFileSync(before, reference);
      writeFileSync(now, text);
      const { code, stdout } = await run(before, now, '--json', '--fail-on-drift');
      if (refused) {
        const { error } = JSON.parse(stdout) as { error: { message: string; remedy: string } };
        expect(code).to.equal(2);
        expect(error.message).to.match(refused);
        expect(error.remedy).to.match(/file/);
        return;
      }
      const report = DriftReport.parse(JSON.parse(stdout));
      expect({ verdict: report.verdict, code }).to.deep.equal({ verdict, code: verdict === 'drift' ? 1 : 0 });
      const verdictOf = (column: string): string | undefined => report.columns.find((each) => each.name === column)?.verdict;
      expect(verdictOf('x')).to.equal(x);
      if (report.current.rows > 0) expect(verdictOf('good')).to.equal('no_drift');
      const said = [...report.findings, ...report.columns.flatMap((column) => column.findings)].map((finding) => finding.code);
      expect(said).to.include.members([...findings]);
      const placed = report.findings.filter(({ line }) => line !== undefined);
      for (const finding of placed) expect(finding.file).to.be.oneOf([before, now]);
    });
});
