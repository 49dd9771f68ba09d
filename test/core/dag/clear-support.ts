/** Runs in memory for tests of what comes after them. */
import type { Action } from '../../../core/dag/actions.js';
import type { Seed } from '../../../core/dag/run-input.js';
import type { DagRunState } from '../../../core/dag/run-state.js';
import { DagRun, type TaskOutcome } from '../../../core/dag/run.js';
import type { Body, DagSpec, NodeSpec } from '../../../core/dag/spec.js';
import { validate } from '../../../core/dag/validate.js';
import type { Json } from '../../../core/json.js';
import { RUN } from './support.js';

export const task = (after: string[] = [], more: object = {}): NodeSpec => ({ kind: 'task', after, type: 't', input: {}, ...more });
export const specOf = (nodes: Body['nodes'], more: Partial<DagSpec> = {}): DagSpec => {
  const spec: DagSpec = { id: 'nightly', version: 1, nodes, ...more };
  validate(spec);
  return spec;
};

export const ok = (output: Json = null): TaskOutcome => ({ state: 'success', output, tries: 1 });
export const failed: TaskOutcome = { state: 'failed', error: { code: 'Error', message: 'broken' }, tries: 1 };
export const skipped: TaskOutcome = { state: 'skipped', reason: 'nothing to do', tries: 1 };

export interface Played {
  /** at the end, with outputs */
  readonly state: DagRunState;
  /** instances that were really run, undos included */
  readonly ran: readonly string[];
}

/** A run to its end, a second for each task. @param endOf how an instance ends; default: well, with its own name as output */
export const play = (
  spec: DagSpec,
  endOf: (instance: string) => TaskOutcome | undefined = () => undefined,
  { id = RUN.id, seed }: { readonly id?: string; readonly seed?: Seed } = {},
): Played => {
  const run = new DagRun({ spec, params: {}, run: { ...RUN, id }, ...(seed ? { seed } : {}) });
  const ran: string[] = [];
  let now = Date.parse(RUN.startedAt);
  const undo = (key: string): void => {
    for (const step of run.undoSteps(key)) {
      ran.push(step.instance);
      run.undoStarted(step, now);
      run.undoFinished(step.instance, ok(), (now += 1_000));
    }
  };
  const queue: Action[] = run.start(now);
  for (let action = queue.shift(); action; action = queue.shift()) {
    const { kind, instance } = action;
    if (kind === 'cancel') continue;
    if (kind === 'past') queue.push(...run.release(instance, now));
    else if (kind === 'undo') {
      undo(action.key);
      queue.push(...run.proceed(instance, now));
    } else {
      ran.push(instance);
      queue.push(...run.finish(instance, endOf(instance) ?? ok(instance), (now += 1_000)));
    }
  }
  if (run.planner.end?.state !== 'success') undo('');
  run.stop(now, false);
  return { state: run.state({ outputs: true }), ran };
};

/** From a table by instance. */
export const byName = (ends: Record<string, TaskOutcome>) => (instance: string) => ends[instance];

/** States of task instances that are not undos. */
export const statesOf = ({ tasks }: DagRunState): Record<string, string> =>
  Object.fromEntries(
    Object.entries(tasks)
      .filter(([instance]) => !instance.endsWith('.undo'))
      .map(([instance, { state }]) => [instance, state]),
  );
