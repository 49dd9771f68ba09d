/** A trained version of a model: immutable, named by the hash of everything that made it. */
import { z } from 'zod';

export const VersionManifest = z.object({
  model: z.string(),
  /** first 16 hex digits of sha256 over {dataset, trainer, hyperparameters, seed}: the same inputs are never trained twice */
  version: z.string(),
  createdAt: z.iso.datetime(),
  asOf: z.iso.datetime(),
  /** event times, half-open */
  trainedFrom: z.iso.datetime(),
  trainedTo: z.iso.datetime(),
  trainingRows: z.number().int(),
  dataset: z.string(),
  trainer: z.object({ runner: z.string(), image: z.string(), codeHash: z.string() }),
  hyperparameters: z.record(z.string(), z.string()),
  seed: z.number().int(),
  modelSha256: z.string(),
  /** hash of the model spec that the run had pinned */
  specHash: z.string(),
  runId: z.string(),
});
export type VersionManifest = z.infer<typeof VersionManifest>;

/** Rows that the trainer scored itself, unseen categories included; `probabilities` are of the positive class. */
export const GoldenRows = z.object({
  rows: z.array(z.record(z.string(), z.union([z.number(), z.string(), z.null()]))),
  probabilities: z.array(z.number()),
});
export type GoldenRows = z.infer<typeof GoldenRows>;

/**
 * What the model makes of its features: how far `metric` falls on rows that the model has not seen when one feature is shuffled. A trainer
 * may leave it out. Where two features say the same, each alone looks unimportant.
 */
export const Importance = z.object({
  schema: z.literal('rekindle/importance/1'),
  metric: z.string(),
  /** with nothing shuffled */
  baseline: z.number(),
  rows: z.number().int(),
  /** how often each feature was shuffled */
  repeats: z.number().int(),
  /** mean and standard deviation of the fall over the repeats; a little below 0 by chance where there is none */
  features: z.array(z.object({ name: z.string(), mean: z.number(), deviation: z.number() })),
});
export type Importance = z.infer<typeof Importance>;

/** As the drift report takes it. */
export const importanceByColumn = ({ features }: Importance): Record<string, number> =>
  Object.fromEntries(features.map(({ name, mean }) => [name, mean]));
