/** A validation report as JUnit XML: a test for each check, which CI servers show. */
import type { CheckResult, ValidationReport } from '../../../core/validation/report.js';
import { escaped } from './drift-junit.js';

const placesOf = ({ examples }: CheckResult): string =>
  examples
    .map(({ value, row, line }) => `${line !== null ? `line ${line}: ` : row !== null ? `row ${row}: ` : ''}${value ?? 'nothing'}`)
    .join('\n');

/** A check that only warns is skipped with its message: CI stays green, and shows it. */
const testCase = (check: CheckResult): string => {
  const open = `    <testcase classname="rekindle.validation" name="${escaped(check.name)}"`;
  const message = escaped(check.text);
  if (check.verdict === 'pass') return `${open}/>`;
  if (check.verdict === 'fail' && check.severity === 'error')
    return `${open}>\n      <failure type="${escaped(check.check)}" message="${message}">${escaped(placesOf(check))}</failure>\n    </testcase>`;
  return `${open}>\n      <skipped message="${message}"/>\n    </testcase>`;
};

/** @param name of the suite, such as the file that was checked */
export const validationJunit = ({ checks, findings }: ValidationReport, name: string): string => {
  const failures = checks.filter(({ verdict, severity }) => verdict === 'fail' && severity === 'error').length;
  const skipped = checks.filter(({ verdict }) => verdict !== 'pass').length - failures;
  const counts = `tests="${checks.length}" failures="${failures}" errors="0" skipped="${skipped}"`;
  const said = findings.map(({ text, file, line }) => `${file ?? ''}${line === undefined ? '' : `:${line}`} ${text}`.trim());
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites ${counts}>`,
    `  <testsuite name="${escaped(name)}" ${counts}>`,
    ...checks.map(testCase),
    `    <system-out>${said.map((line) => escaped(line)).join('\n')}</system-out>`,
    '  </testsuite>',
    '</testsuites>',
    '',
  ].join('\n');
};
