/** The files of the prediction log that a window needs, once the gateways have written them. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { daysOf, type EventWindow } from '../core/lifecycle/windows.js';
import { keys } from '../core/names.js';
import type { ObjectStore } from '../core/ports.js';
import type { ActivityContext } from './context.js';

const FLUSH_WAIT_MS = 30_000;
const FLUSH_POLL_MS = 200;
const DOWNLOADS = 8;

/** What one run of a gateway said last of a model: rows of predictions and labels together. */
interface Said {
  readonly at: string;
  readonly taken: number;
  readonly flushed: number;
}

/** By gateway and start: one that starts anew is another one. */
const heard = async (model: string, ctx: ActivityContext): Promise<Map<string, Said>> =>
  new Map(
    (await ctx.registry.liveGateways(ctx.environment)).map(({ gateway, startedAt, at, models }) => {
      const { answered = 0, flushed = 0, labels } = models.find((entry) => entry.model === model) ?? {};
      const said = { at, taken: answered + (labels?.accepted ?? 0), flushed: flushed + (labels?.flushed ?? 0) };
      return [`${gateway} since ${startedAt}`, said];
    }),
  );

/**
 * Waits until every live gateway has stored what it had taken in, predictions and labels, when we asked. A heartbeat is up to a second old, so what counts
 * is the first one after we asked. A gateway that dies or starts anew is not waited for: its journal is recovered by itself.
 * @returns what is still missing, in sentences
 */
export const untilFlushed = async (model: string, ctx: ActivityContext): Promise<string[]> => {
  const deadline = Date.now() + FLUSH_WAIT_MS;
  const asked = await heard(model, ctx);
  const owed = new Map<string, number>();
  const waiting = new Set(asked.keys());
  for (;;) {
    const now = await heard(model, ctx);
    for (const gateway of waiting) {
      const said = now.get(gateway);
      if (said && !owed.has(gateway) && said.at !== asked.get(gateway)!.at) owed.set(gateway, said.taken);
      if (!said || said.flushed >= (owed.get(gateway) ?? Infinity)) waiting.delete(gateway);
    }
    if (waiting.size === 0) return [];
    if (Date.now() > deadline)
      return [...waiting].map((gateway) => {
        const said = now.get(gateway);
        return `gateway ${gateway} has stored ${said?.flushed ?? 0} of ${owed.get(gateway) ?? said?.taken ?? 0} rows`;
      });
    await sleep(FLUSH_POLL_MS, undefined, { signal: ctx.signal });
  }
};

const keysOf = async (objects: ObjectStore, prefix: string, after?: string): Promise<string[]> => {
  const found: string[] = [];
  for await (const { key } of objects.list(prefix, after === undefined ? {} : { after })) if (key.endsWith('.parquet')) found.push(key);
  return found;
};

/** @returns how many files now lie in `folder` */
const download = async (objects: ObjectStore, wanted: readonly string[], folder: string, signal: AbortSignal): Promise<number> => {
  await mkdir(folder);
  const left = [...wanted.entries()];
  const worker = async (): Promise<void> => {
    for (let next = left.pop(); next; next = left.pop()) {
      signal.throwIfAborted();
      const [index, key] = next;
      await objects.download(key, join(folder, `${String(index).padStart(8, '0')}.parquet`));
    }
  };
  await Promise.all(Array.from({ length: DOWNLOADS }, worker));
  return wanted.length;
};

/** Prediction files of the window's days, in folder `predictions`. @returns how many */
export const fetchPredictions = async (model: string, window: EventWindow, folder: string, ctx: ActivityContext): Promise<number> => {
  const days = daysOf(window).map((day) => keysOf(ctx.objects, keys.predictionsDay(model, ctx.environment, day)));
  return download(ctx.objects, (await Promise.all(days)).flat(), join(folder, 'predictions'), ctx.signal);
};

/**
 * Label files that can speak of the window, in folder `labels`: of its first day and later. A label whose sender named no time
 * lies in the folder of the day it came.
 * @returns how many
 */
export const fetchLabels = async (model: string, window: EventWindow, folder: string, ctx: ActivityContext): Promise<number> => {
  const found = await keysOf(ctx.objects, keys.labelsPrefix(model), keys.labelsDay(model, window.from).slice(0, -1));
  return download(ctx.objects, found, join(folder, 'labels'), ctx.signal);
};
