/** `defineModel`: a model described once, as data. */
import { z } from 'zod';
import { RekindleError } from '../errors.js';
import { durationMs, isDuration, type Duration } from '../duration.js';
import { FeatureType } from './signature.js';

const duration = z
  .string()
  .refine(isDuration, "write a duration such as '10 minutes', '1 day' or '48 weeks'") as unknown as z.ZodType<Duration>;
const share = z.number().min(0).max(1);

/** A plain descriptor; platform/sources reads it. Paths are relative to the project folder. */
export const Source = z.object({
  kind: z.enum(['csv', 'parquet', 'ndjson']),
  /** local path or http(s) URL or s3 key */
  uri: z.string(),
});
export type Source = z.infer<typeof Source>;

export const csv = (uri: string): Source => ({ kind: 'csv', uri });
export const parquet = (uri: string): Source => ({ kind: 'parquet', uri });
export const ndjson = (uri: string): Source => ({ kind: 'ndjson', uri });

export const TrainerSpec = z.object({
  runner: z.enum(['process']),
  /** name of a folder under trainers/ (ours or the project's), holding train.py */
  image: z.string(),
  hyperparameters: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
  seed: z.number().int(),
  limits: z.object({ time: duration, memoryMb: z.number().int().positive().optional() }),
});
export type TrainerSpec = z.infer<typeof TrainerSpec>;

export interface ProcessTrainerOptions {
  seed?: number;
  limits?: { time?: Duration; memoryMb?: number };
}

/** Trains in a Python process of the worker's machine, by `trainers/<image>/train.py`. */
export const processTrainer = (
  image: string,
  hyperparameters: Record<string, string | number | boolean> = {},
  options: ProcessTrainerOptions = {},
): TrainerSpec => ({
  runner: 'process',
  image,
  hyperparameters,
  seed: options.seed ?? 0,
  limits: {
    time: options.limits?.time ?? '1 hour',
    ...(options.limits?.memoryMb === undefined ? {} : { memoryMb: options.limits.memoryMb }),
  },
});

export const CronSchedule = z.object({ kind: z.literal('cron'), expression: z.string(), timezone: z.string() });
export type CronSchedule = z.infer<typeof CronSchedule>;

export const cron = (expression: string, options: { timezone?: string } = {}): CronSchedule => ({
  kind: 'cron',
  expression,
  timezone: options.timezone ?? 'UTC',
});

const Gate = z.strictObject({
  /** absolute floor (or ceiling) of the challenger */
  min: z.number().optional(),
  max: z.number().optional(),
  /** how much worse than the champion it may be */
  maxDrop: z.number().min(0).optional(),
  /** significance level of the comparison; without it the point estimates decide */
  alpha: z.number().min(0).max(1).optional(),
});
export type Gate = z.infer<typeof Gate>;

const METRICS = ['rocAuc', 'f1', 'precision', 'recall', 'logLoss', 'latencyP99Ms'] as const;
export type GateMetric = (typeof METRICS)[number];

const RolloutStep = z.union([
  z.strictObject({ shadow: duration, minRequests: z.number().int().optional() }),
  z.strictObject({ weight: share, bake: duration, minRequests: z.number().int().optional() }),
]);

export const ModelSpec = z.strictObject({
  name: z.string().regex(/^[a-z][a-z0-9_-]{0,62}$/, 'lower-case letters, digits, - and _, starting with a letter'),
  problem: z.strictObject({ kind: z.literal('binary'), target: z.string(), positive: z.string() }),
  data: z.strictObject({
    source: Source,
    time: z.string(),
    features: z.record(z.string(), FeatureType).refine((features) => Object.keys(features).length > 0, 'name at least one feature'),
    /** path of a DuckDB SQL file over the table `raw`, relative to the project; identity when absent */
    transform: z.string().optional(),
    window: z.strictObject({ training: duration, holdout: duration }),
  }),
  trainer: TrainerSpec,
  monitor: z.strictObject({
    every: duration,
    /** an event time at which a window starts; windows are aligned to it */
    anchor: z.string().optional(),
    labelDelay: duration.default('0 ms'),
    drift: z.strictObject({ minShift: share.default(0.1), falseAlarmRate: share.default(0.05) }).prefault({}),
    quality: z.partialRecord(z.enum(METRICS), Gate).default({}),
  }),
  retrain: z
    .strictObject({
      on: z.array(z.enum(['drift', 'quality', 'schedule'])).default(['drift', 'quality', 'schedule']),
      schedule: CronSchedule.optional(),
      cooldown: duration.default('0 ms'),
      /** the circuit opens after this many failed retrainings in a row */
      maxFailures: z.number().int().positive().default(3),
    })
    .prefault({}),
  gates: z.partialRecord(z.enum(METRICS), Gate).default({}),
  /** what an inconclusive comparison does */
  inconclusive: z.enum(['hold', 'keep']).default('keep'),
  rollout: z.array(RolloutStep).default([]),
});
export type ModelSpec = z.infer<typeof ModelSpec>;
export type ModelSpecInput = z.input<typeof ModelSpec>;

export interface ModelDefinition {
  readonly kind: 'rekindle.model';
  readonly spec: ModelSpec;
}

/** @throws MODEL_SPEC_INVALID naming every wrong field */
export const defineModel = (input: ModelSpecInput): ModelDefinition => {
  const parsed = ModelSpec.safeParse(input);
  if (!parsed.success) {
    const fields = parsed.error.issues.map((issue) => `${issue.path.join('.') || 'model'}: ${issue.message}`);
    const name = typeof input?.name === 'string' ? input.name : '?';
    throw new RekindleError('MODEL_SPEC_INVALID', `Model '${name}': ${fields.join('; ')}.`, { model: name, fields });
  }
  return { kind: 'rekindle.model', spec: parsed.data };
};

/** Length of the label delay in milliseconds. */
export const labelDelayMs = (spec: ModelSpec): number => durationMs(spec.monitor.labelDelay);
