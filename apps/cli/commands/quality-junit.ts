/** A quality report as JUnit XML: a test for each bound that was asked for, the metrics as properties. */
import { kebabCase } from '../../../core/quality/checks.js';
import type { QualityCheck, QualityReport } from '../../../core/quality/report.js';
import { escaped } from './drift-junit.js';

const testCase = ({ metric, rule, threshold, verdict, reason }: QualityCheck): string => {
  const name = `${kebabCase(metric)} at ${rule === 'min' ? 'least' : 'most'} ${threshold}`;
  const open = `    <testcase classname="rekindle.quality" name="${escaped(name)}"`;
  // what cannot be measured has not been shown to be good
  return verdict === 'pass' ? `${open}/>` : `${open}>\n      <failure type="${verdict}" message="${escaped(reason)}"/>\n    </testcase>`;
};

/** @param name of the suite, such as the file that was measured */
export const qualityJunit = ({ metrics, checks, findings }: QualityReport, name: string): string => {
  const failures = checks.filter(({ verdict }) => verdict !== 'pass').length;
  const counts = `tests="${checks.length}" failures="${failures}" errors="0" skipped="0"`;
  const { whyNull, ...values } = metrics;
  const properties = Object.entries(values).map(
    ([metric, value]) =>
      `      <property name="${kebabCase(metric)}" value="${escaped(value === null ? `undefined: ${whyNull[metric] ?? ''}` : String(value))}"/>`,
  );
  const said = findings.map(({ text, file, line }) => `${file ?? ''}${line === undefined ? '' : `:${line}`} ${text}`.trim());
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites ${counts}>`,
    `  <testsuite name="${escaped(name)}" ${counts}>`,
    '    <properties>',
    ...properties,
    '    </properties>',
    ...checks.map(testCase),
    `    <system-out>${said.map(escaped).join('\n')}</system-out>`,
    '  </testsuite>',
    '</testsuites>',
    '',
  ].join('\n');
};
