/**
 * Clearing a run: which of its results a new run keeps, and which tasks it runs again.
 *
 * Kept is how task instances ended by themselves: successes, failures, and skips by the task. What the trigger rules made of the others
 * (skipped, upstream_failed) the planner decides anew. Of a group that was tried again the last attempt counts.
 */
import { RekindleError } from '../errors.js';
import { Cleared, Names, type Reach, type Reason } from './clear/select.js';
import { outcomeOf } from './clear/outcome.js';
import { firstInstanceOf, instanceOf, isLeafPlace, layOut, taskAt, type Place, type RunBody } from './clear/tree.js';
import { nodeOf } from './wire.js';
import type { Seed } from './run-input.js';
import type { DagRunState } from './run-state.js';
import type { TaskOutcome } from './run.js';
import type { DagSpec } from './spec.js';

export type { Reason } from './clear/select.js';

export interface ClearSelection extends Reach {
  /** task instances, ids of nodes, groups, maps and branches, items (`scores[3]`), arms (`decide.promote`) */
  readonly tasks?: readonly string[];
  /** … and everything that failed by itself */
  readonly failed?: boolean;
  /** the whole run */
  readonly all?: boolean;
  /** How task instances are taken to have ended, whatever they did. What is downstream of them is cleared. */
  readonly marks?: Readonly<Record<string, TaskOutcome>>;
}

export interface ClearedTask {
  /** as it will be called in the new run */
  readonly instance: string;
  readonly reason: Reason;
}

export interface ClearPlan {
  readonly seed: Seed;
  /** ran, and will run again if their rules let them */
  readonly again: readonly ClearedTask[];
  /** have no result that could be kept, as they never ran: their rules decide */
  readonly open: readonly string[];
  /** the run knows no such task: new in this version of the DAG, or another one by an old name */
  readonly fresh: readonly string[];
  /** ran, but this version of the DAG has no such task */
  readonly dropped: readonly string[];
}

class Clearing {
  readonly cleared = new Cleared();
  readonly marks = new Map<RunBody, Map<number, TaskOutcome>>();
  readonly root: RunBody;
  readonly #state: DagRunState;
  readonly #reach: Reach;

  constructor(spec: DagSpec, state: DagRunState, reach: Reach) {
    this.root = layOut(spec, state);
    this.#state = state;
    this.#reach = reach;
  }

