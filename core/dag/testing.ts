/** Running a DAG in this process, without a server: the same planner, the real tasks. */
/* eslint-disable no-restricted-globals, no-restricted-syntax -- an executor: like a worker, it has a clock and timers */
import { durationMs } from '../duration.js';
import { isRekindleError, RekindleError } from '../errors.js';
import type { Json } from '../json.js';
import type { RunInfo, TaskContext, TaskLog } from '../ports.js';
import type { Dag } from './dag.js';
import type { Action } from './actions.js';
import { resolveRun } from './resolve.js';
import { runTask } from './run-task.js';
import type { RunError, RunStateName, TaskState } from './run-state.js';
import { DagRun, type TaskOutcome, type UndoStep } from './run.js';
import type { TaskCall } from './spec.js';
import type { Task } from './task.js';
import { endOf, skipTask, taskKey } from './wire.js';

/** Stands in for the body of a task: what it returns, or a function of its input. */
export type Stub = Json | ((input: any, ctx: TaskContext) => unknown);

export interface TestOptions {
  /** By task instance, node id or task id; the first that is found. Inputs and outputs are still checked. */
  readonly stubs?: Readonly<Record<string, Stub>>;
  readonly run?: Partial<RunInfo>;
  /** what the tasks find in `ctx` */
  readonly context?: Partial<TaskContext> & Readonly<Record<string, unknown>>;
}

export interface TestedTask<O = any> {
  readonly state: TaskState;
  readonly tries: number;
  /** null unless it succeeded */
  readonly output: O;
  readonly summary?: string;
  readonly error?: RunError;
}

export interface TestResult<R = any> {
  readonly dag: string;
  readonly runId: string;
  readonly state: Exclude<RunStateName, 'running'>;
  /** by task instance: `extract`, `decide.promote.deploy`, `etl#2/load`, `deploy.undo` */
  readonly tasks: Readonly<Record<string, TestedTask>>;
  /** null if the run failed */
  readonly output: R;
}

const silent: TaskLog = { info: () => undefined, warn: () => undefined, error: () => undefined };

const absent = <T extends object>(what: string): T =>
  new Proxy({} as T, {
    get: () => {
      throw new RekindleError('USAGE', `testDag was given no ${what}: pass it as context: { ${what}: … }.`, { context: what });
    },
  });

const errorOf = (error: unknown): RunError => {
  if (isRekindleError(error)) return { code: error.code, message: error.message };
  return error instanceof Error ? { code: error.name, message: error.message } : { code: 'Error', message: String(error) };
};

/** A failure says itself that trying again is useless: ours by their code, Temporal's by `nonRetryable`. */
const isFinal = (error: unknown): boolean =>
  isRekindleError(error) ? !error.retryable : error instanceof Error && (error as { nonRetryable?: unknown }).nonRetryable === true;

const withinTime = async <T>(call: TaskCall, controller: AbortController, work: Promise<T>): Promise<T> => {
  const limit = call.options?.timeout;
  if (limit === undefined) return work;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      const error = new RekindleError('TASK_TIMED_OUT', `Task '${call.type}' was not done within ${limit}.`, { task: call.type });
      controller.abort(error);
      reject(error);
    }, durationMs(limit));
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
};

const contextOf = (run: RunInfo, instance: string, attempt: number, signal: AbortSignal, given: TestOptions['context']): TaskContext => ({
  run,
  attempt,
  key: taskKey(run.id, instance),
  log: silent,
  signal,
  heartbeat: () => undefined,
  heartbeatDetail: undefined,
  objects: absent<TaskContext['objects']>('objects'),
  state: absent<TaskContext['state']>('state'),
  models: absent<TaskContext['models']>('models'),
  connection: (name) => {
    throw new RekindleError('CONFIG_INVALID', `testDag knows no connection '${name}': pass context: { connection }.`, { connection: name });
  },
  skip: skipTask,
  ...given,
});

/**
 * Runs every task that the DAG would run, retries (without waiting), skips and compensation included.
 *
 * @param params checked by the DAG's schema
 * @throws DAG_PARAMS_INVALID; a failed run is a result, not an error
 */
export const testDag = async <P, R>(dag: Dag<string, P, R>, params: P, options: TestOptions = {}): Promise<TestResult<R>> => {
  const now = new Date().toISOString();
  const firedAt = options.run?.logicalDate ?? now;
  const { spec, hash, params: checked, dataInterval } = await resolveRun(dag, params, { firedAt });
  const info: RunInfo = {
    id: `${dag.id}-test`,
    dag: dag.id,
    logicalDate: firedAt,
    dataInterval: dataInterval ?? { start: firedAt, end: firedAt },
    startedAt: now,
    kind: 'manual',
    isLatest: true,
    ...options.run,
  };
  const run = new DagRun({ spec, hash, params: checked, run: info });

  const bodyOf = (names: readonly string[], type: string): Task => {
    const task = dag.tasks.get(type)!;
    const name = names.find((candidate) => options.stubs !== undefined && Object.hasOwn(options.stubs, candidate));
    if (name === undefined) return task;
    const stub = options.stubs![name];
    return { ...task, run: typeof stub === 'function' ? stub : () => stub };
  };

  const attemptAll = async (instance: string, task: Task, call: TaskCall, input: Json): Promise<TaskOutcome> => {
    for (let attempt = 1; ; attempt++) {
      const controller = new AbortController();
      const ctx = contextOf(info, instance, attempt, controller.signal, options.context);
      try {
        return endOf(await withinTime(call, controller, runTask(task, input, ctx)));
      } catch (error) {
        if (isFinal(error) || attempt > (call.options?.retries ?? 0)) return { state: 'failed', error: errorOf(error), tries: attempt };
      }
    }
  };

  const execute = async (action: Action): Promise<void> => {
    const { instance, node } = action;
    const names = [instance, node, ...(action.kind === 'task' ? [action.call.type] : [])];
    const outcome: TaskOutcome =
      action.kind === 'task'
        ? await attemptAll(instance, bodyOf(names, action.call.type), action.call, action.input)
        : { state: 'failed', error: { code: 'USAGE', message: `testDag cannot run a '${action.kind}' yet.` }, tries: 1 };
    await Promise.all(run.finish(instance, outcome, Date.now()).map(execute));
  };

  const undo = async (step: UndoStep): Promise<void> => {
    run.undoStarted(step, Date.now());
    const { instance, call, input } = step;
    run.undoFinished(instance, await attemptAll(instance, bodyOf([instance, call.type], call.type), call, input), Date.now());
  };

  await Promise.all(run.start(Date.now()).map(execute));
  const state = run.planner.end?.state ?? 'failed';
  if (state === 'failed') for (const step of run.undoSteps()) await undo(step);
  run.stop(Date.now(), false);

  const { tasks, output } = run.state({ outputs: true });
  const tested = Object.entries(tasks).map(([instance, { state: ended, tries, output: made, summary, error }]) => [
    instance,
    { state: ended, tries, output: made ?? null, ...(summary === undefined ? {} : { summary }), ...(error ? { error } : {}) },
  ]);
  return { dag: dag.id, runId: info.id, state, tasks: Object.fromEntries(tested) as TestResult['tasks'], output: (output ?? null) as R };
};
