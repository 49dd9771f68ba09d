/** `defineModel`: a model described once, as data. */
import { z } from 'zod';
import { checkedText } from '../checked-text.js';
import { checkCron } from '../dag/schedule/cron-times.js';
import type { CronSchedule } from '../dag/schedule.js';
import { RekindleError } from '../errors.js';
import { durationMs, type Duration } from '../duration.js';
import { eventTimeMs } from '../event-time.js';
import { Season } from '../profile/season.js';
import { CheckSuite } from '../validation/suite.js';
import { FeatureType } from './signature.js';

const duration = checkedText(durationMs) as unknown as z.ZodType<Duration>;
const positive = checkedText((text) => {
  if (durationMs(text) <= 0) throw new RangeError(`'${text}' is no length of time: it must be longer than nothing`);
}) as unknown as z.ZodType<Duration>;
const share = z.number().min(0).max(1);
const column = z.string().min(1, 'name a column');

/** A plain descriptor; platform/sources reads it. Paths are relative to the project folder. */
export const Source = z.strictObject({
  kind: z.enum(['csv', 'parquet', 'ndjson']),
  /** path (or glob) relative to the project, http(s) URL, `store:<key>` of the object store, or `s3://<bucket>/<key>` if that is its bucket */
  uri: z.string().min(1, 'name a file'),
});
export type Source = z.infer<typeof Source>;

export const csv = (uri: string): Source => ({ kind: 'csv', uri });
export const parquet = (uri: string): Source => ({ kind: 'parquet', uri });
export const ndjson = (uri: string): Source => ({ kind: 'ndjson', uri });