  select(place: Place, reason: Reason = 'selected'): void {
    this.cleared.mark(place, reason);
    this.cleared.spread(place, this.#reach);
  }

  setOutcome(name: string, outcome: TaskOutcome, places: readonly Place[]): void {
    const { runId } = this.#state;
    const [place] = places;
    if (!place || places.length > 1 || !isLeafPlace(place))
      throw new RekindleError('USAGE', `'${name}' is not one task of run '${runId}': mark its tasks one by one.`, {
        run: runId,
        task: name,
      });
    if (taskAt(this.#state, place)?.start === undefined)
      throw new RekindleError('TASK_NOT_STARTED', `Task '${name}' of run '${runId}' never started.`, { run: runId, task: name });
    const known = this.marks.get(place.body);
    if (known) known.set(place.node.index, outcome);
    else this.marks.set(place.body, new Map([[place.node.index, outcome]]));
    this.cleared.touch(place.body);
    this.cleared.spread(place, { downstream: this.#reach.downstream ?? true });
  }

  /** What failed by itself, not because of what is upstream or inside. */
  selectFailed(): void {
    this.#walk((place) => {
      if (isLeafPlace(place)) {
        if (taskAt(this.#state, place)?.state === 'failed') this.select(place);
      } else if (this.#state.composites[instanceOf(place)]?.error) {
        this.cleared.touch(place.body);
        this.cleared.spread(place, this.#reach); // what is in it may be kept
      }
    });
  }

  /**
   * A result whose effect was undone is no result. Except in a group that failed and stays so: there failing meant undoing.
   * What is cleared because of it may be in such a group: therefore again, until nothing changes.
   */
  selectUndone(): void {
    for (let found = true; found;) {
      found = false;
      this.#walk((place, isCleared, stays) => {
        if (isCleared || stays || !isLeafPlace(place) || this.#markAt(place) || this.cleared.reasonAt(place)) return;
        if (!Object.hasOwn(this.#state.tasks, `${instanceOf(place)}.undo`)) return;
        this.select(place, 'undone');
        found = true;
      });
    }
  }

  plan(): ClearPlan {
    const outcomes: Record<string, TaskOutcome> = {};
    const again: ClearedTask[] = [];
    const open: string[] = [];
    const fresh: string[] = [];
    const known = new Set<string>();
    this.#walk((place, reason, _stays, keys) => {
      if (!isLeafPlace(place)) return;
      known.add(place.node.id);
      const task = taskAt(this.#state, place);
      const instance = firstInstanceOf(place);
      const marked = this.#markAt(place);
      const why = marked ? undefined : (reason ?? this.cleared.reasonAt(place));
      const outcome = marked ?? (why ? undefined : outcomeOf(task));
      if (outcome) for (const key of keys) outcomes[key + place.node.local] = outcome;
      else if (!task) fresh.push(instance);
      else if (task.start === undefined) open.push(instance);
      else again.push({ instance, reason: why ?? 'selected' });
    });
    return { seed: { from: this.#state.runId, outcomes }, again, open, fresh, dropped: this.#dropped(known) };
  }

  #dropped(known: ReadonlySet<string>): string[] {
    return Object.entries(this.#state.tasks)
      .filter(([instance, { start }]) => start !== undefined && !instance.endsWith('.undo') && !known.has(nodeOf(instance)))
      .map(([instance]) => instance);
  }

  #markAt({ body, node }: Place): TaskOutcome | undefined {
    return this.marks.get(body)?.get(node.index);
  }

  /**
   * @param visit gets with each place: why something around it is cleared; whether it is in a group that failed and stays so; what the
   *   ids of its instances in the new run begin with, several in such a group, as each of its attempts fails again
   */
  #walk(visit: (place: Place, cleared: Reason | undefined, stays: boolean, keys: readonly string[]) => void): void {
    const walk = (body: RunBody, cleared: Reason | undefined, stays: boolean, keys: readonly string[]): void => {
      for (const index of body.plan.order) {
        const node = body.plan.nodes[index]!;
        const place = { body, node };
        visit(place, cleared, stays, keys);
        const inside = cleared ?? this.cleared.reasonAt(place);
        for (const inner of body.inner.get(index) ?? []) {
          const failed = node.kind === 'group' && this.#state.composites[instanceOf(place)]?.state === 'failed';
          const staysFailed = !inside && failed && !this.cleared.isTouched(inner);
          const attempts = staysFailed && node.kind === 'group' ? node.spec.retries + 1 : 1;
          walk(
            inner,
            inside,
            stays || staysFailed,
            keys.flatMap((key) => keysOf(key + node.local, inner, body, attempts)),
          );
        }
      }
    };
    walk(this.root, undefined, false, ['']);
  }
}

const keysOf = (instance: string, inner: RunBody, around: RunBody, attempts: number): string[] => {
  const { node } = inner.owner!;
  const first = instance + inner.firstKey.slice(around.firstKey.length + node.local.length);
  return [first, ...Array.from({ length: attempts - 1 }, (_, i) => `${instance}#${i + 2}/`)];
};

/**
 * @param spec what the new run runs: the DAG of then, or of now
 * @param state with outputs, of a run that has ended
 * @throws TASK_INSTANCE_NOT_FOUND, TASK_NOT_STARTED, USAGE
 */
export const planClear = (spec: DagSpec, state: DagRunState, selection: ClearSelection): ClearPlan => {
  const { tasks = [], failed = false, all = false, marks = {} } = selection;
  const clearing = new Clearing(spec, state, selection);
  if (all) for (const node of clearing.root.plan.nodes) clearing.cleared.mark({ body: clearing.root, node }, 'selected');
  if (tasks.length > 0 || Object.keys(marks).length > 0) {
    const names = new Names(clearing.root);
    for (const [name, outcome] of Object.entries(marks)) clearing.setOutcome(name, outcome, names.find(name, state.runId));
    for (const name of tasks) for (const place of names.find(name, state.runId)) clearing.select(place);
  }
  if (failed) clearing.selectFailed();
  clearing.selectUndone();
  return clearing.plan();
};
