/** Does what a DAG run says: starts, waits, tells how it ended, until nothing is left. */
import {
  ApplicationFailure,
  CancellationScope,
  condition,
  isCancellation,
  log,
  setCurrentDetails,
  TemporalFailure,
  workflowInfo,
} from '@temporalio/workflow';
import type { Action, AskApproval, AwaitPast, LoadValue, StartShard, StartTask, UndoScope } from '../core/dag/actions.js';
import { assertNever } from '../core/assert-never.js';
import { producedEvents } from '../core/dag/asset-event.js';
import type { CallbackEvent } from '../core/dag/callbacks.js';
import { poolRequestsOf } from '../core/dag/pool-requests.js';
import type { DagRun, TaskOutcome, UndoStep } from '../core/dag/run.js';
import type { Decision, DagSpec, TaskCall } from '../core/dag/spec.js';
import { storedAt, type StoredValue } from '../core/dag/wire.js';
import { durationMs, type Duration } from '../core/duration.js';
import type { Json } from '../core/json.js';
import type { RunInfo } from '../core/ports.js';
import { actions as ask, announce, awaitPast, runShard } from './engine-activities.js';
import { callBack } from './callbacks.js';
import type { Lease, PoolClient } from './pool-client.js';
import { errorOf, runTask, type RunPlace } from './task-activity.js';
import { runChild, sleepUntil, wakesAt } from './waiting.js';

/** Runs what it is given where it is: of each promise made in a workflow the SDK keeps the stack, and its own `run` makes three. */
class TaskScope extends CancellationScope {
  protected override runInContext<T>(work: () => Promise<T>): Promise<T> {
    return work();
  }
}

/** Something that was started and has not ended. */
interface Live {
  readonly scope: TaskScope;
  /** its end has been decided otherwise: nobody waits for it */
  over: boolean;
  /** of an approval */
  readonly answer?: (decision: Decision) => void;
  readonly approval?: AskApproval;
  /** can be started again by another execution of the run */
  isWait: boolean;
  /** waits for slots of pools or for the run before: it has not begun */
  inLine: boolean;
}

type LiveOptions = Partial<Pick<Live, 'answer' | 'approval' | 'isWait' | 'inLine'>>;

/** Temporal fails a workflow that has 2,000 activities under way: further ones wait here. */
const MAX_PENDING = 1_000;
/**
 * Once the server asks for it (at 4,096 events), the run goes on in another execution when nothing works. Where something always does, it
 * starts nothing more from here on until that has ended: at so many times the history at which the server asked, events, or bytes.
 */
const PATIENCE = 2.5;
const MOST_EVENTS = 20_000;
const MOST_BYTES = 20_000_000;
/** How many running instances the Web UI is told of. */
const NAMED = 5;

export type Ended = 'over' | 'cancelled' | 'continue';

export interface ExecutorOptions {
  readonly run: DagRun;
  readonly spec: DagSpec;
  readonly info: RunInfo;
  readonly place: RunPlace;
  readonly pools: PoolClient;
  readonly hash: string;
}

export class Executor {
  readonly run: DagRun;
  readonly #options: ExecutorOptions;
  readonly #live = new Map<string, Live>();
  /** tasks that wait for others of this run to end */
  readonly #queue: StartTask[] = [];
  /** activities, timers, child runs, callbacks: all that has to end before the run may */
  #pending = 0;
  #activities = 0;
  /** scopes of what has ended without being told to stop: whatever is next takes them up */
  readonly #spare: TaskScope[] = [];
  #draining = false;
  /** what waits on where the run goes on, approvals with what they ask: it can be ended while the run drains */
  readonly #parked = new Map<string, AskApproval | undefined>();
  /** events when the server first asked for another execution */
  #askedAt: number | undefined;
  #cancelled = false;
  /** of the whole run */
  readonly #root = CancellationScope.current();
  #settle: { resolve(ended: Ended): void; reject(error: unknown): void } | undefined;

  constructor(options: ExecutorOptions) {
    this.run = options.run;
    this.#options = options;
  }

