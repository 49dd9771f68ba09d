/** Removes what nobody will ask for any more, beside the writing of what is new: nothing runs for it by itself. */
import type { ObjectStore } from '../../core/ports.js';

/** Between two looks of one process at the same place. */
const EVERY_MS = 3_600_000;
/** Removed in one look: whoever writes waits for it. What is left is removed beside the next write. */
const MOST = 1_000;
const AT_ONCE = 16;

export interface Outlived {
  readonly prefix: string;
  /** ms since it was written */
  readonly afterMs: number;
  /** a last look at one that is so old */
  readonly isKept?: (key: string) => Promise<boolean>;
}

const lookedAt = new WeakMap<ObjectStore, Map<string, number>>();

const isOver = async ({ isKept }: Outlived, key: string): Promise<boolean> => !(await isKept?.(key));

/**
 * Looks at most once an hour at each place. Never rejects: what cannot be removed is left for the next time.
 *
 * @param nowMs ms since the epoch
 */
export const removeOutlived = async (objects: ObjectStore, outlived: Outlived, nowMs = Date.now()): Promise<void> => {
  const { prefix, afterMs } = outlived;
  const looked = lookedAt.get(objects) ?? new Map<string, number>();
  lookedAt.set(objects, looked);
  if (nowMs - (looked.get(prefix) ?? -Infinity) < EVERY_MS) return;
  looked.set(prefix, nowMs); // two that write at the same time need not both look
  try {
    const old: string[] = [];
    for await (const { key, modified } of objects.list(prefix)) {
      if (Date.parse(modified) < nowMs - afterMs && (await isOver(outlived, key))) old.push(key);
      if (old.length < MOST) continue;
      looked.delete(prefix);
      break;
    }
    while (old.length > 0) await Promise.all(old.splice(0, AT_ONCE).map((key) => objects.delete(key)));
  } catch {
    // the store is away: there is another write in an hour
  }
};
