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
