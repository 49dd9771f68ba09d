/** A quality report for people. */
import type { QualityReport } from '../../../platform/quality/evaluate-file.js';
import { table } from '../output.js';

const NAMES = {
  rocAuc: 'ROC AUC',
  averagePrecision: 'PR AUC (average precision)',
  accuracy: 'accuracy',
  precision: 'precision',
  recall: 'recall',
  f1: 'F1',
  specificity: 'specificity',
  mcc: 'Matthews correlation',
  brier: 'Brier score',
  logLoss: 'log loss',
  calibrationError: 'calibration error',
} as const;

const text = (value: number | null): string => (value === null ? '–' : value.toFixed(4));

const rowOf = ({ metrics, intervals }: QualityReport, name: keyof typeof NAMES): string[] => {
  const interval = (intervals as Readonly<Record<string, readonly [number, number] | null>>)[name];
  return [
    NAMES[name],
    text(metrics[name]),
    interval ? `${text(interval[0])} to ${text(interval[1])}` : '',
    metrics[name] === null ? (metrics.whyNull[name] ?? '') : '',
  ];
};

export const qualityText = (report: QualityReport): string => {
  const { metrics, rows, labelled, positive, threshold, findings } = report;
  const { tp, fp, fn, tn, incorrect } = metrics;
  const count = (value: number): string => value.toLocaleString('en-US');
  return [
    `${count(incorrect)} of ${count(labelled)} predictions are wrong: '${positive}' from a score of ${threshold} on${labelled === rows ? '' : `; ${count(rows)} rows in all`}`,
    '',
    table(
      ['metric', 'value', '95 % interval', ''],
      (Object.keys(NAMES) as (keyof typeof NAMES)[]).map((name) => rowOf(report, name)),
    ),
    '',
    table(
      ['', `said ${positive}`, 'said otherwise'],
      [
        [`was ${positive}`, count(tp), count(fn)],
        ['was not', count(fp), count(tn)],
      ],
    ),
    ...(findings.length === 0 ? [] : ['', 'Found']),
    ...findings.map(
      ({ text: said, file, line }) => `  ${file === undefined ? '' : `${file}${line === undefined ? '' : `:${line}`}: `}${said}`,
    ),
  ].join('\n');
};
