/** Tasks that are told of what has happened. A callback that fails changes nothing about what it is told of. */
import { log } from '@temporalio/workflow';
import type { CallbackEvent } from '../core/dag/callbacks.js';
import type { TaskOutcome } from '../core/dag/run.js';
import type { TaskCall } from '../core/dag/spec.js';
import type { Json } from '../core/json.js';
import { runTask, type RunPlace } from './task-activity.js';

/** All at once; resolves when the last one has ended, however it did. */
export const callBack = async (place: RunPlace, callbacks: readonly TaskCall[], event: CallbackEvent): Promise<void> => {
  const about = event.instance ?? 'run';
  await Promise.all(
    callbacks.map(async (call, i) => {
      const instance = `${about}.${event.event}${callbacks.length > 1 ? i : ''}`;
      const outcome = await new Promise<TaskOutcome>(
        (done) => void runTask(place, instance, call, event as unknown as Json, Date.now(), done),
      );
      if (outcome.state === 'failed') log.error('a callback failed', { instance, ...outcome.error });
    }),
  );
};
