/** A validation report for people: the answer first, then what failed, with where it is. */
import type { Finding } from '../../../core/drift/report.js';
import type { CheckResult, Example, ValidationReport } from '../../../core/validation/report.js';
import { namesOf, type CheckSuite } from '../../../core/validation/suite.js';

const MARKS = { pass: '✔', fail: '✖', not_run: '?' } as const;
const WARNING = '!';

const markOf = ({ verdict, severity }: CheckResult): string => (verdict === 'fail' && severity === 'warning' ? WARNING : MARKS[verdict]);

/** Checks that hold are one line each; of more than this only their number is said. */
const MOST_GOOD = 40;

const count = (n: number, one: string): string => `${n.toLocaleString('en-US')} ${one}${n === 1 ? '' : 's'}`;

const SHORT = 120;
const short = (text: string): string => (text.length > SHORT ? `${text.slice(0, SHORT - 1)}…` : text);

const place = ({ line, row }: Example): string => (line !== null ? `line ${line}: ` : row !== null ? `row ${row}: ` : '');
const exampleText = (example: Example): string =>
  `${place(example)}${example.value === null ? 'nothing' : example.row === null ? short(example.value) : `'${short(example.value)}'`}`;

const checkLines = (check: CheckResult): string[] => [
  `${markOf(check)} ${check.name}: ${check.text}`,
  ...(check.verdict === 'fail' ? check.examples.map((example) => `    ${exampleText(example)}`) : []),
];

const headOf = ({ verdict, rows, checks }: ValidationReport, file: string): string => {
  const failed = checks.filter((check) => check.verdict === 'fail' && check.severity === 'error').length;
  const warned = checks.filter((check) => check.verdict === 'fail' && check.severity === 'warning').length;
  const idle = checks.filter((check) => check.verdict === 'not_run').length;
  const also = [...(warned === 0 ? [] : [count(warned, 'warning')]), ...(idle === 0 ? [] : [`${idle} not run`])];
  const of = `${count(rows, 'row')} of ${file}${also.length === 0 ? '' : ` (${also.join(', ')})`}`;
  if (verdict === 'fail') return `✖ ${failed} of ${count(checks.length, 'check')} failed: ${of}`;
  return `${verdict === 'pass' ? '✔' : WARNING} ${count(checks.length, 'check')}, none failed: ${of}`;
};

const findingLine = ({ text, file, line }: Finding): string =>
  `  ${file === undefined ? '' : `${file}${line === undefined ? '' : `:${line}`}: `}${text}`;

const found = (findings: readonly Finding[]): string[] => (findings.length === 0 ? [] : ['', 'Found', ...findings.map(findingLine)]);

/** @param file that was checked */
export const validationText = (report: ValidationReport, file: string): string => {
  const bad = report.checks.filter(({ verdict }) => verdict !== 'pass');
  const good = report.checks.filter(({ verdict }) => verdict === 'pass');
  const shown = good.slice(0, MOST_GOOD);
  return [
    headOf(report, file),
    ...(report.checks.length === 0 ? [] : ['']),
    ...bad.flatMap(checkLines),
    ...shown.flatMap(checkLines),
    ...(good.length > shown.length ? [`… and ${good.length - shown.length} more that hold: see --json.`] : []),
    ...found(report.findings),
  ].join('\n');
};

/** @param output where it was written */
export const suggestedText = ({ checks }: CheckSuite, rows: number, findings: readonly Finding[], output: string): string => {
  const names = namesOf(checks);
  return [
    `${count(checks.length, 'check')} from ${count(rows, 'row')}, written to ${output}`,
    '',
    ...checks.map(({ why }, i) => `  ${names[i]}${why === undefined ? '' : `: ${why}`}`),
    ...found(findings),
  ].join('\n');
};