  /**
   * Until nothing is left, or the run was cancelled and nothing runs any more, or it must go on in another execution.
   * @param begin starts the run, or resumes it
   */
  execute(begin: () => Action[]): Promise<Ended> {
    return new Promise((resolve, reject) => {
      this.#settle = { resolve, reject };
      this.#root.cancelRequested.catch(() => {
        this.#cancelled = true;
        this.#step(() => {
          this.run.halt();
          for (const { instance } of this.#queue.splice(0)) this.run.finish(instance, cancelled(), Date.now());
          return [];
        });
      });
      this.#step(begin);
    });
  }

  /** Approvals that nobody has answered. */
  get approvals(): AskApproval[] {
    const live = [...this.#live.values()].flatMap(({ approval, over }) => (approval && !over ? [approval] : []));
    return [...live, ...[...this.#parked.values()].filter((approval) => approval !== undefined)];
  }

  isLive(instance: string): boolean {
    return (
      this.#live.get(instance)?.over === false || this.#parked.has(instance) || this.#queue.some((queued) => queued.instance === instance)
    );
  }

  approve(instance: string, decision: Decision): void {
    if (!this.#parked.delete(instance)) return this.#live.get(instance)?.answer?.(decision);
    this.#step(() => this.run.finish(instance, { state: 'success', output: decision as unknown as Json, tries: 1 }, Date.now()));
  }

  /** Ends an instance without its doing. What runs of it is told to stop, and is waited for before the run ends. */
  mark(instance: string, outcome: TaskOutcome): void {
    const live = this.#live.get(instance);
    const queued = this.#queue.findIndex((action) => action.instance === instance);
    if (this.#parked.delete(instance)) return this.#step(() => this.run.finish(instance, outcome, Date.now()));
    if (queued >= 0) this.#queue.splice(queued, 1);
    else if (live && !live.over) live.over = true;
    else return;
    live?.scope.cancel();
    this.#step(() => this.run.finish(instance, outcome, Date.now()));
  }

  cancel(instance: string): void {
    const waits = this.#parked.has(instance) || this.#queue.some((action) => action.instance === instance);
    if (waits) this.mark(instance, cancelled());
    else this.#live.get(instance)?.scope.cancel();
  }

  /** Newest first, one after the other; one that fails does not keep the others from running. */
  async compensate(steps: readonly UndoStep[]): Promise<void> {
    for (const undo of steps) {
      this.run.undoStarted(undo, Date.now());
      const { instance, call, input } = undo;
      const outcome = await new Promise<TaskOutcome>((done) => void runTask(this.#options.place, instance, call, input, Date.now(), done));
      this.run.undoFinished(instance, outcome, Date.now());
      if (outcome.state === 'failed') log.error('undo failed', { instance, ...outcome.error });
    }
  }

  /** Calls tasks that are told of an event; their failures are logged only. */
  callBack(callbacks: readonly TaskCall[] | undefined, event: Omit<CallbackEvent, 'dag' | 'run'>): void {
    if (callbacks && callbacks.length > 0) this.#background(() => this.tell(callbacks, event));
  }

  /** The same, for whoever waits until all have been told. */
  async tell(callbacks: readonly TaskCall[] | undefined, event: Omit<CallbackEvent, 'dag' | 'run'>): Promise<void> {
    const { place, info } = this.#options;
    if (callbacks) await callBack(place, callbacks, { ...event, dag: info.dag, run: info.id });
  }

  #step(next: () => Action[]): void {
    try {
      for (const action of next()) this.#perform(action);
      this.#fromQueue();
      const more = this.#pending > 0 || this.#queue.length > 0;
      if (more && !this.#draining && !this.#cancelled && this.#isLong()) this.#drain();
      if (this.#pending === 0 && (this.#draining || this.#queue.length === 0))
        this.#settle?.resolve(this.#cancelled ? 'cancelled' : this.#draining && !this.run.planner.end ? 'continue' : 'over');
      else this.#describe();
    } catch (error) {
      this.#settle?.reject(
        error instanceof TemporalFailure ? error : ApplicationFailure.create({ message: errorOf(error).message, nonRetryable: true }),
      );
    }
  }

  #isLong(): boolean {
    const { continueAsNewSuggested, historyLength, historySize } = workflowInfo();
    if (historyLength > MOST_EVENTS || historySize > MOST_BYTES) return true;
    if (!continueAsNewSuggested) return false;
    this.#askedAt ??= historyLength;
    return historyLength > this.#askedAt * PATIENCE || ![...this.#live.values()].some(({ isWait }) => !isWait);
  }

  /** Nothing is started any more; what only waits will be started again, what works is waited for. */
  #drain(): void {
    this.#draining = true;
    this.#queue.length = 0;
    this.#options.pools.park();
    for (const [instance, live] of this.#live) {
      if (!live.isWait || live.over) continue;
      if (!live.inLine) this.#parked.set(instance, live.approval);
      live.over = true;
      live.scope.cancel();
    }
  }

  #describe(): void {
    const names: string[] = [];
    for (const instance of this.#live.keys()) if (names.push(instance) === NAMED) break; // at each end of a task: not all of a thousand
    const more = this.#live.size > NAMED ? ` and ${this.#live.size - NAMED} more` : '';
    setCurrentDetails(`Running: ${names.join(', ')}${more}`);
  }

  #perform(action: Action): void {
    if (action.kind === 'cancel') return this.cancel(action.instance);
    if (this.#draining) return; // asked again when the run goes on
    switch (action.kind) {
      case 'task':
        return void this.#queue.push(action);
      case 'sleep': {
        const { instance, how } = action;
        return this.#wait(instance, async () => {
          await sleepUntil(wakesAt(how, this.#since(instance)));
          return null;
        });
      }
      case 'approve':
        return this.#approval(action);
      case 'workflow':
        return this.#hold(action.instance, () => runChild(action, this.#options.info));
      case 'past':
        return this.#past(action);
      case 'load':
        return this.#load(action);
      case 'shard':
        return this.#shard(action);
      case 'undo':
        return this.#undo(action);
      default:
        assertNever(action);
    }
  }

  #fromQueue(): void {
    while (!this.#draining && this.#queue.length > 0 && this.#activities < MAX_PENDING) this.#task(this.#queue.shift()!);
  }

  #since(instance: string): number {
    return this.run.records.get(instance)?.startMs ?? Date.now();
  }

  #begun(instance: string, more: LiveOptions = {}): Live {
    // what ends starts what is next, inside its own scope: that must not be cancelled with it
    const scope = this.#spare.pop() ?? new TaskScope({ cancellable: true, parent: this.#root });
    const live: Live = { scope, over: false, isWait: false, inLine: false, ...more };
    this.#live.set(instance, live);
    this.#pending++;
    return live;
  }

  /** @param next what becomes of the run, unless that was decided otherwise */
  #over(instance: string, live: Live, next: () => Action[]): void {
    this.#pending--;
    if (this.#live.get(instance) === live) this.#live.delete(instance);
    const decided = live.over;
    live.over = true;
    if (!live.scope.consideredCancelled) this.#spare.push(live.scope);
    this.#step(decided ? () => [] : next);
  }

  #ended(instance: string, live: Live, outcome: TaskOutcome): void {
    this.#over(instance, live, () => this.run.finish(instance, outcome, Date.now()));
  }

  #task(action: StartTask): void {
    const { instance, call, input, node } = action;
    const { place, spec, pools } = this.#options;
    const requests = call.poll ? undefined : poolRequestsOf(spec, node, call.options); // what only waits holds no slot
    const isSensor = call.poll !== undefined;
    const live = this.#begun(instance, { isWait: isSensor || requests !== undefined, inLine: requests !== undefined });
    let lease: Lease | undefined;
    let runs = false;
    const done = (outcome: TaskOutcome): void => {
      if (runs) this.#activities--;
      if (!(this.#draining && live.over)) lease?.release(); // it is kept for where the run goes on
      if (!live.over) this.#told(action, outcome);
      this.#ended(instance, live, outcome);
    };
    const start = (): Promise<void> => {
      runs = true;
      this.#activities++;
      return runTask(place, instance, call, input, this.#since(instance), done);
    };
    const whenFree = async (asked: NonNullable<typeof requests>): Promise<void> => {
      lease = await pools.acquire(asked, instance);
      // those that wait for slots count for nothing: a full pool keeps no other task from starting
      while (this.#activities >= MAX_PENDING) await condition(() => this.#activities < MAX_PENDING);
      if (live.over) return done(cancelled());
      live.isWait = isSensor;
      live.inLine = false;
      await start();
    };
    const failed = (error: unknown): void => done({ state: 'failed', error: errorOf(error), tries: 0 });
    try {
      void live.scope.run(() => (requests ? whenFree(requests).catch(failed) : start()));
    } catch (error) {
      failed(error);
    }
  }

  /** Callbacks and assets. */
  #told({ instance, call }: StartTask, outcome: TaskOutcome): void {
    const { produces, callbacks } = call;
    const { info } = this.#options;
    if (outcome.state === 'success' && produces && produces.length > 0) {
      const events = producedEvents(produces, info, instance, new Date(Date.now()).toISOString(), outcome.extra);
      this.#background(() => announce(events));
    }
    if (outcome.state === 'success') this.callBack(callbacks?.success, { event: 'success', instance, attempt: outcome.tries });
    if (outcome.state === 'failed')
      this.callBack(callbacks?.failure, { event: 'failure', instance, error: outcome.error, attempt: outcome.tries });
  }

  /** Work that the end of the run waits for and that cannot change it. */
  #background(work: () => Promise<unknown>): void {
    this.#pending++;
    const over = (): void => {
      this.#pending--;
      this.#step(() => []);
    };
    CancellationScope.nonCancellable(work).then(over, (error: unknown) => {
      log.error('what follows a task could not be done', { ...errorOf(error) });
      over();
    });
  }

  /** What waits is asked again where the run goes on. */
  #wait(instance: string, work: () => Promise<Json>): void {
    this.#hold(instance, work, { isWait: true });
  }

  #hold(instance: string, work: () => Promise<Json>, more: LiveOptions = {}): void {
    const live = this.#begun(instance, more);
    live.scope.run(work).then(
      (output) => this.#ended(instance, live, { state: 'success', output, tries: 1 }),
      (error: unknown) => this.#ended(instance, live, { state: 'failed', error: errorOf(error), tries: 1 }),
    );
  }

  #approval(action: AskApproval): void {
    const { instance, spec } = action;
    let answer: (decision: Decision) => void = () => undefined;
    const answered = new Promise<Json>((resolve) => (answer = (decision) => resolve(decision as unknown as Json)));
    this.#hold(
      instance,
      async () => {
        const scope = CancellationScope.current();
        const { within } = spec;
        const told = new Promise<never>((_, reject) => void scope.cancelRequested.catch(reject));
        const late = within === undefined ? told : this.#late(instance, within);
        try {
          return await Promise.race([answered, told, late]);
        } finally {
          scope.cancel(); // the timer
        }
      },
      { answer, approval: action, isWait: true },
    );
  }

  async #late(instance: string, within: Duration): Promise<never> {
    await sleepUntil(this.#since(instance) + durationMs(within));
    throw ApplicationFailure.nonRetryable(`Nobody answered within ${within}.`, 'APPROVAL_TIMED_OUT');
  }

  #past({ instance, nodes }: AwaitPast): void {
    const live = this.#begun(instance, { isWait: true, inLine: true });
    const { info, spec } = this.#options;
    live.scope
      .run(() => awaitPast({ run: info, nodes, ...(spec.schedule ? { schedule: spec.schedule } : {}) }))
      .then(
        () => this.#over(instance, live, () => this.run.release(instance, Date.now())),
        (error: unknown) => this.#over(instance, live, () => this.run.reject(instance, errorOf(error), Date.now())),
      );
  }

  #load({ instance, stored }: LoadValue): void {
    const live = this.#begun(instance);
    const isMap = this.run.planner.nodeOf(instance)?.kind === 'map';
    live.scope
      .run(() => (isMap ? outlined(stored as unknown as StoredValue) : ask.loadOutput(stored as unknown as StoredValue)))
      .then(
        (value) => this.#over(instance, live, () => this.run.provide(instance, value, Date.now())),
        (error: unknown) => this.#over(instance, live, () => this.run.fail(instance, errorOf(error), Date.now())),
      );
  }

  #shard(action: StartShard): void {
    const { instance, map, slice } = action;
    const live = this.#begun(instance);
    const { info, hash, spec } = this.#options;
    this.run.sharded(map, `${info.id}/${instance}`);
    live.scope
      .run(() => runShard(action, info, hash, spec, this.run.seedOf(map, slice)))
      .then(
        ({ ends, undo }) => this.#over(instance, live, () => this.run.finishShard(map, slice.from, ends, undo, Date.now())),
        (error: unknown) =>
          this.#over(instance, live, () => {
            const state = isCancellation(error) ? ('skipped' as const) : ('failed' as const);
            return this.run.finishShard(
              map,
              slice.from,
              slice.items.map(() => ({ state })),
              [],
              Date.now(),
            );
          }),
      );
  }

  #undo({ instance, key }: UndoScope): void {
    const live = this.#begun(`${instance}.undo`);
    CancellationScope.nonCancellable(() => this.compensate(this.run.undoSteps(key))).then(
      () => this.#over(`${instance}.undo`, live, () => this.run.proceed(instance, Date.now())),
      (error: unknown) => this.#over(`${instance}.undo`, live, () => this.run.fail(instance, errorOf(error), Date.now())),
    );
  }
}

const cancelled = (): TaskOutcome => ({ state: 'failed', error: { code: 'TASK_CANCELLED', message: 'It was cancelled.' }, tries: 0 });

/** A list that stays in the store: its items are places in it. */
const outlined = async (stored: StoredValue): Promise<Json> => {
  const outline = await ask.outlineOutput(stored);
  if (!outline) return ask.loadOutput(stored); // no list: what it is, the failure will say
  const item = (key: string): Json => storedAt(stored, [key]);
  return outline.keys ? outline.keys.map((key) => [key, item(key)]) : Array.from({ length: outline.length }, (_, i) => item(String(i)));
};
