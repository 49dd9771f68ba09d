/** Starts the runs of several DAGs when their schedules say so, as a server would. */
import { eventTimeMs } from '../../event-time.js';
import { assetRunId, scheduledRunId } from '../../names.js';
import type { RunInfo } from '../../ports.js';
import { readAssetEvent, type SentEvent } from '../asset-event.js';
import { declarationOf, emptyQueue, receive, type AssetQueue, type DueRun } from '../asset-queue.js';
import type { Dag } from '../dag.js';
import { sha256 } from '../hash.js';
import { resolveRun } from '../resolve.js';
import type { AssetEvent } from '../run-input.js';
import type { TestOptions } from './options.js';
import { hasDone, hasDoneAll } from './past.js';
import type { TestResult } from './result.js';
import { TestRun } from './test-run.js';
import type { World } from './world.js';

/** A run that a schedule asks for. */
export interface Firing {
  readonly dag: string;
  /** ISO 8601 */
  readonly logicalDate: string;
}
export interface RunWish {
  readonly params: unknown;
  readonly options: TestOptions;
}

interface Started {
  readonly dag: Dag;
  readonly info: Pick<RunInfo, 'id' | 'logicalDate' | 'kind'> & Partial<RunInfo>;
}

/** The runs of one DAG. */
interface Line {
  /** that have begun and not ended: how to call each off */
  readonly active: Set<() => void>;
  /** firings that wait for the run before */
  readonly buffer: Started[];
  /** the last one, by time of firing */
  last?: Before;
}

/** A run that another one may depend on. */
interface Before {
  run?: TestRun;
  isOver: boolean;
  readonly waiting: (() => void)[];
}

export class Timetable {
  readonly #missed: Firing[] = [];
  readonly #world: World;
  readonly #wish: (firing: Firing) => RunWish;
  readonly #lines: Map<string, Line>;
  readonly #queues = new Map<Dag, AssetQueue>();
  /** a place for each run, taken when it begins */
  readonly #results: (TestResult | undefined)[] = [];

  constructor(world: World, dags: readonly Dag[], wish: (firing: Firing) => RunWish) {
    this.#world = world;
    this.#wish = wish;
    this.#lines = new Map(dags.map(({ id }) => [id, { active: new Set(), buffer: [] }]));
    for (const dag of dags) if (dag.spec.schedule?.kind === 'assets') this.#queues.set(dag, emptyQueue(declarationOf(dag.spec.schedule)));
    world.announce = (events) => events.forEach((event) => this.#happen(event));
  }

  /** Firings that were left out, and those that wait for a run which never ends. */
  get missed(): Firing[] {
    const waiting = [...this.#lines.values()].flatMap(({ buffer }) => buffer);
    return [...this.#missed, ...waiting.map(({ dag, info }) => ({ dag: dag.id, logicalDate: info.logicalDate }))];
  }

  get results(): TestResult[] {
    return this.#results.filter((result) => result !== undefined);
  }

  /** For `clock.awaiting`: nothing fires any more and nothing runs. */
  ended(): Promise<void> {
    const { clock, open } = this.#world;
    return new Promise((resolve) => {
      const end = (): void => {
        clock.hold();
        resolve();
      };
      clock.onIdle = () => {
        // what is still open waits for what never comes; what gives up may let go of others
        if (open.size > 0) [...open].forEach((run) => run.giveUp());
        else end();
      };
    });
  }

  /** @param firedAt ISO 8601 */
  fireAt(dag: Dag, firedAt: string): void {
    this.#at(firedAt, () => this.#fire({ dag, info: { id: scheduledRunId(dag.id, firedAt), logicalDate: firedAt, kind: 'scheduled' } }));
  }

  happenAt(event: SentEvent & { readonly at: string }): void {
    const id = `outside-${event.at}-${event.asset}-${event.partition ?? ''}`;
    const read = readAssetEvent(event, { at: event.at, source: 'outside', id });
    this.#at(event.at, () => this.#happen(read));
  }

  #at(time: string, work: () => void): void {
    const { clock, fail } = this.#world;
    clock.spawn(async () => {
      await clock.until(eventTimeMs(time));
      work();
    }, fail);
  }

  #happen(event: AssetEvent): void {
    for (const [dag, queue] of this.#queues) {
      const step = receive(queue, event);
      this.#queues.set(dag, step.queue);
      for (const due of step.due) this.#begin({ dag, info: this.#assetRun(dag, due) });
    }
  }

  #assetRun(dag: Dag, { key, events, partition, dataInterval }: DueRun): Started['info'] {
    const logicalDate = partition ?? this.#world.now;
    const id = assetRunId(dag.id, partition ?? events.at(-1)!.at, sha256(key));
    return { id, logicalDate, kind: 'triggered', events, dataInterval: dataInterval ?? { start: logicalDate, end: logicalDate } };
  }

