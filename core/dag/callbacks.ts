/** Tasks that are called when something has happened to another task or to a run. */
import { z } from 'zod';
import type { Task } from './task.js';

/** What a callback gets as its input. A schema and its type, so a task says `input: CallbackEvent`. */
export const CallbackEvent = z.object({
  event: z.enum(['success', 'failure', 'retry', 'deadline']),
  dag: z.string(),
  /** id of the run */
  run: z.string(),
  /** task instance; absent when it is about the run */
  instance: z.string().optional(),
  /** of a failure or a retry */
  error: z.object({ code: z.string(), message: z.string() }).optional(),
  /** the try that ended, from 1; of a task only */
  attempt: z.number().int().optional(),
});
export type CallbackEvent = z.output<typeof CallbackEvent>;

/** A task whose input may be a {@link CallbackEvent}. */
export type Callback = Task<string, CallbackEvent, any>;
export type CallbackList = Callback | readonly Callback[];

/** A callback that fails changes nothing about what it is told of. */
export interface TaskCallbacks {
  readonly onSuccess?: CallbackList;
  /** after the last try */
  readonly onFailure?: CallbackList;
  /** after a try that failed and is followed by another */
  readonly onRetry?: CallbackList;
}
