/** What the shipped DAGs return; the model's workflow, the CLI and the demo read it. */
import { z } from 'zod';
import { DriftVerdict } from '../drift/report.js';

const Scored = z.object({ version: z.string(), rocAuc: z.number().nullable() });

export const RetrainingResult = z.object({
  model: z.string(),
  asOf: z.iso.datetime(),
  /** `keep` also when nothing called for a retraining; `challenger` is null then */
  outcome: z.enum(['promote', 'keep', 'inconclusive']),
  champion: Scored.nullable(),
  challenger: Scored.nullable(),
  failedGates: z.array(z.string()),
  reasons: z.array(z.string()),
  /** of the pointer after a promotion */
  generation: z.number().int().nullable(),
  /** event time at which the challenger's training rows end */
  trainedTo: z.string().nullable(),
});
export type RetrainingResult = z.infer<typeof RetrainingResult>;

export const MonitoringResult = z.object({
  model: z.string(),
  asOf: z.iso.datetime(),
  /** event times, half-open */
  window: z.object({ from: z.iso.datetime(), to: z.iso.datetime() }),
  rows: z.number().int(),
  /** share of predictions in the window whose label has arrived */
  coverage: z.number(),
  /** the version that answered most rows of the window */
  version: z.string().nullable(),
  verdict: DriftVerdict,
  worst: z.object({ column: z.string(), effect: z.number() }).nullable(),
  rocAuc: z.number().nullable(),
  failedChecks: z.array(z.string()),
  /** what was sent to the model's door */
  triggered: z.array(z.object({ source: z.enum(['drift', 'quality']), reason: z.string() })),
  /** key of the JSON in the object store */
  report: z.string(),
  /** … and of the HTML made from it; null if it could not be drawn */
  page: z.string().nullable(),
});
export type MonitoringResult = z.infer<typeof MonitoringResult>;
