/** A profile for people. */
import type { Finding } from '../../../core/drift/report.js';
import { share } from '../../../core/drift/text.js';
import type { ColumnProfile, Profile } from '../../../core/profile/profile.js';
import { table } from '../output.js';

const number = (value: number | null): string => (value === null ? '–' : Number(value.toPrecision(6)).toString());

const MOST_NAMED = 3;

const valuesOf = (column: ColumnProfile): string => {
  if (column.type === 'number') return `${number(column.min)} to ${number(column.max)}, mean ${number(column.mean)}`;
  const counts = Object.entries(column.counts).sort(([, a], [, b]) => b - a);
  const named = counts.slice(0, MOST_NAMED).map(([category, count]) => `${category} ${share(count / Math.max(1, column.rows))}`);
  return `${counts.length.toLocaleString('en-US')} different: ${named.join(', ')}${counts.length > MOST_NAMED ? ', …' : ''}`;
};

/** @param output where it was written */
export const profileText = ({ rows, columns }: Profile, findings: readonly Finding[], output?: string): string =>
  [
    `${rows.toLocaleString('en-US')} rows${output === undefined ? '' : `, written to ${output}`}`,
    '',
    table(
      ['column', 'type', 'missing', 'values'],
      Object.entries(columns).map(([name, column]) => [
        name,
        column.type,
        share(column.missing / Math.max(1, column.rows)),
        valuesOf(column),
      ]),
    ),
    ...(findings.length === 0 ? [] : ['', 'Found']),
    ...findings.map(({ text, file, line }) => `  ${file === undefined ? '' : `${file}${line === undefined ? '' : `:${line}`}: `}${text}`),
  ].join('\n');
