/** What monitoring concludes of a window: the checks of its quality, and what it calls for. Pure. */
import { z } from 'zod';
import { READINGS } from '../quality/readings.js';
import { DriftVerdict } from '../drift/report.js';
import { decideTrigger, TriggerRule } from '../drift/trigger-rule.js';
import { readConceptDrift } from '../quality/concept-drift.js';
import { normalQuantile } from '../statistics/distributions/normal.js';
import { BinaryMetrics } from './gates.js';
import type { Gate, GateMetric, ModelSpec } from './model-spec.js';
import { WindowEstimate, type EstimatedMetric } from './window-estimate.js';
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

/** Quality as the labels show it that are due and have arrived, and as it can be estimated without them. */
export const Quality = z.object({
  /** realized; null when no label has arrived */
  metrics: BinaryMetrics.nullable(),
  /** of the requests, all rows of the window; null without rows */
  latency: z.object({ meanMs: z.number(), p99Ms: z.number() }).nullable(),
  checks: z.array(QualityCheck),
  failedChecks: z.array(z.string()),
  /** of the version that answered most rows; null where it could not be estimated */
  estimated: WindowEstimate.extend({ version: z.string() }).nullable(),
  /** a sentence; null when there is an estimate */
  notEstimated: z.string().nullable(),
});
export type Quality = z.infer<typeof Quality>;

/** What drift, estimated and realized quality mean together. */
export const Reading = z.object({
  reading: z.enum(READINGS),
  /** one sentence that sums it up */
  summary: z.string(),
  reasons: z.array(z.string()),
  /** what to do about it, in one sentence */
  advice: z.string(),
});
export type Reading = z.infer<typeof Reading>;

/** How the suite of data checks of the model ended. */
export const DataChecks = z.object({
  /** `warn`: only checks failed whose severity is `warning`; `not_run`: the model has no suite, or there was nothing to check */
  verdict: z.enum(['pass', 'fail', 'warn', 'not_run']),
  /** the checks that failed, those that only warn too: what each found, in a sentence */
  failed: z.array(z.string()),
  /** the whole report in the object store; null when nothing was run */
  reportKey: z.string().nullable(),
  /** why nothing was run */
  reason: z.string().optional(),
});
export type DataChecks = z.infer<typeof DataChecks>;

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
  /** null where quality could not be estimated, for want of which nothing can be said of concept drift */
  reading: Reading.nullable(),
  /** of the data themselves: what fails here is repaired at its source, and never calls for a retraining */
  validation: DataChecks,
  /** how many windows have drifted, by the verdicts alone: whether what drifted calls for anything is in `recommendation` */
  trigger: z.object({ rule: TriggerRule, fires: z.boolean(), text: z.string() }),
  calls: z.array(Call),
  recommendation: z.object({ retrain: z.boolean(), reasons: z.array(z.string()) }),
  /** what a reader should know, in sentences */
  reasons: z.array(z.string()),
});
export type MonitoringReport = z.infer<typeof MonitoringReport>;

/** What later windows read of a report. */
export const PastWindow = MonitoringReport.pick({ window: true, versions: true, verdict: true, worst: true, calls: true }).extend({
  quality: Quality.pick({ metrics: true, estimated: true }),
});
export type PastWindow = z.infer<typeof PastWindow>;

/** With `alpha` the AUC must lie below its limit by more than chance; other metrics are taken as measured. */
const tolerance = (metric: GateMetric, { alpha }: Gate, metrics: BinaryMetrics | null): number => {
  if (metric !== 'rocAuc' || alpha === undefined || metrics?.rocAuc == null || !metrics.rocAucInterval) return 0;
  const [low, high] = metrics.rocAucInterval;
  // a 95 % interval that was clipped at 0 or 1 is whole on its other side
  const standardError = Math.max(metrics.rocAuc - low, high - metrics.rocAuc) / normalQuantile(0.975);
  return normalQuantile(1 - alpha) * standardError;
};

const show = (value: number): string => String(Number(value.toPrecision(4)));

const estimateOf = (metric: GateMetric, estimated: WindowEstimate | null): EstimatedMetric | undefined =>
  Object.entries(estimated?.metrics ?? {}).find(([name]) => name === metric)?.[1];

