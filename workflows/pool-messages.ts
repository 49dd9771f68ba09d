/** What is said between a pool, the runs that want its slots, and people: defined once, used by all of them. */
import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import { z } from 'zod';
import type { PoolAsk, PoolAnswer, PoolState } from '../core/dag/pool.js';
import { PoolConfig } from '../core/project-config.js';

const name = z.string().min(1).max(1_000);
const ticket = z.number().int().nonnegative();

export const AskMessage = z.strictObject({
  run: name,
  chain: name,
  dag: name,
  requests: z
    .array(z.strictObject({ ticket, instance: name, slots: z.number().int().positive(), priority: z.number().int().min(1).max(5) }))
    .optional(),
  release: z.array(ticket).optional(),
  leave: z.literal(true).optional(),
  capacity: z.number().nonnegative().optional(),
}) satisfies z.ZodType<PoolAsk>;

/** To a run. A signal tells of everything that has been decided since the last one. */
export interface AnswerMessage {
  readonly pool: string;
  readonly answers: readonly Omit<PoolAnswer, 'run'>[];
}

export const DeclareMessage = PoolConfig;
export type DeclareMessage = PoolConfig;

export interface PoolStatus extends PoolState {
  readonly pool: string;
  readonly doc: string | null;
}

/** From a run to a pool. */
export const poolAsk = defineSignal<[PoolAsk]>('ask');
/** From a pool to a run. */
export const poolAnswer = defineSignal<[AnswerMessage]>('poolAnswer');
/** Makes the pool what it is to be. */
export const declarePool = defineUpdate<PoolStatus, [DeclareMessage]>('declare');
/** Ends the pool: who waits is turned away. Fails with POOL_IN_USE unless it is forced. */
export const dropPool = defineUpdate<void, [{ readonly force: boolean }]>('drop');
export const poolStatus = defineQuery<PoolStatus>('status');
