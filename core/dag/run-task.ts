/** One try of a task: the only place where inputs and outputs are checked and a skip is understood. Used by workers and by `testDag`. */
import { RekindleError } from '../errors.js';
import type { Json } from '../json.js';
import type { TaskContext } from '../ports.js';
import { check } from './schema.js';
import type { Task } from './task.js';
import { answerOf, isTaskSkipped, type TaskAnswer } from './wire.js';

const sameAsJson = (task: Task, value: unknown): Json => {
  try {
    return value === undefined ? null : (JSON.parse(JSON.stringify(value)) as Json);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new RekindleError('TASK_OUTPUT_INVALID', `Output of task '${task.id}' is no JSON: ${reason}.`, { task: task.id });
  }
};

/**
 * @returns what the activity answers: see {@link TaskAnswer}
 * @throws TASK_INPUT_INVALID, TASK_OUTPUT_INVALID naming every wrong field; whatever the task throws, unchanged
 */
export const runTask = async (task: Task, input: unknown, ctx: TaskContext): Promise<TaskAnswer> => {
  if (!task.run)
    throw new RekindleError('TASK_NOT_FOUND', `Task '${task.id}' has no body here: its activity lives in another worker.`, {
      task: task.id,
    });
  const given = await check(task.input, input, 'input');
  if (given.problems)
    throw new RekindleError('TASK_INPUT_INVALID', `Input of task '${task.id}': ${given.problems.join('; ')}.`, {
      task: task.id,
      fields: given.problems,
    });
  let returned: unknown;
  try {
    returned = await task.run(given.value, ctx);
  } catch (error) {
    if (isTaskSkipped(error)) return answerOf({ state: 'skipped', reason: error.message, tries: ctx.attempt });
    throw error;
  }
  const made = await check(task.output, returned, 'output');
  if (made.problems)
    throw new RekindleError('TASK_OUTPUT_INVALID', `Output of task '${task.id}': ${made.problems.join('; ')}.`, {
      task: task.id,
      fields: made.problems,
    });
  return answerOf({ state: 'success', output: sameAsJson(task, made.value), tries: ctx.attempt });
};
