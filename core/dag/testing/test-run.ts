/** Executes one run in this process: does what the planner says, on the clock of the test. */
import { assertNever } from '../../assert-never.js';
import { durationMs } from '../../duration.js';
import { RekindleError } from '../../errors.js';
import { eventTimeMs } from '../../event-time.js';
import type { Json } from '../../json.js';
import type { RunInfo } from '../../ports.js';
import type { Action, AwaitPast, StartTask, StartWorkflow, UndoScope } from '../actions.js';
import { producedEvents } from '../asset-event.js';
import type { CallbackEvent } from '../callbacks.js';
import type { Dag } from '../dag.js';
import { poolRequestsOf, runRequestsOf } from '../pool-requests.js';
import { resolveRun, type ResolvedRun } from '../resolve.js';
import type { DagRunState, RunError } from '../run-state.js';
import { DagRun, type TaskOutcome, type UndoStep } from '../run.js';
import type { TaskCall } from '../spec.js';
import type { Task } from '../task.js';
import { lookUp, type Prefix } from './names.js';
import type { TestOptions } from './options.js';
import { resultOf, type CalledBack, type TestResult, type TimelineEntry } from './result.js';
import { CANCELLED, runTries, type Tried } from './tries.js';
import { approve, sleep } from './waits.js';
import type { World } from './world.js';

export interface RunPlan {
  readonly dag: Dag;
  readonly resolved: ResolvedRun;
  readonly info: RunInfo;
  readonly options: TestOptions;
  readonly prefix: Prefix;
  /** calls `ready` once the nodes have done their part in the run before; perhaps never */
  readonly past: (nodes: readonly string[], ready: () => void) => void;
}

export class TestRun {
  readonly info: RunInfo;
  readonly #world: World;
  readonly #plan: RunPlan;
  readonly #run: DagRun;
  /** what can be told to stop */
  readonly #live = new Map<string, AbortController>();
  readonly #over = new AbortController();
  readonly #calledOff = new AbortController();
  /** gives back its turn */
  #turn: (() => void) | undefined;
  readonly #timeline: TimelineEntry[] = [];
  readonly #callbacks: CalledBack[] = [];
  readonly #children: Record<string, TestResult> = {};
  #running = 0;
  #isCancelled = false;
  #isClosing = false;
  #resolve: (result: TestResult) => void = () => undefined;

  constructor(world: World, plan: RunPlan) {
    this.#world = world;
    this.#plan = plan;
    this.info = plan.info;
    this.#run = new DagRun({ ...plan.resolved, run: plan.info });
  }

