/** One try of a task: the only place where inputs and outputs are checked and a skip is understood. Used by workers and by `testDag`. */
import { RekindleError } from '../errors.js';
import type { Json } from '../json.js';
import type { TaskContext } from '../ports.js';
import { check, describeProblem } from './schema.js';
import type { Task } from './task.js';
import { answerOf, isTaskSkipped, type TaskAnswer, type TaskEnd } from './wire.js';

/** Where a field of the input came from, in words; undefined where that is not known or of no interest. */
export type Origin = (path: readonly string[]) => string | undefined;

const notHere = (task: Task): RekindleError =>
  new RekindleError('TASK_NOT_FOUND', `Task '${task.id}' has no body here: its activity lives in another worker.`, { task: task.id });

/**
 * @returns the input as the schema of the task makes it
 * @throws TASK_NOT_FOUND, TASK_INPUT_INVALID naming every wrong field and, where known, the task that it came from
 */
export const checkedInput = async (task: Task, input: unknown, origin?: Origin): Promise<unknown> => {
  if (!task.run) throw notHere(task);
  const given = await check(task.input, input, 'input');
  if (!given.problems) return given.value;
  const fields = given.places.map((problem) => {
    const from = origin?.(problem.path);
    return describeProblem(problem, 'input') + (from === undefined ? '' : ` (from ${from})`);
  });
  throw new RekindleError('TASK_INPUT_INVALID', `Input of task '${task.id}': ${fields.join('; ')}.`, { task: task.id, fields });
};

const asText = (task: Task, value: unknown): string => {
  if (value === undefined || value === null) return 'null';
  try {
    // functions and symbols have no text
    return JSON.stringify(value) ?? 'null';
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new RekindleError('TASK_OUTPUT_INVALID', `Output of task '${task.id}' is no JSON: ${reason}.`, { task: task.id });
  }
};

export type BodyEnd =
  /** the checked output as JSON text: what is too large to travel need not be read again */
  { readonly state: 'success'; readonly json: string } | { readonly state: 'skipped'; readonly reason: string };

/**
 * Runs the body and checks what it returned.
 *
 * @param given input that {@link checkedInput} has let pass
 * @throws TASK_OUTPUT_INVALID naming every wrong field; whatever the task throws, unchanged
 */
export const runBody = async (task: Task, given: unknown, ctx: TaskContext): Promise<BodyEnd> => {
  if (!task.run) throw notHere(task);
  let returned: unknown;
  try {
    returned = await task.run(given, ctx);
  } catch (error) {
    if (isTaskSkipped(error)) return { state: 'skipped', reason: error.message };
    throw error;
  }
  const made = await check(task.output, returned, 'output');
  if (made.problems)
    throw new RekindleError('TASK_OUTPUT_INVALID', `Output of task '${task.id}': ${made.problems.join('; ')}.`, {
      task: task.id,
      fields: made.problems,
    });
  return { state: 'success', json: asText(task, made.value) };
};

/** @param tries this one included */
export const endOfBody = (end: BodyEnd, tries: number): TaskEnd =>
  end.state === 'skipped' ? { ...end, tries } : { state: 'success', output: JSON.parse(end.json) as Json, tries };

/**
 * @returns what the activity answers, however large: see {@link TaskAnswer}
 * @throws as {@link checkedInput} and {@link runBody}
 */
export const runTask = async (task: Task, input: unknown, ctx: TaskContext, origin?: Origin): Promise<TaskAnswer> =>
  answerOf(endOfBody(await runBody(task, await checkedInput(task, input, origin), ctx), ctx.attempt));
