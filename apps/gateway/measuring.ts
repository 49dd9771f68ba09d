/** What happens in the gateway, as metrics and as the counts of its heartbeat. */
import type { FastifyRequest } from 'fastify';
import type { Metrics } from '../../platform/metrics.js';
import type { AnsweringDeps } from './answering.js';
import type { Failure } from './failures.js';
import type { Stored } from './journal/segments.js';
import type { SlotEvents } from './models/model-slot.js';
import type { ModelTable } from './models/model-table.js';

export const GATEWAY_METRICS = [
  'predictions',
  'predictionErrors',
  'predictionDuration',
  'labels',
  'servedInfo',
  'servedGeneration',
  'pointerGeneration',
  'swaps',
  'loadFailures',
  'storeUp',
  'journalBytes',
  'journalPending',
  'flushed',
] as const;
export type GatewayMetrics = Metrics<(typeof GATEWAY_METRICS)[number]>;

/** Counts and gauges of what happens to the models. */
export const measureSlots = (metrics: GatewayMetrics, environment: string, onSwapped: () => void): SlotEvents => ({
  pointerSeen: (model, generation) => metrics.pointerGeneration.set({ model, environment }, generation),
  swapped: (model, from, to, generation) => {
    if (from) metrics.servedInfo.remove({ model, version: from.version, environment });
    metrics.servedInfo.set({ model, version: to.version, environment }, 1);
    metrics.servedGeneration.set({ model, environment }, generation);
    metrics.swaps.inc({ model, environment });
    onSwapped();
  },
  loadFailed: (model, code) => metrics.loadFailures.inc({ model, environment, code }),
});

/** Rows of a request whose answer is in the journal. */
export const measureAnswers =
  (metrics: GatewayMetrics, environment: string): AnsweringDeps['onAnswered'] =>
  (slot, { version }, rows, latencyMs) => {
    const { model } = slot;
    slot.answered += rows;
    slot.latencies.add(latencyMs);
    metrics.predictions.inc({ model, version, environment }, rows);
    metrics.predictionDuration.observe({ model, environment }, latencyMs / 1000);
  };

/** What reached the object store. */
export const measureStored =
  (metrics: GatewayMetrics, models: ModelTable) =>
  ({ predictions, labels }: Stored): void => {
    for (const [model, rows] of Object.entries(predictions)) {
      models.slot(model).flushed += rows;
      metrics.flushed.inc({ model, kind: 'prediction' }, rows);
    }
    for (const [model, rows] of Object.entries(labels)) {
      models.slot(model).labels.flushed += rows;
      metrics.flushed.inc({ model, kind: 'label' }, rows);
    }
  };

/** Only requests that name a known model are counted under it: a label's value must not come from outside. */
export const measureFailures =
  (metrics: GatewayMetrics, environment: string, models: ModelTable) =>
  ({ params }: FastifyRequest, { code, status }: Failure): void => {
    const named = (params as { model?: string } | undefined)?.model;
    const slot = models.all.find(({ model }) => model === named);
    if (slot && status >= 500) slot.errors += 1;
    metrics.predictionErrors.inc({ model: slot?.model ?? '', environment, code });
  };
