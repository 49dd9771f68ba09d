/** The quality report, version 1: one JSON document for any kind of problem. */
import { z } from 'zod';
import { Finding } from '../drift/report.js';
import { GateVerdict } from '../lifecycle/gates.js';

/** A metric that is 0/0 is null, never 0, and `whyNull` says why. */
const Metric = z.number().nullable();

/** 95 % */
const Interval = z.tuple([z.number(), z.number()]).nullable();

const metrics = <const K extends readonly string[]>(...names: K) =>
  Object.fromEntries(names.map((name) => [name, Metric])) as Record<K[number], typeof Metric>;

const intervals = <const K extends readonly string[]>(...names: K) =>
  z.object(Object.fromEntries(names.map((name) => [name, Interval])) as Record<K[number], typeof Interval>);

const whyNull = z.record(z.string(), z.string());

/** `rows` whose probability falls into one of ten bins of equal width: `predicted` is their mean probability, `observed` what happened */
const ReliabilityBin = z.object({ rows: z.number().int(), predicted: z.number(), observed: z.number() });

/** A bound that was asked for. */
const QualityCheck = z.object({
  metric: z.string(),
  rule: z.enum(['min', 'max']),
  threshold: z.number(),
  value: Metric,
  /** `inconclusive`: the metric has no value, and no evidence is never a pass */
  verdict: GateVerdict,
  reason: z.string(),
});
export type QualityCheck = z.infer<typeof QualityCheck>;

/** Time that predictions took, in the unit of its column. */
const Latency = z.object({
  rows: z.number().int(),
  mean: z.number(),
  median: z.number(),
  p95: z.number(),
  p99: z.number(),
  max: z.number(),
});
export type Latency = z.infer<typeof Latency>;

const common = {
  schema: z.literal('rekindle/quality-report/1'),
  rows: z.number().int(),
  /** rows with both a prediction and an outcome: what was measured */
  labelled: z.number().int(),
  /** which columns were read as what */
  columns: z.object({
    target: z.string(),
    score: z.string().nullable(),
    scores: z.array(z.string()),
    prediction: z.string().nullable(),
    weight: z.string().nullable(),
    latency: z.string().nullable(),
  }),
  latency: Latency.nullable(),
  checks: z.array(QualityCheck),
  findings: z.array(Finding),
};

const counts = { n: z.number().int(), incorrect: z.number().int() };

const BINARY = ['accuracy', 'precision', 'recall', 'f1', 'specificity', 'balancedAccuracy'] as const;

export const BinaryReport = z.object({
  ...common,
  kind: z.literal('binary'),
  positive: z.string(),
  /** a score of at least this is a positive prediction; null where a column says what was predicted */
  threshold: z.number().nullable(),
  metrics: z.object({
    ...counts,
    tp: z.number(),
    fp: z.number(),
    fn: z.number(),
    tn: z.number(),
    ...metrics(...BINARY, 'rocAuc', 'averagePrecision', 'brier', 'logLoss', 'calibrationError'),
    mcc: z.number(),
    whyNull,
  }),
  intervals: intervals(...BINARY, 'mcc', 'rocAuc', 'averagePrecision', 'brier', 'logLoss'),
  /** empty when the scores are not probabilities */
  calibration: z.array(ReliabilityBin),
});
export type BinaryReport = z.infer<typeof BinaryReport>;

const AVERAGED = [
  'macroPrecision',
  'macroRecall',
  'macroF1',
  'microPrecision',
  'microRecall',
  'microF1',
  'weightedPrecision',
  'weightedRecall',
  'weightedF1',
] as const;

export const MulticlassReport = z.object({
  ...common,
  kind: z.literal('multiclass'),
  /** the order of `perClass` and of the confusion matrix */
  classes: z.array(z.string()),
  metrics: z.object({
    ...counts,
    ...metrics('accuracy', ...AVERAGED, 'cohenKappa'),
    ...metrics('rocAucOvrMacro', 'rocAucOvrWeighted', 'rocAucOvoMacro', 'rocAucOvoWeighted', 'logLoss', 'brier', 'calibrationError'),
    mcc: z.number(),
    whyNull,
  }),
  intervals: intervals(
    ...(['accuracy', 'macroPrecision', 'macroRecall', 'macroF1', 'weightedPrecision', 'weightedRecall', 'weightedF1', 'mcc'] as const),
    ...(['cohenKappa', 'rocAucOvrMacro', 'logLoss', 'brier'] as const),
  ),
  perClass: z.array(
    z.object({
      class: z.string(),
      ...metrics('precision', 'recall', 'f1', 'rocAuc'),
      support: z.number(),
      rocAucInterval: Interval,
      whyNull,
    }),
  ),
  /** [what happened][what was predicted]: rows, or their weight */
  confusionMatrix: z.array(z.array(z.number())),
  /** of the class that was predicted: how sure the model was, and how often it was right */
  calibration: z.array(ReliabilityBin),
});
export type MulticlassReport = z.infer<typeof MulticlassReport>;

export const RegressionReport = z.object({
  ...common,
  kind: z.literal('regression'),
  /** which quantile was predicted; null: the mean or the median */
  quantile: z.number().nullable(),
  metrics: z.object({
    n: z.number().int(),
    ...metrics('mae', 'mse', 'rmse', 'mape', 'medianAe', 'meanError', 'maxError', 'r2', 'msle', 'pinball'),
    whyNull,
  }),
  intervals: intervals('mae', 'mse', 'rmse', 'mape', 'medianAe', 'meanError', 'r2', 'msle', 'pinball'),
});
export type RegressionReport = z.infer<typeof RegressionReport>;

export const QualityReport = z.discriminatedUnion('kind', [BinaryReport, MulticlassReport, RegressionReport]);
export type QualityReport = z.infer<typeof QualityReport>;
export type ProblemKind = QualityReport['kind'];
