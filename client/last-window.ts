/** What monitoring said of a model last. */
import { z } from 'zod';
import { isRekindleError } from '../core/errors.js';
import { eventTime } from '../core/event-time.js';
import { MonitoringReport } from '../core/lifecycle/monitoring.js';
import { keys } from '../core/names.js';
import type { ObjectStore } from '../core/ports.js';
import { readDocument } from '../platform/registry/documents.js';

const LastWindow = MonitoringReport.pick({ window: true, verdict: true, recommendation: true }).extend({
  reading: z.object({ summary: z.string() }).nullable(),
});
export type LastWindow = z.infer<typeof LastWindow>;

const RECENT_MS = 60 * 86_400_000;

const newestKey = async (objects: ObjectStore, prefix: string, after?: string): Promise<string | undefined> => {
  let newest: string | undefined;
  for await (const { key } of objects.list(prefix, after === undefined ? {} : { after })) if (key.endsWith('.json')) newest = key;
  return newest;
};

/** The window that ended last, by the event clock; undefined when there is none, or its report has another form. */
export const lastWindow = async (objects: ObjectStore, model: string): Promise<LastWindow | undefined> => {
  // live models are looked at here, without listing the reports of years; those that replay history are found by the second look
  const recent = keys.report(model, 'monitoring', eventTime(Date.now() - RECENT_MS), 'json');
  const prefix = keys.reportsPrefix(model, 'monitoring');
  const key = (await newestKey(objects, prefix, recent)) ?? (await newestKey(objects, prefix));
  if (key === undefined) return undefined;
  try {
    return (await readDocument(objects, key, LastWindow))?.value;
  } catch (error) {
    if (isRekindleError(error) && error.code === 'CHECKSUM_MISMATCH') return undefined;
    throw error;
  }
};
