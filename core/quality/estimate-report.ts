/** The label-free estimate of quality, version 1: one JSON document. */
import { z } from 'zod';
import { READINGS } from './readings.js';
import { DriftVerdict, Finding } from '../drift/report.js';

/** null leaves a side open */
const Range = z.object({ lower: z.number().nullable(), upper: z.number().nullable() });

export const EstimatedMetric = z.object({
  /** what the metric should be; null when it is 0/0 */
  value: z.number().nullable(),
  /** standard error of a sample of this many rows */
  samplingError: z.number().nullable(),
  /** value ± 3 sampling errors, within what the metric can be */
  band: Range,
  /** where the metric lay in chunks of the reference: mean ± 3 standard deviations */
  usual: Range,
  /** the estimate lies outside of that */
  alert: z.boolean(),
  /** the metric itself, on the rows whose outcome is known; null when there is none */
  realized: z.number().nullable(),
});

export type EstimatedMetric = z.infer<typeof EstimatedMetric>;

const estimates = <const K extends readonly string[]>(...names: K) =>
  z.object(Object.fromEntries(names.map((name) => [name, EstimatedMetric])) as Record<K[number], typeof EstimatedMetric>);

/** Neighbouring rows: `start` and `end` are the positions of the first and the last, from 0; `rows` could be estimated. */
const chunk = <T extends z.ZodType>(metrics: T) =>
  z.object({ start: z.number().int(), end: z.number().int(), rows: z.number().int(), metrics });

const common = {
  schema: z.literal('rekindle/quality-estimate/1'),
  /** rows with outcome and prediction, from which was learnt */
  reference: z.object({ rows: z.number().int(), used: z.number().int() }),
  predictions: z.object({ rows: z.number().int(), estimated: z.number().int(), labelled: z.number().int() }),
  chunkRows: z.number().int(),
  /** the columns that both files have besides, compared; null when there are none */
  inputs: z.object({ verdict: DriftVerdict, columns: z.number().int(), drifted: z.array(z.string()) }).nullable(),
  /** inputs, estimate and outcomes read together */
  reading: z.object({
    /** on which it rests */
    metric: z.string(),
    reading: z.enum(READINGS),
    reasons: z.array(z.string()),
    advice: z.string(),
  }),
  findings: z.array(Finding),
};

const binary = estimates('rocAuc', 'f1', 'precision', 'recall', 'specificity', 'accuracy');
const regression = estimates('mae', 'mse', 'rmse');

export const QualityEstimate = z.discriminatedUnion('kind', [
  z.object({
    ...common,
    kind: z.literal('binary'),
    columns: z.object({ target: z.string(), score: z.string() }),
    positive: z.string(),
    threshold: z.number(),
    /** whether scores were turned into probabilities, and why */
    calibration: z.string(),
    metrics: binary,
    chunks: z.array(chunk(binary)),
  }),
  z.object({
    ...common,
    kind: z.literal('regression'),
    columns: z.object({ target: z.string(), prediction: z.string(), features: z.array(z.string()) }),
    metrics: regression,
    chunks: z.array(chunk(regression)),
  }),
]);
export type QualityEstimate = z.infer<typeof QualityEstimate>;
