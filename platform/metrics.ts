/**
 * Every metric of the product, in one table: dashboards, alert rules and docs are checked against it. Names end in their base
 * unit or, for counts, in `_total`. Label values are few: never a run, a user or the value of a feature.
 */
import { Counter, Gauge, Histogram, Registry } from 'prom-client';

type Type = 'counter' | 'gauge' | 'histogram';

interface Metric {
  readonly name: `rekindle_${string}`;
  readonly type: Type;
  readonly unit: 'seconds' | 'bytes' | 'rows' | 'files' | 'none';
  readonly labels: readonly string[];
  readonly help: string;
  /** upper bounds of a histogram, in its unit */
  readonly buckets?: readonly number[];
}

const table = <const M extends Record<string, Metric>>(metrics: M): M => metrics;

export const METRICS = table({
  predictions: {
    name: 'rekindle_predictions_total',
    type: 'counter',
    unit: 'rows',
    labels: ['model', 'version', 'environment'],
    help: 'Rows answered and written to the prediction journal.',
  },
  predictionErrors: {
    name: 'rekindle_prediction_errors_total',
    type: 'counter',
    unit: 'none',
    labels: ['model', 'environment', 'code'],
    help: 'Prediction requests refused or failed, by error code of docs/errors.md.',
  },
  predictionDuration: {
    name: 'rekindle_prediction_duration_seconds',
    type: 'histogram',
    unit: 'seconds',
    labels: ['model', 'environment'],
    help: 'Time from the arrival of a prediction request until its answer is in the journal.',
    buckets: [0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 1, 5],
  },
  labels: {
    name: 'rekindle_labels_total',
    type: 'counter',
    unit: 'rows',
    labels: ['model', 'environment'],
    help: 'Labels received and written to the journal.',
  },
  servedInfo: {
    name: 'rekindle_served_version_info',
    type: 'gauge',
    unit: 'none',
    labels: ['model', 'version', 'environment'],
    help: '1 for the version that answers now.',
  },
  servedGeneration: {
    name: 'rekindle_served_generation',
    type: 'gauge',
    unit: 'none',
    labels: ['model', 'environment'],
    help: 'Generation of the pointer that is served; behind rekindle_pointer_generation while a version loads or cannot load.',
  },
  pointerGeneration: {
    name: 'rekindle_pointer_generation',
    type: 'gauge',
    unit: 'none',
    labels: ['model', 'environment'],
    help: 'Generation of the pointer as it was last read from the object store.',
  },
  swaps: {
    name: 'rekindle_pointer_swaps_total',
    type: 'counter',
    unit: 'none',
    labels: ['model', 'environment'],
    help: 'Changes of the served version or generation.',
  },
  loadFailures: {
    name: 'rekindle_load_failures_total',
    type: 'counter',
    unit: 'none',
    labels: ['model', 'environment', 'code'],
    help: 'Versions that could not be loaded; the version before went on serving.',
  },
  storeUp: {
    name: 'rekindle_store_up',
    type: 'gauge',
    unit: 'none',
    labels: [],
    help: '1 if the object store answered the last time it was asked.',
  },
  journalBytes: {
    name: 'rekindle_journal_open_bytes',
    type: 'gauge',
    unit: 'bytes',
    labels: [],
    help: 'Bytes in the journal file that is being written.',
  },
  journalPending: {
    name: 'rekindle_journal_pending_files',
    type: 'gauge',
    unit: 'files',
    labels: [],
    help: 'Closed journal files that are not in the object store yet.',
  },
  flushed: {
    name: 'rekindle_journal_flushed_rows_total',
    type: 'counter',
    unit: 'rows',
    labels: ['model', 'kind'],
    help: 'Rows of this process that are in Parquet segments of the object store; kind is prediction or label.',
  },
});

type Table = typeof METRICS;
export type MetricName = keyof Table;

type Instrument<M extends Metric> = M['type'] extends 'counter'
  ? Counter<M['labels'][number]>
  : M['type'] extends 'gauge'
    ? Gauge<M['labels'][number]>
    : Histogram<M['labels'][number]>;

export type Metrics<N extends MetricName> = { readonly [K in N]: Instrument<Table[K]> } & { readonly registry: Registry };

const create = (metric: Metric, registry: Registry): Counter | Gauge | Histogram => {
  const { name, help, labels, buckets } = metric;
  const options = { name, help, labelNames: [...labels], registers: [registry] };
  switch (metric.type) {
    case 'counter':
      return new Counter(options);
    case 'gauge':
      return new Gauge(options);
    case 'histogram':
      return new Histogram({ ...options, ...(buckets ? { buckets: [...buckets] } : {}) });
  }
};

/** The named metrics, in a registry of their own: each process shows what it measures. */
export const createMetrics = <const N extends MetricName>(names: readonly N[]): Metrics<N> => {
  const registry = new Registry();
  const instruments = names.map((name) => [name, create(METRICS[name], registry)]);
  return { ...Object.fromEntries(instruments), registry } as Metrics<N>;
};
