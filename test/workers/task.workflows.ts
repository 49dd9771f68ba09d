/** Runs tasks as the interpreter does, one after the other; each gets what the one before it answered. */
import {
  ActivityFailure,
  ApplicationFailure,
  scheduleActivity,
  scheduleLocalActivity,
  workflowInfo,
  type ActivityOptions,
} from '@temporalio/workflow';
import { endOf, type TaskMeta } from '../../core/dag/wire.js';
import type { Json } from '../../core/json.js';

export interface Step {
  readonly type: string;
  /** default: the output of the step before */
  readonly input?: Json;
  readonly local?: true;
  readonly meta?: Partial<TaskMeta>;
  readonly options?: ActivityOptions;
}

export async function steps(queue: string, wanted: readonly Step[]): Promise<Json> {
  let last: Json = null;
  const ends: Json[] = [];
  for (const { type, input = last, local, meta, options } of wanted) {
    const args = [input, { instance: type, run: { logicalDate: workflowInfo().startTime.toISOString() }, ...meta }];
    const limits: ActivityOptions = { startToCloseTimeout: '20 seconds', retry: { maximumAttempts: 1 }, ...options };
    try {
      const end = endOf(
        await (local
          ? scheduleLocalActivity(type, args, limits as object)
          : scheduleActivity(type, args, { ...limits, taskQueue: queue, activityId: type })),
      );
      if (end.state === 'success') last = end.output;
      ends.push(end);
    } catch (error) {
      const cause = error instanceof ActivityFailure ? error.cause : error;
      if (!(cause instanceof Error)) throw error;
      ends.push({ state: 'failed', code: cause instanceof ApplicationFailure ? (cause.type ?? '') : cause.name, message: cause.message });
    }
  }
  return ends;
}