export const TrainerSpec = z.strictObject({
  runner: z.enum(['process']),
  /** name of a folder under trainers/ (ours or the project's), holding train.py */
  image: z.string().regex(/^[a-zA-Z0-9][\w.-]*$/, 'name of a folder under trainers/'),
  hyperparameters: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
  seed: z.number().int(),
  limits: z.strictObject({ time: positive, memoryMb: z.number().int().positive().optional() }),
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

const Cron: z.ZodType<CronSchedule> = z
  .strictObject({ kind: z.literal('cron'), expression: z.string(), timezone: z.string() })
  .superRefine(({ expression, timezone }, context) => {
    try {
      checkCron(expression, timezone);
    } catch (error) {
      context.addIssue({ code: 'custom', message: error instanceof Error ? error.message : String(error) });
    }
  });

const Gate = z
  .strictObject({
    /** absolute floor (or ceiling) of the challenger */
    min: z.number().optional(),
    max: z.number().optional(),
    /** how much worse than the champion it may be */
    maxDrop: z.number().min(0).optional(),
    /** significance level of the comparison; without it the point estimates decide */
    alpha: z.number().gt(0).lt(1).optional(),
  })
  .refine(({ min, max, maxDrop }) => min !== undefined || max !== undefined || maxDrop !== undefined, 'say min, max or maxDrop')
  .refine(({ min, max }) => min === undefined || max === undefined || min <= max, 'min is above max');
export type Gate = z.infer<typeof Gate>;

const METRICS = ['rocAuc', 'f1', 'precision', 'recall', 'logLoss', 'latencyP99Ms'] as const;
export type GateMetric = (typeof METRICS)[number];

const RolloutStep = z.union([
  z.strictObject({ shadow: positive, minRequests: z.number().int().nonnegative().optional() }),
  z.strictObject({ weight: share, bake: duration, minRequests: z.number().int().nonnegative().optional() }),
]);

/** When drift calls for a retraining: by default at every window that has drifted. Windows with too little data do not count. */
const DriftWindows = z
  .strictObject({
    /** of so many windows … */
    of: z.number().int().positive(),
    /** … so many must have drifted, this one among them */
    drifted: z.number().int().positive(),
    /** after it has called, so many windows in a row without drift before it can call again; 0: it may at every window */
    clearAfter: z.number().int().nonnegative().default(0),
  })
  .refine(({ of, drifted }) => drifted <= of, 'asks for more drifted windows than it looks at');

export const ModelSpec = z.strictObject({
  name: z.string().regex(/^[a-z][a-z0-9_-]{0,62}$/, 'lower-case letters, digits, - and _, starting with a letter'),
  problem: z.strictObject({ kind: z.literal('binary'), target: column, positive: z.string().min(1, 'name the positive class') }),
  data: z.strictObject({
    source: Source,
    time: column,
    features: z.record(column, FeatureType).refine((features) => Object.keys(features).length > 0, 'name at least one feature'),
    /** path of a DuckDB SQL file over the table `raw`, relative to the project; identity when absent */
    transform: z.string().min(1, 'name a file').optional(),
    window: z.strictObject({ training: positive, holdout: positive }),
    /** what live data must look like: path of a suite as JSON, relative to the project; it is in its place once the project is loaded */
    checks: z.union([z.string().min(1, 'name a file'), CheckSuite], { error: 'name a file that holds a suite of checks' }).optional(),
  }),
  trainer: TrainerSpec,
  monitor: z.strictObject({
    every: positive,
    /** an event time at which a window starts; windows are aligned to it */
    anchor: checkedText(eventTimeMs).optional(),
    labelDelay: duration.default('0 ms'),
    drift: z
      .strictObject({
        minShift: share.default(0.1),
        falseAlarmRate: share.default(0.05),
        windows: DriftWindows.optional(),
        /** compare each row with those of the reference at the same time of the day or week, in UTC */
        season: Season.optional(),
      })
      .prefault({}),
    quality: z.partialRecord(z.enum(METRICS), Gate).default({}),
  }),
  retrain: z
    .strictObject({
      on: z.array(z.enum(['drift', 'quality', 'schedule'])).default(['drift', 'quality', 'schedule']),
      schedule: Cron.optional(),
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

/** What each field may say for itself but not beside the others. */
const contradictions = ({ problem, data, retrain }: ModelSpec): string[] => {
  const found: string[] = [];
  for (const [role, name] of [
    ['problem.target', problem.target],
    ['data.time', data.time],
  ] as const)
    // prettier-ignore
    if (Object.hasOwn(data.features, name)) found.push(`data.features.${name}: is ${role}; a model must not see it`);
  if (problem.target === data.time) found.push('data.time: is problem.target');
  if (retrain.schedule && !retrain.on.includes('schedule')) found.push("retrain.schedule: never fires, as retrain.on lacks 'schedule'");
  return found;
};

const problemsOf = (input: unknown): { spec: ModelSpec } | { problems: string[] } => {
  const parsed = ModelSpec.safeParse(input);
  if (parsed.success) {
    const problems = contradictions(parsed.data);
    return problems.length > 0 ? { problems } : { spec: parsed.data };
  }
  return {
    problems: parsed.error.issues.flatMap((issue) => {
      const at = (key?: PropertyKey): string => [...issue.path, ...(key === undefined ? [] : [key])].map(String).join('.') || 'model';
      return issue.code === 'unrecognized_keys'
        ? issue.keys.map((key) => `${at(key)}: there is no such field`)
        : [`${at()}: ${issue.message}`];
    }),
  };
};

/** @throws MODEL_SPEC_INVALID naming every wrong field */
export const defineModel = (input: ModelSpecInput): ModelDefinition => {
  const checked = problemsOf(input);
  if ('spec' in checked) return { kind: 'rekindle.model', spec: checked.spec };
  const { name } = (input ?? {}) as { name?: unknown };
  const model = typeof name === 'string' ? name : '?';
  throw new RekindleError('MODEL_SPEC_INVALID', `Model '${model}': ${checked.problems.join('; ')}.`, { model, fields: checked.problems });
};

/** Length of the label delay in milliseconds. */
export const labelDelayMs = (spec: ModelSpec): number => durationMs(spec.monitor.labelDelay);
