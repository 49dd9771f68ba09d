/** Signals and the query of `assets/<dag>`: defined once, used by the workflow and by whoever calls it. */
import { defineQuery, defineSignal } from '@temporalio/workflow';
import { z } from 'zod';
import type { SentEvent } from '../core/dag/asset-event.js';
import type { Declaration, Pending } from '../core/dag/asset-queue.js';

const reason = z.string().max(1_000).default('by hand');

/** A bare text is the reason. */
export const PauseAssets = z.preprocess(
  (given) => (typeof given === 'string' ? { reason: given } : (given ?? {})),
  z.strictObject({ reason }),
);
/** Without a partition: all of them. */
export const ResetAssets = z.preprocess((given) => given ?? {}, z.strictObject({ partition: z.string().optional() }));

/** A run that was started. */
export interface StartedRun {
  readonly runId: string;
  /** ISO 8601 */
  readonly at: string;
  readonly partition?: string;
  /** how many it was given */
  readonly events: number;
}

export interface AssetsStatus extends Pending {
  readonly dag: string;
  /** the newest last */
  readonly started: readonly StartedRun[];
}

/** Something happened to an asset; only `asset` must be said. */
export const event = defineSignal<[SentEvent]>('event');
/** What the schedule of the DAG says now. */
export const declare = defineSignal<[Declaration]>('declare');
/** Events are collected, nothing starts. */
export const pause = defineSignal<[z.input<typeof PauseAssets>?]>('pause');
export const unpause = defineSignal('unpause');
/** Forgets what waits. */
export const reset = defineSignal<[z.input<typeof ResetAssets>?]>('reset');
export const pending = defineQuery<AssetsStatus>('pending');
