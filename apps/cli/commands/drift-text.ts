/** A drift report for people: the answer first, then what it rests on. */
import type { ColumnReport, DriftReport, Finding } from '../../../core/drift/report.js';
import { EFFECT_NAMES, effectText, pText, share } from '../../../core/drift/text.js';
import { table } from '../output.js';

const VERDICTS = { drift: 'Drift', no_drift: 'No drift', insufficient_data: 'Not enough data to say' } as const;
const MARKS = { drift: '✖', no_drift: '✔', insufficient_data: '?' } as const;

/** Rows of the table for people; `--json` has all. */
const MOST_COLUMNS = 40;

const rows = (count: number): string => `${count.toLocaleString('en-US')} ${count === 1 ? 'row' : 'rows'}`;

const effectCell = ({ effect }: ColumnReport): string =>
  effect === null ? '–' : `${EFFECT_NAMES[effect.name] ?? effect.name} ${effectText(effect.value)}`;

const columnRow = (column: ColumnReport): string[] => {
  const p = column.tests[0]?.adjustedPValue ?? null;
  return [
    `${MARKS[column.verdict]} ${column.name.replaceAll(/\s+/g, ' ')}`,
    column.type,
    effectCell(column),
    column.effect === null ? '–' : effectText(column.effect.threshold),
    p === null ? '–' : pText(p),
    `${share(column.missing.reference)} → ${share(column.missing.current)}`,
  ];
};

const place = ({ file, line }: Finding): string => (file === undefined ? '' : `${file}${line === undefined ? '' : `:${line}`}: `);

const findingLines = (report: DriftReport): string[] => [
  ...report.findings.map((finding) => `  ${place(finding)}${finding.text}`),
  ...report.columns.flatMap(({ name, findings }) => findings.map(({ text }) => `  ${name}: ${text}`)),
];

export const driftText = (report: DriftReport): string => {
  const { verdict, recommendation, reference, current, columns } = report;
  const shown = columns.slice(0, MOST_COLUMNS);
  const drifted = columns.filter((column) => column.verdict === 'drift').length;
  const lines = [
    `${MARKS[verdict]} ${VERDICTS[verdict]}${drifted === 0 ? '' : ` in ${drifted} of ${columns.length} columns`}: ${rows(current.rows)} against ${rows(reference.rows)}`,
    `Retrain: ${recommendation.retrain ? 'yes' : 'no'}`,
    ...recommendation.reasons.map((reason) => `  ${reason}`),
  ];
  if (columns.length > 0) lines.push('', table(['column', 'type', 'effect', 'matters from', 'by chance', 'missing'], shown.map(columnRow)));
  if (columns.length > shown.length)
    lines.push(`… and ${columns.length - shown.length} more columns, less far from the reference: see --json.`);
  const findings = findingLines(report);
  if (findings.length > 0) lines.push('', 'Found', ...findings);
  return lines.join('\n');
};
