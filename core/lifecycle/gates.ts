/** Gates: what must hold before a challenger replaces the champion. */
import { z } from 'zod';

export const GateVerdict = z.enum(['pass', 'fail', 'inconclusive']);
export type GateVerdict = z.infer<typeof GateVerdict>;

export const GateResult = z.object({
  gate: z.string(),
  verdict: GateVerdict,
  n: z.number().int(),
  champion: z.number().nullable(),
  challenger: z.number().nullable(),
  /** of the challenger's value, or of the difference when the gate is relative */
  interval: z.tuple([z.number(), z.number()]).nullable(),
  threshold: z.number().nullable(),
  pValue: z.number().nullable(),
  /** one sentence a person understands */
  reason: z.string(),
});
export type GateResult = z.infer<typeof GateResult>;

export const Outcome = z.enum(['promote', 'keep', 'inconclusive']);
export type Outcome = z.infer<typeof Outcome>;

/** Undefined (0/0) is null, never 0. */
export const BinaryMetrics = z.object({
  n: z.number().int(),
  rocAuc: z.number().nullable(),
  rocAucInterval: z.tuple([z.number(), z.number()]).nullable(),
  f1: z.number().nullable(),
  precision: z.number().nullable(),
  recall: z.number().nullable(),
  accuracy: z.number().nullable(),
  logLoss: z.number().nullable(),
  /** number of wrong predictions */
  incorrect: z.number().int(),
});
export type BinaryMetrics = z.infer<typeof BinaryMetrics>;

export const Comparison = z.object({
  outcome: Outcome,
  champion: z.object({ version: z.string(), metrics: BinaryMetrics }).nullable(),
  challenger: z.object({ version: z.string(), metrics: BinaryMetrics }),
  gates: z.array(GateResult),
  failedGates: z.array(z.string()),
  reasons: z.array(z.string()),
  /** generation of the pointer that was judged against; null when nothing served */
  judgedGeneration: z.number().int().nullable(),
  evidence: z.object({ key: z.string(), sha256: z.string() }),
});
export type Comparison = z.infer<typeof Comparison>;