/** An estimate is told, but never fails a check: what it says of calls for labels, not for a retraining. */
const unmeasured = (metric: GateMetric, estimated: WindowEstimate | null): string => {
  const { value = null, interval = null } = estimateOf(metric, estimated) ?? {};
  if (value === null) return `${metric} cannot be measured in this window`;
  const band = interval === null ? '' : ` (${interval.map(show).join(' to ')})`;
  return `${metric} cannot be measured in this window; estimated without labels it is ${show(value)}${band}`;
};

interface Known {
  readonly metrics: BinaryMetrics | null;
  readonly estimated: WindowEstimate | null;
}

const check = (metric: GateMetric, gate: Gate, value: number | null, { metrics, estimated }: Known): QualityCheck => {
  if (value === null) return { metric, verdict: 'inconclusive', value, reason: unmeasured(metric, estimated) };
  const margin = tolerance(metric, gate, metrics);
  if (gate.min !== undefined && value + margin < gate.min)
    return { metric, verdict: 'fail', value, reason: `${metric} ${show(value)} is under ${gate.min}` };
  if (gate.max !== undefined && value - margin > gate.max)
    return { metric, verdict: 'fail', value, reason: `${metric} ${show(value)} is over ${gate.max}` };
  return { metric, verdict: 'pass', value, reason: `${metric} ${show(value)} is within its limits` };
};

/** Checks what was measured against `monitor.quality` of the model. */
export const qualityOf = (
  limits: ModelSpec['monitor']['quality'],
  metrics: BinaryMetrics | null,
  latency: Quality['latency'],
  estimated: WindowEstimate | null = null,
): Omit<Quality, 'estimated' | 'notEstimated'> => {
  const checks = (Object.entries(limits) as [GateMetric, Gate][]).map(([metric, gate]) => {
    const value = metric === 'latencyP99Ms' ? (latency?.p99Ms ?? null) : (metrics?.[metric] ?? null);
    return check(metric, gate, value, { metrics, estimated });
  });
  return { metrics, latency, checks, failedChecks: checks.filter(({ verdict }) => verdict === 'fail').map(({ metric }) => metric) };
};

const SUMMARIES: Readonly<Record<Reading['reading'], string>> = {
  as_usual: 'The predictions are as good as usual.',
  harmless_drift: 'The data have drifted, and the predictions are as good as usual.',
  data_drift: 'The predictions are worse than they should be, and the data explain it.',
  concept_drift: 'Concept drift: the predictions are worse than the data explain, so the same inputs have come to mean something else.',
  data_and_concept_drift: 'Data and concept drift: the data explain only a part of why the predictions are worse than they should be.',
  worse_for_unknown_reason: 'The predictions are worse than they should be, and too little is known to say why.',
  not_known: 'Too little is known to say how good the predictions are.',
};

const rangeOf = (interval: EstimatedMetric['interval']) => ({ lower: interval?.[0] ?? null, upper: interval?.[1] ?? null });

/**
 * Reads drift, estimated and realized ROC-AUC together. Where labels have come, it is about the rows that have one: what was to be
 * expected of just these, and what they showed.
 */
export const readingOf = (
  { quality: limits }: Pick<ModelSpec['monitor'], 'quality'>,
  drift: DriftVerdict,
  { estimated, failedChecks }: Pick<Quality, 'estimated' | 'failedChecks'>,
): Reading | null => {
  if (estimated === null) return null;
  const required = limits.rocAuc?.min;
  const { labelled, metrics } = estimated;
  const { value, interval, usual } = labelled?.rocAuc ?? metrics.rocAuc;
  const { reading, reasons, advice } = readConceptDrift({
    drift,
    metric: 'ROC-AUC',
    higherIsBetter: true,
    usual: rangeOf(usual),
    ...(required === undefined ? {} : { required: { value: required, missed: failedChecks.includes('rocAuc') } }),
    estimated: value === null ? null : { value, band: rangeOf(interval) },
    realized: labelled?.realized ? { ...labelled.realized, rows: labelled.rows } : null,
  });
  const summary = SUMMARIES[reading];
  return {
    reading,
    summary: labelled === null ? `As far as can be told without labels: ${summary.slice(0, 1).toLowerCase()}${summary.slice(1)}` : summary,
    reasons: [...reasons],
    advice,
  };
};

