/** A DAG run in memory: the planner, what became of each task instance, and what must be undone. Executors do what it says. */
import type { Json } from '../json.js';
import type { RunInfo } from '../ports.js';
import { describeRun, edgesOf } from './describe-run.js';
import { Planner, type Action } from './planner.js';
import type { DagRunState, RunError } from './run-state.js';
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
}

export class DagRun {
  readonly planner: Planner;
  readonly records = new Map<string, TaskRecord>();
  readonly #started: RunStart;
  /** instances with an undo, in the order in which they were started */
  readonly #deeds: string[] = [];
  #stopped: { readonly endMs: number; readonly cancelled: boolean; readonly error?: RunError } | undefined;

  constructor(start: RunStart) {
    this.#started = start;
    this.planner = new Planner(start.spec, start);
  }

  start(nowMs: number): Action[] {
    return this.#begin(this.planner.start(), nowMs);
  }

  /** @returns what starts now */
  finish(instance: string, outcome: TaskOutcome, nowMs: number): Action[] {
    this.#record(instance, outcome, nowMs);
    return this.#begin(this.planner.finish(instance, outcome), nowMs);
  }

  /** Nothing starts any more; what is running still ends through {@link finish}. */
  halt(): void {
    this.planner.halt();
  }

  /** Newest first. Call it once, when nothing is running any more. */
  undoSteps(): UndoStep[] {
    return this.#deeds
      .filter((instance) => this.records.get(instance)?.outcome?.state !== 'skipped')
      .reverse()
      .flatMap((deed) => {
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
    const { spec, hash, params, run } = this.#started;
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
      ...describeRun(this.planner, this.records, { outputs: options.outputs, isOver: stopped !== undefined }),
      edges: edgesOf(spec),
      ...(stopped && !failed ? { output: end?.output ?? null } : {}),
      ...(stopped?.error ? { error: stopped.error } : {}),
    };
  }

  #begin(actions: Action[], nowMs: number): Action[] {
    for (const { instance, call, hasUndo } of actions) {
      this.records.set(instance, { task: call.type, startMs: nowMs });
      if (hasUndo) this.#deeds.push(instance); // before the deed: it can act and lose its answer
    }
    return actions;
  }

  #record(instance: string, outcome: TaskOutcome, nowMs: number): void {
    const record = this.records.get(instance);
    if (record) this.records.set(instance, { task: record.task, startMs: record.startMs, endMs: nowMs, outcome });
  }
}
