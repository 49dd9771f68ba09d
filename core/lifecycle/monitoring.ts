/** What monitoring concludes of a window: the checks of its quality, and what it calls for. Pure. */
import { z } from 'zod';
import { DriftVerdict } from '../drift/report.js';
import { normalQuantile } from '../statistics/distributions/normal.js';
import { BinaryMetrics } from './gates.js';
import type { Gate, GateMetric, ModelSpec } from './model-spec.js';
import type { EventWindow } from './windows.js';

export const QualityCheck = z.object({
  metric: z.string(),
  /** `inconclusive`: there was nothing to measure */
  verdict: z.enum(['pass', 'fail', 'inconclusive']),
  value: z.number().nullable(),
  /** one sentence a person understands */
  reason: z.string(),
});
export type QualityCheck = z.infer<typeof QualityCheck>;

/** Realized quality: of the rows whose label is due and has arrived. */
export const Quality = z.object({
  /** null when no label has arrived */
  metrics: BinaryMetrics.nullable(),
  /** of the requests, all rows of the window; null without rows */
  latency: z.object({ meanMs: z.number(), p99Ms: z.number() }).nullable(),
  checks: z.array(QualityCheck),
  failedChecks: z.array(z.string()),
});
export type Quality = z.infer<typeof Quality>;

/** A trigger that a window sends to the model's door; the door decides. */
export const Call = z.object({
  source: z.enum(['drift', 'quality']),
  reason: z.string(),
  /** names the window's end: the same window seen twice calls once */
  key: z.string(),
});
export type Call = z.infer<typeof Call>;

/** `report` of a window, version 1: everything monitoring saw and concluded. */
export const MonitoringReport = z.object({
  schema: z.literal('rekindle/monitoring-report/1'),
  model: z.string(),
  asOf: z.iso.datetime(),
  window: z.object({ from: z.iso.datetime(), to: z.iso.datetime() }),
  rows: z.number().int(),
  labelled: z.number().int(),
  /** share of rows whose label has arrived and was due */
  coverage: z.number(),
  versions: z.array(z.object({ version: z.string(), rows: z.number().int() })),
  verdict: DriftVerdict,
  /** key of the whole drift report; null when there was nothing to compare */
  driftReport: z.string().nullable(),
  worst: z.object({ column: z.string(), effect: z.number() }).nullable(),
  quality: Quality,
  calls: z.array(Call),
  /** what a reader should know, in sentences */
  reasons: z.array(z.string()),
});
export type MonitoringReport = z.infer<typeof MonitoringReport>;

/** With `alpha` the AUC must lie below its limit by more than chance; other metrics are taken as measured. */
const tolerance = (metric: GateMetric, { alpha }: Gate, metrics: BinaryMetrics | null): number => {
  if (metric !== 'rocAuc' || alpha === undefined || metrics?.rocAuc == null || !metrics.rocAucInterval) return 0;
  const [low, high] = metrics.rocAucInterval;
  // a 95 % interval that was clipped at 0 or 1 is whole on its other side
  const standardError = Math.max(metrics.rocAuc - low, high - metrics.rocAuc) / normalQuantile(0.975);
  return normalQuantile(1 - alpha) * standardError;
};

const show = (value: number): string => String(Number(value.toPrecision(4)));

const check = (metric: GateMetric, gate: Gate, value: number | null, metrics: BinaryMetrics | null): QualityCheck => {
  if (value === null) return { metric, verdict: 'inconclusive', value, reason: `${metric} cannot be measured in this window` };
  const margin = tolerance(metric, gate, metrics);
  if (gate.min !== undefined && value + margin < gate.min)
    return { metric, verdict: 'fail', value, reason: `${metric} ${show(value)} is under ${gate.min}` };
  if (gate.max !== undefined && value - margin > gate.max)
    return { metric, verdict: 'fail', value, reason: `${metric} ${show(value)} is over ${gate.max}` };
  return { metric, verdict: 'pass', value, reason: `${metric} ${show(value)} is within its limits` };
};

/** Checks what was measured against `monitor.quality` of the model. */
export const qualityOf = (limits: ModelSpec['monitor']['quality'], metrics: BinaryMetrics | null, latency: Quality['latency']): Quality => {
  const checks = (Object.entries(limits) as [GateMetric, Gate][]).map(([metric, gate]) => {
    const value = metric === 'latencyP99Ms' ? (latency?.p99Ms ?? null) : (metrics?.[metric] ?? null);
    return check(metric, gate, value, metrics);
  });
  return { metrics, latency, checks, failedChecks: checks.filter(({ verdict }) => verdict === 'fail').map(({ metric }) => metric) };
};

export interface Concluded {
  readonly window: EventWindow;
  readonly drift: { readonly retrain: boolean; /** sentences */ readonly reasons: readonly string[] };
  readonly quality: Quality;
}

/** What a window calls for, as far as the model listens to it. */
export const callsOf = ({ on }: Pick<ModelSpec['retrain'], 'on'>, { window, drift, quality }: Concluded): Call[] => {
  const failed = quality.checks.filter(({ verdict }) => verdict === 'fail').map(({ reason }) => reason);
  const calls = [
    { source: 'drift' as const, calls: drift.retrain, reason: drift.reasons.join(' ') || 'the data drifted' },
    { source: 'quality' as const, calls: failed.length > 0, reason: failed.join('; ') },
  ];
  return calls
    .filter(({ source, calls: called }) => called && on.includes(source))
    .map(({ source, reason }) => ({ source, reason, key: `${source}-${window.to.replace('T00:00:00.000Z', '')}` }));
};
