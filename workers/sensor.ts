/** A sensor is a task that is asked until it answers with something. Asking again is the server's retry: no slot, no history. */
import { ApplicationFailure } from '@temporalio/common';
import type { Task } from '../core/dag/task.js';
import { NOT_YET } from '../core/dag/wire.js';
import type { TaskLog } from '../core/ports.js';

/** A try that says nothing yet says little else: this many lines of it are kept, those of the newest try. */
export const SENSOR_LOG = { attempt: 1, maxLines: 20 } as const;

class NothingYet extends Error {}

/** Looks before the output is checked: what means "not yet" need not fit the schema of what is waited for. */
export const sensing = (task: Task): Task => ({
  ...task,
  run: async (input: unknown, ctx: unknown) => {
    const answer: unknown = await task.run?.(input, ctx);
    if (answer === undefined || answer === null || answer === false) throw new NothingYet('not yet');
    return answer;
  },
});

/**
 * @param failure what the error is to Temporal
 * @returns an error that time may mend is no answer yet; any other stays
 */
export const sensorFailure = (error: unknown, failure: ApplicationFailure, everyMs: number, log: TaskLog): Error => {
  const quiet = error instanceof NothingYet;
  if (!quiet && failure.nonRetryable) return failure;
  if (!quiet) log.warn(`Not yet: ${failure.message}`);
  return ApplicationFailure.create({
    message: quiet ? 'Not yet.' : `Not yet: ${failure.message}`,
    type: NOT_YET,
    nextRetryDelay: everyMs,
    ...(failure.details ? { details: failure.details } : {}),
    ...(quiet ? {} : { cause: failure }),
  });
};
