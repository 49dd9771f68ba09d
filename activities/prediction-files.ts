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

/**
 * Waits until every live gateway has stored what it had answered when we asked; one that dies or starts anew is not waited for,
 * its journal is recovered by itself.
 * @returns what is still missing, in sentences
 */
export const untilFlushed = async (model: string, ctx: ActivityContext): Promise<string[]> => {
  const look = async () =>
    new Map(
      (await ctx.registry.liveGateways(ctx.environment)).map(({ gateway, startedAt, models }) => [
        `${gateway} since ${startedAt}`,
        models.find((entry) => entry.model === model) ?? { answered: 0, flushed: 0 },
      ]),
    );
  const deadline = Date.now() + FLUSH_WAIT_MS;
  const asked = await look();
  for (let now = asked; ; now = await look()) {
    const owing = [...asked].filter(([gateway, { answered }]) => (now.get(gateway)?.flushed ?? Infinity) < answered);
    if (owing.length === 0) return [];
    if (Date.now() > deadline)
      return owing.map(
        ([gateway, { answered }]) => `gateway ${gateway} has stored ${now.get(gateway)!.flushed} of ${answered} answered rows`,
      );
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
