/** Plays a run by its planner: what is under way ends one by one, in an order that is drawn. */
import type { Action } from '../../../core/dag/actions.js';
import type { PlannerOptions } from '../../../core/dag/planner.js';
import type { DagRunState } from '../../../core/dag/run-state.js';
import { DagRun, type RunStart, type SavedRun } from '../../../core/dag/run.js';
import { sliceEnds, sliceRun } from '../../../core/dag/slice.js';

import type { RandomDag } from './random-dag.js';
import { RUN } from './support.js';

/** Which of so many comes next, in the order of their names. */
export type Pick = (count: number, pending: readonly Action[]) => number;

export interface Watch {
  /** something is started, or a composite's inside; the state is that of the moment */
  readonly started?: (instance: string, run: DagRun) => void;
  /** all that an end brought about is done */
  readonly settled?: (run: DagRun) => void;
}

export interface DriveOptions extends Watch {
  readonly pick: Pick;
  readonly planner?: PlannerOptions;
  readonly seed?: RunStart['seed'];
  /** what is told to stop ends as it would have all the same */
  readonly isDeaf?: boolean;
  /** asked before each end: go on in another execution? */
  readonly moves?: () => boolean;
}

export interface Driven {
  readonly run: DagRun;
  readonly state: DagRunState;
  /** in the order in which they were started */
  readonly order: readonly string[];
  /** states of task instances, those in shards included */
  readonly tasks: Readonly<Record<string, string>>;
  readonly undone: readonly string[];
}

const CANCELLED = { state: 'failed', error: { code: 'TASK_CANCELLED', message: '' }, tries: 1 } as const;
const NOW = 1_767_312_000_000;

/** Enough that only a run which never ends gets there. */
const MOST_STEPS = 50_000;

const byName = (a: Action, b: Action): number => (a.instance < b.instance ? -1 : a.instance > b.instance ? 1 : a.kind < b.kind ? -1 : 1);

class Drive {
  run: DagRun;
  readonly order: string[] = [];
  readonly undone: string[] = [];
  readonly shardTasks: Record<string, string> = {};
  readonly #start: RunStart;
  readonly #options: DriveOptions;
  readonly #outcomeOf: RandomDag['outcomeOf'];
  readonly #cancelled = new Set<string>();
  #pending: Action[] = [];

  constructor(start: RunStart, outcomeOf: RandomDag['outcomeOf'], options: DriveOptions, plannerOptions: PlannerOptions = {}) {
    this.#start = start;
    this.#outcomeOf = outcomeOf;
    this.#options = { ...options, planner: { ...options.planner, ...plannerOptions } };
    this.run = new DagRun(start, this.#options.planner);
  }

  play(): void {
    this.#take(this.run.start(NOW));
    for (let step = 0; this.#pending.length > 0; step++) {
      if (step > MOST_STEPS) throw new Error('the run does not end');
      if (this.#options.moves?.()) this.#move();
      // by name: an order of its own that the way here has no part in
      this.#pending.sort(byName);
      const [action] = this.#pending.splice(this.#options.pick(this.#pending.length, this.#pending), 1);
      this.#take(this.#perform(action!));
    }
  }

  #take(actions: readonly Action[]): void {
    for (const action of actions) {
      if (action.kind === 'cancel') {
        if (!this.#options.isDeaf) this.#cancelled.add(action.instance);
        this.#pending = this.#pending.filter(({ kind, instance }) => kind !== 'past' || instance !== action.instance);
        continue;
      }
      this.#pending.push(action);
      if (action.kind === 'past' || action.kind === 'undo' || action.kind === 'load' || action.kind === 'shard') continue;
      this.order.push(action.instance);
      this.#options.started?.(action.instance, this.run);
    }
    this.#options.settled?.(this.run);
  }

  #perform(action: Action): Action[] {
    const { instance } = action;
    switch (action.kind) {
      case 'past':
        return this.run.release(instance, NOW);
      case 'undo':
        this.undone.push(...this.run.undoSteps(action.key).map((step) => step.instance));
        return this.run.proceed(instance, NOW);
      case 'load':
        throw new Error('nothing is stored here');
      case 'cancel':
        return [];
      case 'shard': {
        const { spec, variables, options } = sliceRun(this.#start.spec.id, action.slice);
        const start = { spec, params: variables['params']!, run: variables['run'] as unknown as RunStart['run'], variables };
        const inner = new Drive(start, this.#outcomeOf, this.#options, options);
        inner.play();
        this.run.sharded(action.map, instance);
        this.undone.push(...inner.undone);
        Object.assign(this.shardTasks, inner.tasks);
        return this.run.finishShard(action.map, action.slice.from, sliceEnds(inner.run.planner), inner.run.undoSteps(), NOW);
      }
      default:
        return this.run.finish(instance, this.#cancelled.has(instance) ? CANCELLED : this.#outcomeOf(instance), NOW);
    }
  }

  get tasks(): Record<string, string> {
    const { tasks } = this.run.state({ outputs: false });
    return { ...Object.fromEntries(Object.entries(tasks).map(([instance, { state }]) => [instance, state])), ...this.shardTasks };
  }

  /** As after continue-as-new: everything goes through JSON. */
  #move(): void {
    const saved = JSON.parse(JSON.stringify(this.run.save())) as SavedRun;
    const before = this.#pending;
    this.run = new DagRun(this.#start, this.#options.planner, saved);
    this.#pending = this.run.resume(NOW).filter(({ kind }) => kind !== 'cancel');
    const names = (actions: readonly Action[]): string =>
      actions
        .map(({ kind, instance }) => `${kind} ${instance}`)
        .sort()
        .join('\n');
    if (names(before) !== names(this.#pending))
      throw new Error(`after a move other things are under way.\nBefore:\n${names(before)}\nAfter:\n${names(this.#pending)}`);
  }
}

/** Until nothing is under way any more. */
export const drive = ({ spec, outcomeOf }: RandomDag, options: DriveOptions): Driven => {
  const start: RunStart = { spec, params: {}, run: { ...RUN, dag: spec.id }, ...(options.seed ? { seed: options.seed } : {}) };
  const play = new Drive(start, outcomeOf, options);
  play.play();
  const { run, order, undone } = play;
  if (run.planner.end?.state !== 'success') undone.push(...run.undoSteps().map(({ instance }) => instance));
  if (run.planner.end) run.stop(NOW, false);
  return { run, state: run.state({ outputs: true }), order, tasks: play.tasks, undone };
};

/** Draws from a stream of numbers. */
export const picking = (numbers: Iterator<number>): Pick => {
  return (count) => (count <= 1 ? 0 : (numbers.next().value as number) % count);
};
