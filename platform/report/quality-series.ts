/** Metrics over time, from what monitoring has written of each window. */
import type { PastWindow } from '../../core/lifecycle/monitoring.js';
import type { GateMetric, ModelSpec } from '../../core/lifecycle/model-spec.js';
import type { QualityPoint, QualitySeries } from './context.js';

export const METRIC_NAMES: Readonly<Record<GateMetric | 'accuracy' | 'specificity', string>> = {
  rocAuc: 'ROC AUC',
  f1: 'F1',
  precision: 'precision',
  recall: 'recall',
  accuracy: 'accuracy',
  specificity: 'specificity',
  logLoss: 'log loss',
  latencyP99Ms: 'latency, 99th percentile (ms)',
};

type Drawn = Exclude<GateMetric, 'latencyP99Ms'>;

const measured = (metric: Drawn, { window, quality }: PastWindow): QualityPoint[] => {
  if (quality.metrics === null) return [];
  const [low, high] = (metric === 'rocAuc' ? quality.metrics.rocAucInterval : null) ?? [null, null];
  return [{ at: window.to, value: quality.metrics[metric], low, high, rows: quality.metrics.n, estimated: false }];
};

const estimated = (metric: Drawn, { window, quality }: PastWindow): QualityPoint[] => {
  if (!quality.estimated || metric === 'logLoss') return [];
  const { value, interval } = quality.estimated.metrics[metric];
  const [low, high] = interval ?? [null, null];
  return [{ at: window.to, value, low, high, rows: quality.estimated.rows, estimated: true }];
};

/** A window of which nothing is known stands in the picture as a gap. */
const gap = ({ window }: PastWindow): QualityPoint => ({ at: window.to, value: null, low: null, high: null, rows: 0, estimated: false });

/** The ROC AUC, and every metric that the model has a limit for. @param windows in time order */
export const qualitySeries = (windows: readonly PastWindow[], limits: ModelSpec['monitor']['quality']): QualitySeries[] => {
  const wanted = new Set<Drawn>(['rocAuc', ...Object.keys(limits).filter((metric): metric is Drawn => metric !== 'latencyP99Ms')]);
  return [...wanted].map((metric) => ({
    metric: METRIC_NAMES[metric],
    minimum: limits[metric]?.min ?? null,
    points: windows.flatMap((window) => {
      const points = [...measured(metric, window), ...estimated(metric, window)];
      return points.length > 0 ? points : [gap(window)];
    }),
  }));
};
