/** A drift report as JUnit XML: a test for each column, which CI servers show. */
import type { ColumnReport, DriftReport } from '../../../core/drift/report.js';
import { EFFECT_NAMES, effectText } from '../../../core/drift/text.js';

/** XML 1.0 has no place for most control characters, escaped or not. */
const UNWRITABLE =
  /[\u0000-\u0008\u000B\u000C\u000E-\u001F\uFFFE\uFFFF]|[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/g;

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '\n': '&#10;',
  '\r': '&#13;',
  '\t': '&#9;',
};

/** Text as it stands in an attribute or an element. */
export const escaped = (text: string): string =>
  text.replaceAll(UNWRITABLE, '\uFFFD').replaceAll(/[&<>"\n\r\t]/g, (char) => ENTITIES[char]!);

const messageOf = ({ effect, findings }: ColumnReport): string =>
  [
    ...(effect === null
      ? []
      : [`${EFFECT_NAMES[effect.name] ?? effect.name} ${effectText(effect.value)}, matters from ${effectText(effect.threshold)}.`]),
    ...findings.map(({ text }) => text),
  ].join(' ');

const testCase = (column: ColumnReport): string => {
  const open = `    <testcase classname="rekindle.drift" name="${escaped(column.name)}"`;
  const message = escaped(messageOf(column));
  switch (column.verdict) {
    case 'drift':
      return `${open}>\n      <failure type="drift" message="${message}"/>\n    </testcase>`;
    case 'insufficient_data':
      return `${open}>\n      <skipped message="${message}"/>\n    </testcase>`;
    default:
      return `${open}/>`;
  }
};

/** @param name of the suite, such as the files that were compared */
export const driftJunit = (report: DriftReport, name: string): string => {
  const { columns, findings, recommendation } = report;
  const having = (verdict: string): number => columns.filter((column) => column.verdict === verdict).length;
  const counts = `tests="${columns.length}" failures="${having('drift')}" errors="0" skipped="${having('insufficient_data')}"`;
  const said = [
    ...recommendation.reasons,
    ...findings.map(({ text, file, line }) => `${file ?? ''}${line === undefined ? '' : `:${line}`} ${text}`.trim()),
  ];
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites ${counts}>`,
    `  <testsuite name="${escaped(name)}" ${counts}>`,
    ...columns.map(testCase),
    `    <system-out>${said.map((line) => escaped(line)).join('\n')}</system-out>`,
    '  </testsuite>',
    '</testsuites>',
    '',
  ].join('\n');
};
