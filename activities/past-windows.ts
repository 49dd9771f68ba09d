/** What monitoring has written of earlier windows of a model, and other documents of the object store that its reports are made of. */
import type { z } from 'zod';
import { isRekindleError } from '../core/errors.js';
import { durationMs } from '../core/duration.js';
import { eventTime, eventTimeMs } from '../core/event-time.js';
import type { ModelSpec } from '../core/lifecycle/model-spec.js';
import { PastWindow } from '../core/lifecycle/monitoring.js';
import { keys } from '../core/names.js';
import type { ActivityContext } from './context.js';

/** @returns undefined when there is no such object, or it is of another form */
export const readJson = async <T>(
  key: string,
  schema: z.ZodType<T>,
  ctx: Pick<ActivityContext, 'objects' | 'log'>,
): Promise<T | undefined> => {
  try {
    const { body } = await ctx.objects.get(key);
    return schema.parse(JSON.parse(Buffer.from(body).toString('utf8')));
  } catch (error) {
    if (isRekindleError(error) && error.code !== 'OBJECT_NOT_FOUND') throw error;
    if (!isRekindleError(error)) ctx.log.warn(`${key} cannot be read and is left out: ${(error as Error).message.split('\n')[0]}`);
    return undefined;
  }
};

/**
 * The windows of the same length that ended before `to`, oldest first. What was written in another form is left out.
 *
 * @param most at the most; windows without a report count
 */
export const pastWindows = async (
  { name, monitor }: Pick<ModelSpec, 'name' | 'monitor'>,
  to: string,
  most: number,
  ctx: ActivityContext,
): Promise<PastWindow[]> => {
  const length = durationMs(monitor.every);
  const oldest = eventTime(eventTimeMs(to) - (most + 0.5) * length);
  const last = keys.report(name, 'monitoring', to, 'json');
  const found: string[] = [];
  for await (const { key } of ctx.objects.list(keys.reportsPrefix(name, 'monitoring'), {
    after: keys.report(name, 'monitoring', oldest, 'json'),
  })) {
    if (key >= last) break;
    if (key.endsWith('.json')) found.push(key);
  }
  const read = await Promise.all(found.slice(-most).map((key) => readJson(key, PastWindow, ctx)));
  return read.filter((window) => window !== undefined);
};
