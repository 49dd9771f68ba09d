/** The drift report, version 1: one JSON document; HTML is made from it. */
import { z } from 'zod';

export const DriftVerdict = z.enum(['drift', 'no_drift', 'insufficient_data']);
export type DriftVerdict = z.infer<typeof DriftVerdict>;

export const Finding = z.object({ code: z.string(), text: z.string(), file: z.string().optional(), line: z.number().int().optional() });
export type Finding = z.infer<typeof Finding>;

export const ColumnReport = z.object({
  name: z.string(),
  type: z.enum(['number', 'category', 'time']),
  verdict: DriftVerdict,
  /** the one deciding effect: KS D for numbers, Cramér's V for categories; null when nothing could be measured */
  effect: z.object({ name: z.string(), value: z.number(), threshold: z.number() }).nullable(),
  tests: z.array(
    z.object({ name: z.string(), statistic: z.number(), pValue: z.number().nullable(), adjustedPValue: z.number().nullable() }),
  ),
  /** shares of missing values */
  missing: z.object({ reference: z.number(), current: z.number() }),
  findings: z.array(Finding),
  /** the smallest effect visible at this n (adjusted alpha, power 0.8) */
  minimumDetectable: z.number().nullable(),
});
export type ColumnReport = z.infer<typeof ColumnReport>;

export const DriftReport = z.object({
  schema: z.literal('rekindle/drift-report/1'),
  verdict: DriftVerdict,
  recommendation: z.object({ retrain: z.boolean(), reasons: z.array(z.string()) }),
  reference: z.object({ rows: z.number().int() }),
  current: z.object({ rows: z.number().int() }),
  /** worst first */
  columns: z.array(ColumnReport),
  findings: z.array(Finding),
});
export type DriftReport = z.infer<typeof DriftReport>;
