/** A DAG run in memory: the planner, what became of each task instance, and what must be undone. Executors do what it says. */
import { assertNever } from '../assert-never.js';
import type { Json } from '../json.js';
import type { RunInfo } from '../ports.js';
import type { Action, MapSlice, NodeEnd } from './actions.js';
import { describeRun, edgesOf } from './describe-run.js';
import { Planner, type PlannerOptions, type SavedPlanner } from './planner.js';
import type { Seed } from './run-input.js';
import type { DagRunState, RunError, RunNote } from './run-state.js';
import type { ItemEnd, Variables } from './scope.js';
import type { DagSpec, TaskCall } from './spec.js';
import type { TaskEnd } from './wire.js';

/** How a task instance ended, all its tries together. */
export type TaskOutcome = TaskEnd | { readonly state: 'failed'; readonly error: RunError; readonly tries: number };

/** What is known of one task instance that was started. */
export interface TaskRecord {
  readonly task: string;
  readonly startMs: number;
  readonly endMs?: number;
  readonly outcome?: TaskOutcome;
  /** the run whose result was taken over */
  readonly from?: string;
  /** what a person is asked */
  readonly request?: Json;
}

/** An undo must get through: without retries of its own it is tried this often again. */
const UNDO_RETRIES = 9;

/** The undo of one task instance. */
export interface UndoStep {
  /** `deploy.undo` */
  readonly instance: string;
  readonly call: TaskCall;
  readonly input: Json;
}

export interface RunStart {
  readonly spec: DagSpec;
  readonly hash?: string;
  readonly params: Json;
  readonly run: RunInfo;
  /** results that are taken over: their tasks are not run */
  readonly seed?: Seed;
  /** of a shard: what its items read from around the map */
  readonly variables?: Variables;
}

/** What must be undone: an instance of this run, or, done in a shard, how to. */
type Deed = string | UndoStep;
const instanceOf = (deed: Deed): string => (typeof deed === 'string' ? deed : deed.instance);

/** All that another execution needs to go on with a run. */
export interface SavedRun {
  readonly planner: SavedPlanner;
  readonly records: readonly (readonly [string, TaskRecord])[];
  readonly deeds: readonly Deed[];
  readonly shards: readonly (readonly [string, readonly string[]])[];
  readonly notes: readonly RunNote[];
  readonly lateMs?: number;
}

export class DagRun {
  readonly planner: Planner;
  readonly records: Map<string, TaskRecord>;
  readonly notes: RunNote[];
  readonly #started: RunStart;
  /** in the order in which they were begun; what is undone is no longer here */
  #deeds: Deed[];
  /** workflows that run items, by map */
  readonly #shards: Map<string, string[]>;
  #lateMs: number | undefined;
  #nowMs = 0;
  #stopped: { readonly endMs: number; readonly cancelled: boolean; readonly error?: RunError } | undefined;

