/** Events of assets: what a producing run announces, what somebody outside sends. */
import { z } from 'zod';
import { RekindleError } from '../errors.js';
import { eventTime, eventTimeMs } from '../event-time.js';
import type { RunInfo } from '../ports.js';
import { checkAssetName } from './asset.js';
import { LARGEST_EXTRA, type Extras } from './extras.js';
import type { AssetEvent } from './run-input.js';

/** Says of a refusal what the function that refused says. */
const as =
  <T>(read: (text: string) => T) =>
  (text: string, context: z.RefinementCtx): T => {
    try {
      return read(text);
    } catch (error) {
      context.addIssue({ code: 'custom', message: (error as Error).message });
      return z.NEVER;
    }
  };
const time = z.string().transform(as((text) => eventTime(eventTimeMs(text))));
const label = z.string().min(1).max(1_000);

/** What people and other systems send; only the asset must be said. */
const SentEvent = z.strictObject({
  asset: z.string().transform(as(checkAssetName)),
  partition: time.optional(),
  at: time.optional(),
  source: label.optional(),
  extra: z
    .json()
    .refine((extra) => JSON.stringify(extra).length <= LARGEST_EXTRA, `is longer than ${LARGEST_EXTRA} characters`)
    .optional(),
  id: label.optional(),
});
export type SentEvent = Pick<AssetEvent, 'asset'> & Partial<AssetEvent>;

/** What cannot be known from what was sent. */
export interface EventDefaults {
  /** ISO 8601 */
  readonly at: string;
  readonly source: string;
  readonly id: string;
}

/** @throws ASSET_INVALID naming every wrong field */
export const readAssetEvent = (sent: unknown, defaults: EventDefaults): AssetEvent => {
  const { success, data, error } = SentEvent.safeParse(sent);
  if (success) {
    const { asset, partition, extra, at = defaults.at, source = defaults.source, id = defaults.id } = data;
    return {
      asset,
      ...(partition === undefined ? {} : { partition }),
      at,
      source,
      id,
      ...(extra === undefined ? {} : { extra }),
    };
  }
  const problems = error.issues.map(({ path, message }) => `${path.join('.') || 'event'}: ${message}`);
  throw new RekindleError('ASSET_INVALID', `The event of an asset cannot be read: ${problems.join('; ')}.`, { fields: problems });
};

/**
 * Events of a task instance that succeeded. Told twice, they have the same ids; a run that is begun again under the id of an old one
 * makes new ones.
 *
 * @param produces `produces` of its node
 * @param at ISO 8601, when it succeeded
 * @param extras what the task said of them; a worker in another language may say too much, which is left out
 */
export const producedEvents = (
  produces: readonly string[],
  { id, logicalDate, startedAt }: Pick<RunInfo, 'id' | 'logicalDate' | 'startedAt'>,
  instance: string,
  at: string,
  extras: Extras = {},
): AssetEvent[] =>
  produces.map((name) => {
    const extra = Object.hasOwn(extras, name) ? extras[name]! : undefined;
    const isShort = extra !== undefined && JSON.stringify(extra).length <= LARGEST_EXTRA;
    const event = { asset: name, partition: logicalDate, at, source: id, id: `${id}/${instance}/${name} ${startedAt}` };
    return isShort ? { ...event, extra } : event;
  });
