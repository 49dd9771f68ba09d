/** An estimate of quality for people: what to make of it first, then the numbers. */
import type { EstimatedMetric, QualityEstimate } from '../../../core/quality/estimate-report.js';
import { table } from '../output.js';
import { findingsText } from './quality-text.js';

type Metrics = Readonly<Record<string, EstimatedMetric>>;

const NAMES: Readonly<Record<string, string>> = {
  rocAuc: 'ROC AUC',
  f1: 'F1',
  precision: 'precision',
  recall: 'recall',
  specificity: 'specificity',
  accuracy: 'accuracy',
  mae: 'mean absolute error',
  mse: 'mean squared error',
  rmse: 'root of the mean squared error',
};

const READINGS: Readonly<Record<QualityEstimate['reading']['reading'], string>> = {
  as_usual: '✔ As usual',
  harmless_drift: '✔ Harmless drift',
  data_drift: '✖ Data drift: worse, as these inputs explain',
  concept_drift: '✖ Concept drift: worse than these inputs explain',
  data_and_concept_drift: '✖ Data and concept drift',
  worse_for_unknown_reason: '✖ Worse, and it is not known why',
  not_known: '? Not enough to say',
};

/** Rows of the table of chunks; `--json` has all. */
const MOST_CHUNKS = 30;

const count = (value: number): string => value.toLocaleString('en-US');
const digits = (value: number | null): string => (value === null ? '–' : String(Number(value.toPrecision(4))));
const rangeText = ({ lower, upper }: EstimatedMetric['band']): string =>
  lower === null && upper === null ? '–' : `${lower === null ? '' : digits(lower)} to ${upper === null ? '' : digits(upper)}`;

export const qualityEstimateText = (report: QualityEstimate): string => {
  const { kind, reading, predictions, reference, chunkRows, inputs, findings } = report;
  const main = kind === 'binary' ? 'rocAuc' : 'mae';
  const metrics = report.metrics as Metrics;
  const chunks = (report.chunks as readonly { start: number; end: number; rows: number; metrics: unknown }[]).slice(-MOST_CHUNKS);
  const lines = [
    READINGS[reading.reading],
    `  ${reading.advice}`,
    ...reading.reasons.map((reason) => `  ${reason}`),
    ...(inputs && inputs.drifted.length > 0 ? [`  Drifted: ${inputs.drifted.join(', ')}.`] : []),
    '',
    `${count(predictions.estimated)} predictions, ${count(predictions.labelled)} of them with an outcome; learnt from ${count(reference.used)} rows`,
    '',
    table(
      ['metric', 'estimated', '± 3 sampling errors', 'usual', 'realized'],
      Object.entries(metrics).map(([name, metric]) => [
        `${metric.alert ? '✖ ' : '  '}${NAMES[name] ?? name}`,
        digits(metric.value),
        rangeText(metric.band),
        rangeText(metric.usual),
        digits(metric.realized),
      ]),
    ),
    '',
    `${NAMES[main]}, ${count(chunkRows)} rows at a time${report.chunks.length > chunks.length ? `, the last ${MOST_CHUNKS} of ${report.chunks.length}` : ''}`,
    table(
      ['rows', 'estimated', '± 3 sampling errors', 'realized'],
      chunks.map(({ start, end, metrics: of }) => {
        const metric = (of as Metrics)[main]!;
        return [
          `${metric.alert ? '✖ ' : '  '}${count(start + 1)} to ${count(end + 1)}`,
          digits(metric.value),
          rangeText(metric.band),
          digits(metric.realized),
        ];
      }),
    ),
    ...(report.kind === 'binary' ? ['', `The scores were ${report.calibration}.`] : []),
    ...findingsText(findings),
  ];
  return lines.join('\n');
};