  /** For `clock.awaiting`. */
  execute(): Promise<TestResult> {
    const { clock, open } = this.#world;
    return new Promise((resolve) => {
      open.add(this);
      this.#resolve = (result) => {
        if (!open.delete(this)) return;
        this.#over.abort();
        clock.hold();
        resolve(result);
      };
      this.#watchDeadline();
      this.#spawn(() => this.#start());
    });
  }

  /** Waits for its turn where only so many runs may be active. */
  async #start(): Promise<void> {
    const turns = runRequestsOf(this.#plan.resolved.spec);
    if (turns) {
      this.#turn = await this.#world.slots.take(turns, this.#calledOff.signal);
      if (!this.#turn) return;
    }
    await Promise.resolve(); // whoever waits for the end must have let go of the clock first
    if (!this.#isCancelled) this.#step(() => this.#run.start(this.#world.nowMs));
  }

  get state(): DagRunState {
    return this.#run.state({ outputs: false });
  }

  /** Nothing starts any more, what runs is told to stop. */
  cancel(): void {
    if (this.#isCancelled || this.#isClosing) return;
    this.#isCancelled = true;
    this.#calledOff.abort();
    this.#run.halt();
    this.#live.forEach((controller) => controller.abort());
    this.#spawn(() => undefined); // it may wait for nothing but the run before
  }

  /** Nothing that it waits for can come any more. */
  giveUp(): void {
    this.#resolve(this.#result(true));
  }

  #result(isStuck: boolean): TestResult {
    return resultOf(this.#run, this.#plan.resolved.spec, this.info, isStuck, {
      timeline: this.#timeline,
      callbacks: this.#callbacks,
      children: this.#children,
      kept: Object.fromEntries(this.#world.kept),
    });
  }

  /** Work that the end of the run waits for. */
  #spawn(work: () => Promise<void> | void): void {
    this.#running++;
    this.#world.clock.spawn(async () => {
      await work();
      this.#running--;
      if (this.#running === 0) this.#rest();
    }, this.#world.fail);
  }

  /** Nothing is at work. */
  #rest(): void {
    if (this.#isClosing || !(this.#isCancelled || this.#run.planner.end)) return;
    this.#isClosing = true;
    this.#world.clock.spawn(() => this.#close(), this.#world.fail);
  }

  async #close(): Promise<void> {
    const succeeded = !this.#isCancelled && this.#run.planner.end?.state === 'success';
    if (!succeeded) await this.#compensate(this.#run.undoSteps());
    this.#run.stop(this.#world.nowMs, this.#isCancelled);
    const { callbacks } = this.#plan.resolved.spec;
    const [error] = this.#run.failures();
    await this.#callBack(
      succeeded ? callbacks?.success : callbacks?.failure,
      succeeded ? { event: 'success' } : { event: 'failure', ...(error ? { error: { code: error.code, message: error.message } } : {}) },
    );
    this.#turn?.();
    this.#resolve(this.#result(false));
  }

  #step(next: () => Action[]): void {
    for (const action of next()) this.#do(action);
  }

  #do(action: Action): void {
    const { instance } = action;
    switch (action.kind) {
      case 'task':
        return this.#attend(instance, (signal) => this.#task(action, signal));
      case 'sleep':
        return this.#attend(instance, (signal) => this.#begin(instance, () => sleep(this.#world, action.how, signal)));
      case 'approve':
        return this.#attend(instance, (signal) => this.#begin(instance, () => approve(this.#world, this.#plan, action, signal)));
      case 'workflow':
        return this.#attend(instance, (signal) => this.#begin(instance, () => this.#workflow(action, signal)));
      case 'past':
        return this.#past(action);
      case 'undo':
        return this.#undo(action);
      case 'cancel':
        return this.#live.get(instance)?.abort();
      case 'load':
      case 'shard':
        throw new Error(`testDag has no store and no child workflows, and yet the planner asks for a '${action.kind}'`);
      default:
        assertNever(action);
    }
  }

  /** Something that ends in an outcome, unless the test itself ends first. */
  #attend(instance: string, work: (signal: AbortSignal) => Promise<TaskOutcome | undefined>): void {
    const controller = new AbortController();
    this.#live.set(instance, controller);
    this.#spawn(async () => {
      const outcome = await work(controller.signal);
      this.#live.delete(instance);
      if (!outcome) return;
      this.#note({ event: 'end', instance, state: outcome.state });
      this.#step(() => this.#run.finish(instance, outcome, this.#world.nowMs));
    });
  }

  #note(entry: Omit<TimelineEntry, 'at'>): void {
    this.#timeline.push({ at: this.#world.now, ...entry });
  }

  #begin<T>(instance: string, work: () => Promise<T>): Promise<T> {
    this.#note({ event: 'start', instance });
    return work();
  }

  async #task({ instance, node, call, input }: StartTask, signal: AbortSignal): Promise<TaskOutcome> {
    const world = this.#world;
    const requests = call.poll ? undefined : poolRequestsOf(this.#plan.resolved.spec, node, call.options);
    const giveBack = requests && (await world.slots.take(requests, signal));
    if (requests && !giveBack) return { state: 'failed', error: CANCELLED, tries: 0 };
    const { callbacks, produces } = call;
    const outcome = await this.#begin(instance, () =>
      this.#tries({ instance, node, call, input, signal }, [instance, node, call.type], async (attempt, error) => {
        this.#note({ event: 'retry', instance });
        await this.#callBack(callbacks?.retry, { event: 'retry', instance, attempt, error });
      }),
    );
    giveBack?.();
    if (outcome.state === 'success') {
      if (produces && produces.length > 0) world.announce(producedEvents(produces, this.info, instance, world.now, outcome.extra));
      this.#tell(callbacks?.success, { event: 'success', instance, attempt: outcome.tries });
    } else if (outcome.state === 'failed') {
      this.#tell(callbacks?.failure, { event: 'failure', instance, error: outcome.error, attempt: outcome.tries });
    }
    return outcome;
  }

  #tries(
    of: Pick<Tried, 'instance' | 'node' | 'call' | 'input' | 'signal'>,
    names: readonly string[],
    onRetry?: Tried['onRetry'],
  ): Promise<TaskOutcome> {
    const { options } = this.#plan;
    const outcome = lookUp(options.outcomes, this.#plan.prefix, names);
    const task = this.#bodyOf(names, of.call.type);
    return runTries({ ...of, world: this.#world, run: this.info, task, outcome, ...(onRetry ? { onRetry } : {}) });
  }

  #bodyOf(names: readonly string[], type: string): Task {
    const task: Task = this.#plan.dag.tasks.get(type) ?? { kind: 'rekindle.task', id: type };
    const stub = lookUp(this.#plan.options.stubs, this.#plan.prefix, names);
    return stub === undefined ? task : { ...task, run: typeof stub === 'function' ? stub : () => stub };
  }

  #past({ instance, nodes }: AwaitPast): void {
    this.#plan.past(nodes, () => this.#spawn(() => this.#step(() => this.#run.release(instance, this.#world.nowMs))));
  }

  #undo({ instance, key }: UndoScope): void {
    this.#spawn(async () => {
      await this.#compensate(this.#run.undoSteps(key));
      this.#step(() => this.#run.proceed(instance, this.#world.nowMs));
    });
  }

  /** One after the other; one that fails does not keep the others from running. */
  async #compensate(steps: readonly UndoStep[]): Promise<void> {
    const { signal } = new AbortController(); // an undo is never told to stop
    for (const step of steps) {
      const { instance, call, input } = step;
      this.#run.undoStarted(step, this.#world.nowMs);
      const outcome = await this.#begin(instance, () =>
        this.#tries({ instance, node: instance, call, input, signal }, [instance, call.type]),
      );
      this.#note({ event: 'end', instance, state: outcome.state });
      this.#run.undoFinished(instance, outcome, this.#world.nowMs);
    }
  }

  #tell(callbacks: readonly TaskCall[] | undefined, event: Omit<CallbackEvent, 'dag' | 'run'>): void {
    if (callbacks && callbacks.length > 0) this.#spawn(() => this.#callBack(callbacks, event));
  }

  async #callBack(callbacks: readonly TaskCall[] | undefined, about: Omit<CallbackEvent, 'dag' | 'run'>): Promise<void> {
    const event: CallbackEvent = { ...about, dag: this.info.dag, run: this.info.id };
    const { signal } = new AbortController();
    await Promise.all(
      (callbacks ?? []).map(async (call) => {
        const instance = about.instance === undefined ? about.event : `${about.instance}.${about.event}`;
        const outcome = await this.#tries({ instance, node: instance, call, input: event as unknown as Json, signal }, [
          instance,
          call.type,
        ]);
        this.#callbacks.push({ task: call.type, event, ...(outcome.state === 'failed' ? { error: outcome.error } : {}) });
      }),
    );
  }

  async #workflow(action: StartWorkflow, signal: AbortSignal): Promise<TaskOutcome | undefined> {
    const { instance, node, spec, input } = action;
    const { options } = this.#plan;
    const names = [instance, node, spec.type];
    const isStubbed = [options.stubs, options.outcomes].some((given) => lookUp<unknown>(given, this.#plan.prefix, names) !== undefined);
    const child = options.children && Object.hasOwn(options.children, spec.type) ? options.children[spec.type] : undefined;
    if (!isStubbed && child && spec.dag) return this.#child(action, child, signal);
    if (!isStubbed) {
      const give = spec.dag ? `the DAG by children: { '${spec.type}': … } or a stub` : 'a stub';
      const message = `'${instance}' runs the ${spec.dag ? 'DAG' : 'workflow'} '${spec.type}', which this test does not have: give it ${give} by stubs: { '${node}': … }.`;
      throw new RekindleError('USAGE', message, { instance, workflow: spec.type });
    }
    const { timeout } = spec;
    const call: TaskCall = { type: spec.type, input, ...(timeout === undefined ? {} : { options: { timeout } }) };
    return this.#tries({ instance, node, call, input, signal }, names);
  }

  /** A child DAG is meant for the same time as its parent. */
  async #child({ instance, spec, input }: StartWorkflow, dag: Dag, signal: AbortSignal): Promise<TaskOutcome | undefined> {
    const { clock } = this.#world;
    const { options } = this.#plan;
    const failed = (error: RunError): TaskOutcome => ({ state: 'failed', error, tries: 1 });
    let resolved: ResolvedRun;
    try {
      resolved = await resolveRun(dag, input);
    } catch (error) {
      return failed(error as RekindleError);
    }
    const { logicalDate, dataInterval } = this.info;
    const id = `${this.info.id}/${instance}`;
    const times = { logicalDate, dataInterval, startedAt: this.#world.now, kind: 'triggered' as const, isLatest: true };
    const prefix = `${this.#plan.prefix}${instance}/`;
    const run = new TestRun(this.#world, {
      dag,
      resolved,
      info: { id, dag: dag.id, ...times },
      options,
      prefix,
      past: (_, ready) => ready(),
    });
    const over = new AbortController();
    signal.addEventListener('abort', () => run.cancel(), { once: true });
    let isLate = false;
    if (spec.timeout !== undefined) {
      const byMs = clock.nowMs + durationMs(spec.timeout);
      clock.spawn(async () => {
        isLate = await clock.until(byMs, over.signal);
        if (isLate) run.cancel();
      }, this.#world.fail);
    }
    const result = await clock.awaiting(run.execute());
    over.abort();
    this.#children[instance] = result;
    if (isLate) return failed({ code: 'TASK_TIMED_OUT', message: `Run '${id}' was not done within ${spec.timeout}.` });
    if (result.cancelled) return failed(CANCELLED);
    if (result.state === 'running') return undefined;
    if (result.state === 'success') return { state: 'success', output: result.output as Json, tries: 1 };
    const broken = Object.entries(result.tasks).flatMap(([name, { error }]) =>
      error ? [`${name} (${error.code}: ${error.message})`] : [],
    );
    return failed({ code: 'DAG_RUN_FAILED', message: `Run '${id}' of DAG '${dag.id}' failed: ${broken.join(', ')}.` });
  }

  /** A run that is late goes on. */
  #watchDeadline(): void {
    const { deadline } = this.#plan.resolved.spec;
    if (!deadline) return;
    const { clock } = this.#world;
    const fromMs = eventTimeMs(deadline.from === 'logical_date' ? this.info.logicalDate : this.info.startedAt);
    clock.spawn(async () => {
      if (!(await clock.until(fromMs + durationMs(deadline.after), this.#over.signal))) return;
      this.#run.late(clock.nowMs);
      this.#note({ event: 'late' });
      this.#tell(deadline.callbacks, { event: 'deadline' });
    }, this.#world.fail);
  }
}
