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

/** A drifted column and what it weighs. */
export const RootCause = z.object({
  column: z.string(),
  /** drift × importance × harm, each of the latter two as a share of the largest; 0 to 10 */
  score: z.number(),
  /** how many times its threshold the column has moved, at most 10; 10 when it is broken */
  drift: z.number(),
  /** share of the model's importance, 0 to 1; null when it is not known */
  importance: z.number().nullable(),
  /** estimated loss, in the unit it was given in; null when it is not known */
  harm: z.number().nullable(),
  text: z.string(),
});
export type RootCause = z.infer<typeof RootCause>;

/** A test of all columns together. */
export const TableTest = z.object({
  name: z.literal('domain_classifier'),
  /** AUC of telling current rows from those of the reference: 0.5 when they are alike, 1 when nothing is */
  statistic: z.number(),
  /** 95 % */
  interval: z.tuple([z.number(), z.number()]),
  /** from here on it matters: (1 + minShift)/2 */
  threshold: z.number(),
  pValue: z.number(),
  adjustedPValue: z.number().nullable(),
  verdict: DriftVerdict,
  /** which columns told the sides apart, and how much of it each did; largest first */
  contributions: z.array(z.object({ column: z.string(), share: z.number() })),
  text: z.string(),
});
export type TableTest = z.infer<typeof TableTest>;

export const DriftReport = z.object({
  schema: z.literal('rekindle/drift-report/1'),
  verdict: DriftVerdict,
  recommendation: z.object({ retrain: z.boolean(), reasons: z.array(z.string()) }),
  reference: z.object({ rows: z.number().int() }),
  current: z.object({ rows: z.number().int() }),
  /** worst first */
  columns: z.array(ColumnReport),
  /** the drifted columns, what matters most first */
  rootCauses: z.array(RootCause).optional(),
  /** of the whole table, when they were asked for and could be made */
  tests: z.array(TableTest).optional(),
  findings: z.array(Finding),
});
export type DriftReport = z.infer<typeof DriftReport>;