  /** As the schedule's overlap policy says. */
  #fire(started: Started): void {
    const { active, buffer } = this.#lines.get(started.dag.id)!;
    const { overlap = 'allow_all' } = started.dag.spec;
    const miss = ({ dag, info }: Started): unknown => this.#missed.push({ dag: dag.id, logicalDate: info.logicalDate });
    if (active.size === 0 || overlap === 'allow_all') return this.#begin(started);
    switch (overlap) {
      case 'skip':
        return void miss(started);
      case 'buffer_one':
        return void (buffer.length === 0 ? buffer.push(started) : miss(started));
      case 'buffer_all':
        return void buffer.push(started);
      case 'cancel_other':
      case 'terminate_other':
        buffer.splice(0).forEach(miss);
        buffer.push(started);
        active.forEach((cancel) => cancel());
    }
  }

  #begin(started: Started): void {
    const line = this.#lines.get(started.dag.id)!;
    const place = this.#results.push(undefined) - 1;
    const before = line.last;
    const self: Before = { isOver: false, waiting: [] };
    line.last = self;
    const controller = new AbortController();
    const cancel = (): void => {
      controller.abort();
      self.run?.cancel();
    };
    line.active.add(cancel);
    this.#world.clock.spawn(async () => {
      const result = await this.#run(started, before, self, controller.signal);
      this.#results[place] = result;
      if (result.state === 'running') return; // and so does everything that waits for it
      self.isOver = true;
      self.waiting.splice(0).forEach((ready) => ready());
      line.active.delete(cancel);
      const next = line.active.size === 0 ? line.buffer.shift() : undefined;
      if (next) this.#begin(next);
    }, this.#world.fail);
  }

  async #run({ dag, info }: Started, before: Before | undefined, self: Before, signal: AbortSignal): Promise<TestResult> {
    const { clock, now } = this.#world;
    const { logicalDate } = info;
    const { params, options } = this.#wish({ dag: dag.id, logicalDate });
    const resolved = await resolveRun(dag, params, { firedAt: logicalDate, startedAt: now });
    const past = (nodes: readonly string[], ready: () => void): void => {
      if (!before) {
        if (nodes.every((node) => hasDone(options.past?.[node]))) ready();
        return;
      }
      const look = (): void => {
        if (before.run && hasDoneAll(before.run.state, nodes)) ready();
      };
      if (before.isOver) look();
      else before.waiting.push(look);
    };
    const whole: RunInfo = {
      dag: dag.id,
      dataInterval: resolved.dataInterval ?? { start: logicalDate, end: logicalDate },
      startedAt: now,
      isLatest: resolved.isLatest ?? true,
      ...info,
    };
    self.run = new TestRun(this.#world, { dag, resolved, info: whole, options, prefix: '', past });
    const ended = self.run.execute();
    if (signal.aborted) self.run.cancel(); // before it began
    return clock.awaiting(ended);
  }
}