  constructor(start: RunStart, options: PlannerOptions = {}, saved?: SavedRun) {
    this.#started = start;
    this.records = new Map(saved?.records);
    this.#deeds = [...(saved?.deeds ?? [])];
    this.#shards = new Map(saved?.shards.map(([map, ids]) => [map, [...ids]]));
    this.notes = [...(saved?.notes ?? [])];
    this.#lateMs = saved?.lateMs;
    const { params, run, variables } = start;
    this.planner = new Planner(
      start.spec,
      { ...variables, params, run },
      { kept: (instance) => this.#keep(instance), ...options },
      saved?.planner,
    );
    if (saved) this.planner.refill((instance) => outputIn(this.records.get(instance)));
  }

  start(nowMs: number): Action[] {
    return this.#step(nowMs, () => this.planner.start());
  }

  /** Of a saved run: what was under way is asked for again. */
  resume(nowMs: number): Action[] {
    return this.#step(nowMs, () => this.planner.resume());
  }

  /** Call it when nothing runs but what may be started again: sleeps, approvals, sensors, shards. */
  save(): SavedRun {
    return {
      planner: this.planner.save(),
      records: [...this.records],
      deeds: this.#deeds,
      shards: [...this.#shards],
      notes: this.notes,
      ...(this.#lateMs === undefined ? {} : { lateMs: this.#lateMs }),
    };
  }

  /** @returns what starts now */
  finish(instance: string, outcome: TaskOutcome, nowMs: number): Action[] {
    this.#record(instance, outcome, nowMs);
    return this.#step(nowMs, () => this.planner.finish(instance, outcome));
  }

  release(instance: string, nowMs: number): Action[] {
    return this.#step(nowMs, () => this.planner.release(instance));
  }

  reject(instance: string, error: RunError, nowMs: number): Action[] {
    return this.#step(nowMs, () => this.planner.reject(instance, error));
  }

  provide(instance: string, value: Json, nowMs: number): Action[] {
    return this.#step(nowMs, () => this.planner.provide(instance, value));
  }

  fail(instance: string, error: RunError, nowMs: number): Action[] {
    return this.#step(nowMs, () => this.planner.fail(instance, error));
  }

  /** @param undo how to undo what its items did, newest first */
  finishShard(map: string, from: number, ends: readonly ItemEnd[], undo: readonly UndoStep[], nowMs: number): Action[] {
    this.#deeds.push(...[...undo].reverse());
    return this.#step(nowMs, () => this.planner.finishShard(map, from, ends));
  }

  /** What a failed group did is undone. */
  proceed(instance: string, nowMs: number): Action[] {
    return this.#step(nowMs, () => this.planner.proceed(instance));
  }

  /** Nothing starts any more; what is running still ends through {@link finish}. */
  halt(): void {
    this.planner.halt();
  }

  /** A workflow runs items of a map. */
  sharded(map: string, workflowId: string): void {
    const known = this.#shards.get(map);
    if (!known) this.#shards.set(map, [workflowId]);
    else if (!known.includes(workflowId)) known.push(workflowId);
  }

  /** What some items of a map need not run again. @param map its instance */
  seedOf(map: string, { from, items }: Pick<MapSlice, 'from' | 'items'>): Seed | undefined {
    const { seed } = this.#started;
    if (!seed) return undefined;
    const isWanted = (instance: string): boolean => {
      if (!instance.startsWith(`${map}[`)) return false;
      const item = Number.parseInt(instance.slice(map.length + 1), 10);
      return item >= from && item < from + items.length;
    };
    return { from: seed.from, outcomes: Object.fromEntries(Object.entries(seed.outcomes).filter(([instance]) => isWanted(instance))) };
  }

  get isLate(): boolean {
    return this.#lateMs !== undefined;
  }

  /** The deadline has passed. */
  late(nowMs: number): void {
    this.#lateMs ??= nowMs;
  }

  /**
   * Newest first, each once. Call it when nothing that is under the key runs any more.
   * @param key what the ids of the instances begin with
   */
  undoSteps(key = ''): UndoStep[] {
    const deeds = this.#deeds.filter((deed) => instanceOf(deed).startsWith(key));
    this.#deeds = this.#deeds.filter((deed) => !instanceOf(deed).startsWith(key));
    return deeds
      .filter((deed) => this.records.get(instanceOf(deed))?.outcome?.state !== 'skipped')
      .reverse()
      .flatMap((deed) => {
        if (typeof deed !== 'string') return [deed];
        const undo = this.planner.undo(deed);
        if (!undo) return [];
        const options = { retries: UNDO_RETRIES, ...undo.call.options };
        return [{ instance: `${deed}.undo`, call: { ...undo.call, options }, input: undo.input }];
      });
  }

  undoStarted({ instance, call }: UndoStep, nowMs: number): void {
    this.records.set(instance, { task: call.type, startMs: nowMs });
  }

  undoFinished(instance: string, outcome: TaskOutcome, nowMs: number): void {
    this.#record(instance, outcome, nowMs);
  }

  /** @param error what ended the run where no task can say it */
  stop(nowMs: number, cancelled: boolean, error?: RunError): void {
    this.#stopped = { endMs: nowMs, cancelled, ...(error ? { error } : {}) };
  }

  /** Failed task instances, oldest first, undo included. */
  failures(): (RunError & { readonly instance: string })[] {
    const tasks = [...this.records].flatMap(([instance, { outcome }]) =>
      outcome?.state === 'failed' ? [{ instance, ...outcome.error }] : [],
    );
    return [...tasks, ...[...this.planner.errors].map(([instance, error]) => ({ instance, ...error }))];
  }

  state(options: { readonly outputs: boolean }): DagRunState {
    const { spec, hash, params, run, seed } = this.#started;
    const { end } = this.planner;
    const stopped = this.#stopped;
    const failed = stopped && (stopped.cancelled || stopped.error !== undefined || end?.state !== 'success');
    return {
      dag: spec.id,
      runId: run.id,
      ...(hash === undefined ? {} : { hash }),
      state: !stopped ? 'running' : failed ? 'failed' : 'success',
      ...(stopped?.cancelled ? { cancelled: true } : {}),
      run,
      params,
      ...(stopped ? { end: new Date(stopped.endMs).toISOString() } : {}),
      ...describeRun(this.planner, this.records, this.#shards, { outputs: options.outputs, isOver: stopped !== undefined }),
      edges: edgesOf(spec),
      ...(stopped && !failed ? { output: end?.output ?? null } : {}),
      ...(stopped?.error ? { error: stopped.error } : {}),
      ...(seed ? { clearedFrom: seed.from } : {}),
      ...(this.notes.length > 0 ? { notes: this.notes } : {}),
      ...(this.#lateMs === undefined ? {} : { late: new Date(this.#lateMs).toISOString() }),
    };
  }

  #step(nowMs: number, next: () => Action[]): Action[] {
    this.#nowMs = nowMs;
    const begun: Action[] = [];
    const waiting = next();
    for (let action = waiting.shift(); action; action = waiting.shift()) {
      // a group that did nothing which can be undone goes on at once
      if (action.kind === 'undo' && !this.#hasDeeds(action.key)) waiting.push(...this.planner.proceed(action.instance));
      else {
        this.#begun(action, nowMs);
        begun.push(action);
      }
    }
    return begun;
  }

  #hasDeeds(key: string): boolean {
    return this.#deeds.some((deed) => instanceOf(deed).startsWith(key));
  }

  #begun(action: Action, nowMs: number): void {
    const { instance } = action;
    switch (action.kind) {
      case 'task':
        return this.#recordStart(instance, action.call.type, nowMs, action.hasUndo);
      case 'workflow':
        return this.#recordStart(instance, action.spec.type, nowMs, action.hasUndo);
      case 'sleep':
        return this.#recordStart(instance, 'sleep', nowMs, false);
      case 'approve':
        this.#recordStart(instance, 'approve', nowMs, false);
        this.records.set(instance, { ...this.records.get(instance)!, request: action.request });
        return;
      case 'past':
      case 'load':
      case 'shard':
      case 'undo':
      case 'cancel':
        return; // no task instances
      default:
        assertNever(action);
    }
  }

  /** Twice for what another execution of the run had started: then it began when it first did. */
  #recordStart(instance: string, task: string, nowMs: number, hasUndo: boolean): void {
    if (this.records.has(instance)) return;
    this.records.set(instance, { task, startMs: nowMs });
    if (hasUndo) this.#deeds.push(instance); // before the deed: it can act and lose its answer
  }

  #keep(instance: string): NodeEnd | undefined {
    const { seed } = this.#started;
    const outcome = seed && Object.hasOwn(seed.outcomes, instance) ? seed.outcomes[instance] : undefined;
    if (!seed || !outcome) return undefined;
    const node = this.planner.nodeOf(instance);
    const task = node?.kind === 'task' || node?.kind === 'workflow' ? node.spec.type : (node?.kind ?? instance);
    this.records.set(instance, { task, startMs: this.#nowMs, endMs: this.#nowMs, outcome, from: seed.from });
    return outcome;
  }

  #record(instance: string, outcome: TaskOutcome, nowMs: number): void {
    const record = this.records.get(instance);
    if (record) this.records.set(instance, { task: record.task, startMs: record.startMs, endMs: nowMs, outcome });
  }
}

const outputIn = (record: TaskRecord | undefined): Json | undefined =>
  record?.outcome?.state === 'success' ? record.outcome.output : undefined;
