/** A run once more, in no time: the planner decides, the tasks end as they are recorded to have ended, each after as long. */
import type { Json } from '../../json.js';
import type { RunInfo } from '../../ports.js';
import type { Action } from '../actions.js';
import { outcomeOf } from '../clear/outcome.js';
import { edgesOf } from '../describe-run.js';
import type { DagRunState } from '../run-state.js';
import { DagRun, type TaskOutcome } from '../run.js';
import type { DagSpec } from '../spec.js';
import { storedAt, type StoredValue } from '../wire.js';
import { unknownOf, unknownsIn } from './unknown.js';

export interface Simulation {
  /** with outputs, on the clock of the recorded run; what waits for something unknown is still `running` or `scheduled` */
  readonly state: DagRunState;
  /** by task instance, in the order of their starts */
  readonly inputs: ReadonlyMap<string, Json>;
  /** task instances that were started and have no recorded result: they are taken to succeed, with an unknown output */
  readonly unrecorded: ReadonlySet<string>;
  /** Branches and maps that could not be decided, with why. They are taken to go as recorded, else they stay open. */
  readonly undecided: ReadonlyMap<string, string>;
  /** from the run's start to the end of its last task, ms; without what has no recorded result */
  readonly tookMs: number;
}

interface Ending {
  readonly atMs: number;
  readonly instance: string;
  readonly outcome: TaskOutcome;
}

/** Endings in order of their time; those of one time in the order in which they began. */
class Agenda {
  readonly #endings: Ending[] = [];

  add(ending: Ending): void {
    let [from, to] = [0, this.#endings.length];
    while (from < to) {
      const middle = (from + to) >> 1;
      if (this.#endings[middle]!.atMs <= ending.atMs) to = middle;
      else from = middle + 1;
    }
    this.#endings.splice(from, 0, ending); // the next one is the last
  }

  next(): Ending | undefined {
    return this.#endings.pop();
  }
}

const typeOf = (action: Action): string => {
  if (action.kind === 'task') return action.call.type;
  return action.kind === 'workflow' ? action.spec.type : action.kind;
};
const inputOf = (action: Action): Json => {
  switch (action.kind) {
    case 'task':
    case 'workflow':
      return action.input;
    case 'sleep':
      return action.how;
    case 'approve':
      return action.request;
    default:
      return null;
  }
};

class Simulator {
  readonly inputs = new Map<string, Json>();
  readonly unrecorded = new Set<string>();
  readonly undecided = new Map<string, string>();
  readonly #spec: DagSpec;
  readonly #run: DagRun;
  readonly #recorded: DagRunState;
  readonly #agenda = new Agenda();
  readonly #startMs: number;
  #nowMs: number;

  constructor(spec: DagSpec, params: Json, recorded: DagRunState) {
    this.#spec = spec;
    this.#recorded = recorded;
    this.#startMs = Date.parse(recorded.run.startedAt);
    this.#nowMs = this.#startMs;
    this.#run = new DagRun({ spec, params, run: recorded.run satisfies RunInfo });
  }

  play(): Simulation {
    this.#do(this.#run.start(this.#nowMs));
    for (let end = this.#agenda.next(); end; end = this.#agenda.next()) {
      this.#nowMs = end.atMs;
      this.#do(this.#run.finish(end.instance, end.outcome, end.atMs));
    }
    if (this.#run.planner.end) this.#run.stop(this.#nowMs, false);
    const { inputs, unrecorded, undecided } = this;
    return { state: this.#run.state({ outputs: true }), inputs, unrecorded, undecided, tookMs: this.#nowMs - this.#startMs };
  }

  #do(actions: readonly Action[]): void {
    const queue = [...actions];
    for (let action = queue.shift(); action; action = queue.shift()) queue.push(...this.#begin(action));
  }

  #begin(action: Action): readonly Action[] {
    const { kind, instance } = action;
    switch (kind) {
      case 'past':
        return this.#run.release(instance, this.#nowMs);
      case 'undo':
        return this.#run.proceed(instance, this.#nowMs);
      case 'load':
        return this.#answer(instance, action.stored);
      case 'cancel':
        return []; // it ends as recorded
      case 'shard':
        throw new RangeError('nothing is sharded here');
      default:
        this.inputs.set(instance, inputOf(action));
        this.#agenda.add(this.#ending(action));
        return [];
    }
  }

  #ending(action: Action): Ending {
    const { instance } = action;
    const task = this.#recorded.tasks[instance];
    const outcome = task?.task === typeOf(action) ? outcomeOf(task) : undefined;
    if (!task || !outcome) {
      this.unrecorded.add(instance);
      return { atMs: this.#nowMs, instance, outcome: { state: 'success', output: this.#assumed(action), tries: 1 } };
    }
    const tookMs = Math.max(0, Date.parse(task.end!) - Date.parse(task.start!));
    return { atMs: this.#nowMs + tookMs, instance, outcome };
  }

  /** Of a task that would choose its downstreams nobody knows which: all of them. */
  #assumed(action: Action): Json {
    if (action.kind !== 'task' || action.call.branching !== 'branch') return unknownOf(action.instance);
    this.undecided.set(action.instance, 'it was not run, so nobody knows what it would have chosen');
    return edgesOf(this.#spec).flatMap(([upstream, id]) => (upstream === action.node ? [id] : []));
  }

  /** What decides a branch or a map is not at hand: as recorded, where that is known. */
  #answer(instance: string, stored: Json): readonly Action[] {
    const [source] = unknownsIn(stored);
    this.undecided.set(
      instance,
      source === undefined ? 'its value is too large to be looked at' : `it depends on ${source}, which was not run`,
    );
    const { arm, items } = this.#recorded.composites[instance] ?? {};
    const node = this.#run.planner.nodeOf(instance);
    if (node?.kind === 'branch' && arm !== undefined && node.arms.has(arm)) return this.#run.provide(instance, arm, this.#nowMs);
    if (node?.kind !== 'map' || items === undefined) return [];
    const list = Array.from({ length: items.total }, (_, i) => storedAt(stored as unknown as StoredValue, [String(i)]));
    return this.#run.provide(instance, list, this.#nowMs);
  }
}

/** @param params as the DAG would have got them */
export const simulate = (spec: DagSpec, recorded: DagRunState, params: Json = recorded.params): Simulation =>
  new Simulator(spec, params, recorded).play();
