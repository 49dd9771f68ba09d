/** A content-addressed snapshot of one table: what a training run reads, and what a verdict was reached on. */
import { z } from 'zod';
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
