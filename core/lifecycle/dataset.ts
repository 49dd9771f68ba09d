/** A content-addressed snapshot of one table: what a training run reads, and what a verdict was reached on. */
import { z } from 'zod';
import type { ModelSpec } from './model-spec.js';
import { FeatureType } from './signature.js';

export const DatasetRef = z.object({
  /** of data.parquet; also its address */
  sha256: z.string(),
  rows: z.number().int(),
  /** event times, half-open */
  from: z.iso.datetime(),
  to: z.iso.datetime(),
  columns: z.array(z.object({ name: z.string(), type: FeatureType })),
});
export type DatasetRef = z.infer<typeof DatasetRef>;

/** A table between two tasks, under the same kind of address; its columns have DuckDB's types. */
export const TableRef = z.object({
  sha256: z.string(),
  rows: z.number().int(),
  columns: z.array(z.object({ name: z.string(), type: z.string() })),
});
export type TableRef = z.infer<typeof TableRef>;

/** `schema.json` beside the data: what the columns are for. */
export const DatasetSchema = DatasetRef.extend({
  schema: z.literal('rekindle/dataset/1'),
  /** the time column; TIMESTAMP in UTC, the last column of data.parquet */
  time: z.string(),
  target: z.string(),
  positive: z.string(),
});
export type DatasetSchema = z.infer<typeof DatasetSchema>;

/** Columns of a model's data sets, in order: the features, then the target as text. */
export const datasetColumns = ({ data, problem }: Pick<ModelSpec, 'data' | 'problem'>): Record<string, FeatureType> => ({
  ...data.features,
  [problem.target]: 'category',
});
