/** A quality report for people: how many predictions were wrong, then the metrics. */
import type { BinaryReport, MulticlassReport, QualityReport, RegressionReport } from '../../../core/quality/report.js';
import { table } from '../output.js';

type Names = Readonly<Record<string, string>>;

const BINARY: Names = {
  rocAuc: 'ROC AUC',
  averagePrecision: 'PR AUC (average precision)',
  accuracy: 'accuracy',
  precision: 'precision',
  recall: 'recall',
  f1: 'F1',
  specificity: 'specificity',
  balancedAccuracy: 'balanced accuracy',
  mcc: 'Matthews correlation',
  brier: 'Brier score',
  logLoss: 'log loss',
  calibrationError: 'calibration error',
};

const MULTICLASS: Names = {
  accuracy: 'accuracy (micro F1)',
  macroPrecision: 'macro precision',
  macroRecall: 'macro recall',
  macroF1: 'macro F1',
  weightedPrecision: 'weighted precision',
  weightedRecall: 'weighted recall',
  weightedF1: 'weighted F1',
  rocAucOvrMacro: 'ROC AUC, one class against the rest, macro',
  rocAucOvrWeighted: 'ROC AUC, one class against the rest, weighted',
  rocAucOvoMacro: 'ROC AUC, one class against another, macro',
  rocAucOvoWeighted: 'ROC AUC, one class against another, weighted',
  mcc: 'Matthews correlation',
  cohenKappa: "Cohen's kappa",
  brier: 'Brier score',
  logLoss: 'log loss',
  calibrationError: 'calibration error',
};

const REGRESSION: Names = {
  mae: 'mean absolute error',
  medianAe: 'median absolute error',
  rmse: 'root of the mean squared error',
  mse: 'mean squared error',
  mape: 'mean absolute error as a share',
  meanError: 'mean error (above 0: predicts too much)',
  maxError: 'largest error',
  r2: 'R²',
  msle: 'mean squared logarithmic error',
  pinball: 'pinball loss',
};

const NAMES = { binary: BINARY, multiclass: MULTICLASS, regression: REGRESSION } as const;

/** Rows of the tables of classes; `--json` has all. */
const MOST_CLASSES = 20;
/** A wider matrix does not fit a terminal. */
const WIDEST_MATRIX = 10;

const count = (value: number): string => value.toLocaleString('en-US', { maximumFractionDigits: 1 });
const shareText = (value: number | null): string => (value === null ? '–' : value.toFixed(4));
/** Errors come in the unit of the target, however large. */
const errorText = (value: number | null): string => (value === null ? '–' : String(Number(value.toPrecision(5))));

const metricsTable = ({ kind, metrics, intervals }: QualityReport): string => {
  const text = kind === 'regression' ? errorText : shareText;
  const values = metrics as unknown as Readonly<Record<string, number | null>>;
  const between = intervals as Readonly<Record<string, readonly [number, number] | null>>;
  const rows = Object.entries(NAMES[kind]).flatMap(([name, called]) => {
    const value = values[name] ?? null;
    if (name === 'pinball' && value === null) return [];
    const interval = between[name];
    const why = value === null ? (metrics.whyNull[name] ?? '') : '';
    return [[called, text(value), interval ? `${text(interval[0])} to ${text(interval[1])}` : '', why]];
  });
  return table(['metric', 'value', '95 % interval', ''], rows);
};

const rowsText = ({ rows, labelled }: QualityReport): string => (labelled === rows ? '' : `; ${count(rows)} rows in all`);

const binaryParts = (report: BinaryReport): string[] => {
  const { metrics, labelled, positive, threshold } = report;
  const { tp, fp, fn, tn, incorrect } = metrics;
  const how = threshold === null ? `'${positive}' is the positive class` : `'${positive}' from a score of ${threshold} on`;
  return [
    `${count(incorrect)} of ${count(labelled)} predictions are wrong: ${how}${rowsText(report)}`,
    '',
    metricsTable(report),
    '',
    table(
      ['', `said ${positive}`, 'said otherwise'],
      [
        [`was ${positive}`, count(tp), count(fn)],
        ['was not', count(fp), count(tn)],
      ],
    ),
  ];
};

const matrixTable = ({ classes, confusionMatrix }: MulticlassReport): string =>
  table(
    ['', ...classes.map((name) => `said ${name}`)],
    classes.map((name, i) => [`was ${name}`, ...confusionMatrix[i]!.map(count)]),
  );

const multiclassParts = (report: MulticlassReport): string[] => {
  const { metrics, labelled, classes, perClass } = report;
  const shown = perClass.slice(0, MOST_CLASSES);
  return [
    `${count(metrics.incorrect)} of ${count(labelled)} predictions are wrong: ${classes.length} classes${rowsText(report)}`,
    '',
    metricsTable(report),
    '',
    table(
      ['class', 'precision', 'recall', 'F1', 'ROC AUC', 'rows'],
      shown.map((row) => [
        row.class,
        shareText(row.precision),
        shareText(row.recall),
        shareText(row.f1),
        shareText(row.rocAuc),
        count(row.support),
      ]),
    ),
    ...(perClass.length > shown.length ? [`… and ${perClass.length - shown.length} more classes: see --json.`] : []),
    ...(classes.length <= WIDEST_MATRIX ? ['', matrixTable(report)] : []),
  ];
};

const regressionParts = (report: RegressionReport): string[] => {
  const { metrics, labelled, quantile } = report;
  const what = quantile === null ? '' : ` as forecasts of the ${quantile} quantile`;
  const off = metrics.mae === null ? '' : `: off by ${errorText(metrics.mae)} on average`;
  return [`${count(labelled)} predictions measured${what}${off}${rowsText(report)}`, '', metricsTable(report)];
};

const partsOf = (report: QualityReport): string[] => {
  switch (report.kind) {
    case 'binary':
      return binaryParts(report);
    case 'multiclass':
      return multiclassParts(report);
    case 'regression':
      return regressionParts(report);
  }
};

const MARKS = { pass: '✔', fail: '✖', inconclusive: '?' } as const;

const latencyLine = ({ latency, columns }: QualityReport): string[] =>
  latency === null
    ? []
    : [
        '',
        `A prediction took ${errorText(latency.mean)} on average, ${errorText(latency.median)} in the middle, ${errorText(latency.p99)} at the 99th percentile and ${errorText(latency.max)} at most (column '${columns.latency}').`,
      ];

export const qualityText = (report: QualityReport): string =>
  [
    ...partsOf(report),
    ...latencyLine(report),
    ...(report.checks.length === 0 ? [] : ['', 'Asked for']),
    ...report.checks.map(({ verdict, reason }) => `  ${MARKS[verdict]} ${reason}`),
    ...findingsText(report.findings),
  ].join('\n');

export const findingsText = (findings: QualityReport['findings']): string[] => [
  ...(findings.length === 0 ? [] : ['', 'Found']),
  ...findings.map(({ text, file, line }) => `  ${file === undefined ? '' : `${file}${line === undefined ? '' : `:${line}`}: `}${text}`),
];
