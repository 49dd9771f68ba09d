/** Calls of tasks: the task of a node, its undo, and what is called when it has ended. */
import type { Undo } from '../builder.js';
import type { CallbackList, TaskCallbacks } from '../callbacks.js';
import { ID, idProblem } from '../id.js';
import type { Ref } from '../ref-types.js';
import type { Read } from '../ref.js';
import type { Callbacks, Expression, TaskCall } from '../spec.js';
import { isTask, type Task, type TaskOptions } from '../task.js';
import { compact } from './compact.js';
import type { Drafts } from './drafts.js';

const TASK_OPTIONS = [
  'queue',
  'timeout',
  'total',
  'heartbeat',
  'retries',
  'backoff',
  'local',
  'pool',
  'priority',
  'maxActive',
  'cache',
  'version',
] as const;

/** @param how what takes the task: `d.run` */
export const expectTask = (drafts: Drafts, id: string | undefined, task: unknown, how: string): Task => {
  if (!isTask(task)) throw drafts.invalid(id, `${how} takes what task({ … }) made`);
  return task;
};

const register = (drafts: Drafts, task: Task): void => {
  const known = drafts.tasks.get(task.id);
  if (known && known !== task && (known.run || task.run))
    throw drafts.invalid(task.id, `two different tasks are called '${task.id}'; give one of them another id`);
  if (task.run && !ID.test(task.id)) throw drafts.invalid(task.id, idProblem(task.id));
  drafts.tasks.set(task.id, task);
};

export const callOf = (drafts: Drafts, task: Task, input: Expression, options: TaskOptions): TaskCall => {
  register(drafts, task);
  const merged: TaskOptions = compact(Object.fromEntries(TASK_OPTIONS.map((key) => [key, options[key] ?? task[key]])));
  return {
    type: task.id,
    input,
    ...(Object.keys(merged).length > 0 ? { options: merged } : {}),
    ...(task.run ? {} : { foreign: true }),
  };
};

export const undoOf = (
  drafts: Drafts,
  id: string,
  compensate: Undo<any> | undefined,
): { readonly call?: TaskCall; readonly reads: readonly Read[] } => {
  if (compensate === undefined) return { reads: [] };
  const self = drafts.result(id);
  const [given, inputOf] = isTask(compensate) ? [compensate, (output: Ref<any>): unknown => output] : compensate;
  const task = expectTask(drafts, id, given, 'compensate');
  const { expression, reads } = drafts.encode(id, drafts.guard(id, () => inputOf(self)) ?? {});
  const call = compact({ ...callOf(drafts, task, expression, {}), doc: task.doc });
  return { call, reads: reads.filter(({ name }) => name !== id) };
};

/** The input of a callback is what happened; the engine fills it in. */
export const callbackCalls = (
  drafts: Drafts,
  id: string | undefined,
  name: string,
  given: CallbackList | undefined,
): TaskCall[] | undefined => {
  const list = given === undefined ? [] : [given].flat();
  if (list.length === 0) return undefined;
  return list.map((one) => {
    const task = expectTask(drafts, id, one, name);
    return compact({ ...callOf(drafts, task, {}, {}), doc: task.doc });
  });
};

export const callbacksOf = (
  drafts: Drafts,
  id: string | undefined,
  { onSuccess, onFailure, onRetry }: TaskCallbacks,
): Callbacks | undefined => {
  const callbacks = compact({
    success: callbackCalls(drafts, id, 'onSuccess', onSuccess),
    failure: callbackCalls(drafts, id, 'onFailure', onFailure),
    retry: callbackCalls(drafts, id, 'onRetry', onRetry),
  });
  return Object.keys(callbacks).length > 0 ? callbacks : undefined;
};
