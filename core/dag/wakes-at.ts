/** How long a sleep is. */
import { durationMs } from '../duration.js';
import { eventTimeMs } from '../event-time.js';
import type { Json } from '../json.js';

/**
 * @param how a duration in words, milliseconds, or a time (ISO 8601, without a zone UTC)
 * @param sinceMs when it began
 * @returns when it ends, ms since the epoch; undefined if `how` says no time
 */
export const wakesAt = (how: Json, sinceMs: number): number | undefined => {
  if (typeof how === 'number') return Number.isFinite(how) && how >= 0 ? sinceMs + how : undefined;
  if (typeof how !== 'string') return undefined;
  for (const read of [eventTimeMs, (text: string) => sinceMs + durationMs(text)])
    try {
      return read(how);
    } catch {
      // the next one
    }
  return undefined;
};

/** @param how what says no time */
export const noSleep = (how: Json): string =>
  `It cannot sleep ${JSON.stringify(how)}: write a duration ('2 hours'), milliseconds or a time in ISO 8601.`;