export type Trigger = MonitoringReport['trigger'];

/** The rule of a model; its default fires at every window that has drifted. */
const ruleOf = ({ windows }: ModelSpec['monitor']['drift']): TriggerRule =>
  windows === undefined ? TriggerRule.parse({}) : { windows: windows.of, drifted: windows.drifted, clearAfter: windows.clearAfter };

/** How many windows before this one the rule may have to see. */
export const windowsNeeded = ({ windows }: ModelSpec['monitor']['drift']): number => {
  if (windows === undefined) return 0;
  return windows.clearAfter > 0 ? MOST_WINDOWS : windows.of - 1;
};

/** With hysteresis all windows since the last retraining count; nobody needs more of them than these. */
const MOST_WINDOWS = 200;

/**
 * Only windows that the same version answered count: they were compared with the same reference.
 *
 * @param past in time order
 */
export const triggerOf = (
  settings: ModelSpec['monitor']['drift'],
  past: readonly Pick<PastWindow, 'versions' | 'verdict'>[],
  { versions, verdict }: Pick<PastWindow, 'versions' | 'verdict'>,
): Trigger => {
  const rule = ruleOf(settings);
  const of = (window: Pick<PastWindow, 'versions'>): string | undefined => window.versions[0]?.version;
  const alike = past.slice(past.findLastIndex((window) => of(window) !== undefined && of(window) !== of({ versions })) + 1);
  return { rule, ...decideTrigger(rule, [...alike.map((window) => window.verdict), verdict]) };
};

export interface Concluded {
  readonly window: EventWindow;
  /** absent: every drift fires */
  readonly trigger?: Pick<Trigger, 'fires'>;
  readonly drift: { readonly retrain: boolean; /** sentences */ readonly reasons: readonly string[] };
  readonly quality: Pick<Quality, 'checks'>;
}

/** What a window calls for, as far as the model listens to it. */
export const callsOf = (
  { on }: Pick<ModelSpec['retrain'], 'on'>,
  { window, drift, quality, trigger = { fires: true } }: Concluded,
): Call[] => {
  const failed = quality.checks.filter(({ verdict }) => verdict === 'fail').map(({ reason }) => reason);
  const calls = [
    { source: 'drift' as const, calls: drift.retrain && trigger.fires, reason: drift.reasons.join(' ') || 'the data drifted' },
    { source: 'quality' as const, calls: failed.length > 0, reason: failed.join('; ') },
  ];
  return calls
    .filter(({ source, calls: called }) => called && on.includes(source))
    .map(({ source, reason }) => ({ source, reason, key: `${source}-${window.to.replace('T00:00:00.000Z', '')}` }));
};

interface Judged {
  readonly drift: Concluded['drift'];
  readonly quality: Pick<Quality, 'checks' | 'metrics'>;
  readonly trigger: Trigger;
}

const hasFailed = ({ checks }: Judged['quality']): boolean => checks.some(({ verdict }) => verdict === 'fail');

/** What speaks for a retraining and does not call for one, in sentences. */
export const withheld = ({ on }: Pick<ModelSpec['retrain'], 'on'>, { drift, quality, trigger }: Judged): string[] => {
  const found: string[] = [];
  const heard = on.includes('drift');
  if (drift.retrain && !trigger.fires) found.push(`By itself the drift of this window would have called for a retraining. ${trigger.text}`);
  else if (drift.retrain && !heard)
    found.push('The drift would have called for a retraining; this model does not listen to it (retrain.on).');
  if (hasFailed(quality) && !on.includes('quality'))
    found.push('The quality would have called for a retraining; this model does not listen to it (retrain.on).');
  return found;
};

/** Retrain, and why; or why not. */
export const recommendationOf = (
  retrain: Pick<ModelSpec['retrain'], 'on'>,
  judged: Judged,
  calls: readonly Call[],
): MonitoringReport['recommendation'] => {
  if (calls.length > 0) return { retrain: true, reasons: calls.map(({ reason }) => reason) };
  const { drift, quality } = judged;
  const fine = quality.metrics === null ? 'No label has arrived that quality could be measured by.' : 'No check of quality has failed.';
  return { retrain: false, reasons: [...drift.reasons, ...withheld(retrain, judged), ...(hasFailed(quality) ? [] : [fine])] };
};
