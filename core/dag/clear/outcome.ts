/** What a recorded state says of how a task instance ended. */
import type { TaskInstanceState } from '../run-state.js';
import type { TaskOutcome } from '../run.js';

/** How it ended by itself; undefined if it did not: never started, or still under way when the run was ended by force. */
export const outcomeOf = (task: TaskInstanceState | undefined): TaskOutcome | undefined => {
  if (!task || task.start === undefined || task.end === undefined) return undefined;
  const { state, tries } = task;
  if (state === 'success') return { state, output: task.output ?? null, tries };
  if (state === 'skipped') return { state, reason: task.summary ?? '', tries };
  if (state === 'failed') return { state, error: task.error ?? { code: 'TASK_FAILED', message: 'It failed.' }, tries };
  return undefined;
};
