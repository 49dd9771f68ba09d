/** How a run takes slots of pools and gives them back: by signals between its workflow and those of the pools. */
import {
  ApplicationFailure,
  CancellationScope,
  CancelledFailure,
  condition,
  log,
  ParentClosePolicy,
  setHandler,
  sleep,
  startChild,
  workflowInfo,
  type TemporalFailure,
} from '@temporalio/workflow';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import type { PoolAnswer, PoolAsk, SlotRequest } from '../core/dag/pool.js';
import { DEFAULT_PRIORITY } from '../core/dag/pool-queue.js';
import type { PoolRequest } from '../core/dag/pool-requests.js';
import { eventTime } from '../core/event-time.js';
import { isDeclaredPool, poolWorkflowId, TASK_QUEUES } from '../core/names.js';
import { deliver, Outbox } from './outbox.js';
import type { pool as poolWorkflow } from './pool.js';
import * as messages from './pool-messages.js';

export interface Lease {
  /** Gives everything back; a second time it does nothing. */
  release(): void;
}

/** For the state of the run. */
export interface WaitingForPool {
  readonly instance: string;
  readonly pool: string;
  /** ISO 8601 */
  readonly since: string;
}

type SavedTicket = readonly [pool: string, instance: string, ticket: number, slots: number, priority: number, since: number];

/** What a run hands to the next of its chain: it holds its slots still, and keeps its places among those who wait. */
export interface SavedPoolClient {
  readonly last: number;
  readonly held: readonly SavedTicket[];
  readonly waiting: readonly SavedTicket[];
}

export interface PoolClientOptions {
  /** whose share of the slots it is; default: the type of the workflow */
  readonly dag?: string;
  readonly saved?: SavedPoolClient | undefined;
  readonly reminderMs?: number;
}

/** What one task instance wants of one pool. */
interface Ticket extends SlotRequest {
  readonly pool: string;
  readonly capacity?: number | undefined;
  /** ms since the epoch */
  readonly since: number;
  state: 'unasked' | 'asked' | 'held' | 'over';
  /** to the pool, perhaps */
  known: boolean;
  /** who waits for it */
  settle?: ((failure?: TemporalFailure) => void) | undefined;
}

/** Requests of one run and one priority that stand in the queue of a pool at a time: further ones wait here, so that no pool carries thousands. */
const WINDOW = 100;
/** A pool that was terminated and made again knows nothing of who waited: what waits for so long is asked again, and then less often. */
const REMINDER_MS = 10 * 60_000;
const MAX_REMINDER_MS = 12 * 60 * 60_000;
/** One that is opened can have ended again before it is heard. */
const OPENINGS = 5;

const parked = (): CancelledFailure => new CancelledFailure('It waits on where the run goes on.');

const keyOf = (pool: string, instance: string): string => `${pool}\n${instance}`;

/** One for each run, made before its first task. Costs nothing until the first task asks for slots. */
export class PoolClient {
  readonly #dag: string;
  #last = 0;
  readonly #tickets = new Map<number, Ticket>();
  /** by pool and instance: what the run before this one left */
  readonly #left = new Map<string, Ticket>();
  /** by pool and priority */
  readonly #unasked = new Map<string, Map<number, Ticket[]>>();
  readonly #asked = new Map<string, number>();
  readonly #outbox = new Outbox<Omit<PoolAsk, 'run' | 'chain' | 'dag'>>((pool, asks) => this.#tell(pool, asks));

  readonly #reminderMs: number;
  #reminding = false;
  #parked = false;

  constructor({ dag = workflowInfo().workflowType, saved, reminderMs = REMINDER_MS }: PoolClientOptions = {}) {
    this.#dag = dag;
    this.#reminderMs = reminderMs;
    if (saved) {
      this.#last = saved.last;
      for (const [state, tickets] of [['held', saved.held] as const, ['unasked', saved.waiting] as const])
        for (const [pool, instance, ticket, slots, priority, since] of tickets) {
          const left: Ticket = { pool, instance, ticket, slots, priority, since, state, known: true };
          this.#tickets.set(ticket, left);
          this.#left.set(keyOf(pool, instance), left);
        }
    }
    setHandler(messages.poolAnswer, ({ pool, answers }) => answers.forEach((answer) => this.#hear(pool, answer)));
  }

  /**
   * Waits until all slots are there. They are asked for one pool after the other, in the order given: `poolRequestsOf` and
   * `runRequestsOf` make one that lets no two tasks wait for each other.
   *
   * @param instance the same again is another request, unless it was saved: then it goes on where it was
   * @throws POOL_NOT_FOUND, POOL_TOO_SMALL, DAG_INVALID as ApplicationFailure of that type; CancelledFailure when its scope is
   *   cancelled. Nothing is held then.
   */
  async acquire(requests: readonly PoolRequest[], instance: string): Promise<Lease> {
    const held: Ticket[] = [];
    const release = (): void => held.splice(0).forEach((ticket) => this.#giveUp(ticket));
    try {
      for (const request of requests) {
        const ticket = this.#ticketFor(request, instance);
        held.push(ticket);
        await this.#granted(ticket);
      }
    } catch (error) {
      if (!this.#parked) release();
      throw error;
    }
    return { release };
  }

  /**
   * For a run that is about to continue as new: whoever waits stops waiting, with a CancelledFailure, but keeps its places, and what it
   * has of slots already, for {@link save}.
   */
  park(): void {
    this.#parked = true;
    for (const { settle } of this.#tickets.values()) settle?.(parked());
  }

  /** What tasks wait for now, the longest first. */
  get waiting(): WaitingForPool[] {
    return [...this.#tickets.values()]
      .filter(({ state }) => state === 'unasked' || state === 'asked')
      .sort((a, b) => a.since - b.since)
      .map(({ instance, pool, since }) => ({ instance, pool, since: eventTime(since) }));
  }

  /** For the run that this one continues as. Call {@link park} and {@link settled} before. */
  save(): SavedPoolClient {
    const of = (...states: Ticket['state'][]): SavedTicket[] =>
      [...this.#tickets.values()]
        .filter(({ state }) => states.includes(state))
        .map(({ pool, instance, ticket, slots, priority, since }) => [pool, instance, ticket, slots, priority, since]);
    return { last: this.#last, held: of('held'), waiting: of('unasked', 'asked') };
  }

  /** Everything that was said has arrived. What a workflow says in its last moment is not delivered: wait for this before it ends. */
  async settled(): Promise<void> {
    if (!this.#outbox.empty) await CancellationScope.nonCancellable(() => condition(() => this.#outbox.empty));
  }

  /** Gives back whatever the run still has. For its end. */
  async close(): Promise<void> {
    const pools = new Set([...this.#tickets.values()].map(({ pool }) => pool));
    this.#tickets.clear();
    for (const pool of pools) this.#outbox.put(pool, { leave: true });
    await this.settled();
  }

  #ticketFor({ pool, slots = 1, priority = DEFAULT_PRIORITY, capacity }: PoolRequest, instance: string): Ticket {
    if (!Number.isInteger(slots) || slots < 1)
      throw ApplicationFailure.nonRetryable(
        `'${instance}' wants ${slots} slots of pool '${pool}': one at least, and whole ones.`,
        'DAG_INVALID',
      );
    const left = this.#left.get(keyOf(pool, instance));
    this.#left.delete(keyOf(pool, instance));
    if (left?.state === 'held' || (left?.state === 'unasked' && left.slots === slots)) return Object.assign(left, { capacity });
    if (left) this.#giveUp(left);
    const ticket: Ticket = {
      ...{ pool, instance, ticket: ++this.#last, slots, priority, capacity },
      ...{ since: Date.now(), state: 'unasked', known: false },
    };
    this.#tickets.set(ticket.ticket, ticket);
    return ticket;
  }

  #granted(ticket: Ticket): Promise<void> {
    if (ticket.state === 'held') return Promise.resolve();
    if (this.#parked) return Promise.reject(parked());
    return new Promise((resolve, reject) => {
      const scope = CancellationScope.current();
      ticket.settle = (failure) => (failure ? reject(failure) : resolve());
      if (scope.consideredCancelled) return void scope.cancelRequested.catch(reject);
      scope.cancelRequested.catch(reject);
      this.#line(ticket).push(ticket);
      this.#ask(ticket.pool, ticket.priority);
    });
  }

  #line({ pool, priority }: Pick<Ticket, 'pool' | 'priority'>): Ticket[] {
    let lines = this.#unasked.get(pool);
    if (!lines) this.#unasked.set(pool, (lines = new Map<number, Ticket[]>()));
    let line = lines.get(priority);
    if (!line) lines.set(priority, (line = []));
    return line;
  }

  /** How many tickets of a pool and priority stand in its queue. */
  #count(pool: string, priority: number, change: number): number {
    const key = `${priority} ${pool}`;
    const count = (this.#asked.get(key) ?? 0) + change;
    this.#asked.set(key, count);
    return count;
  }

  #ask(pool: string, priority: number): void {
    const line = this.#line({ pool, priority });
    while (!this.#parked && line.length > 0 && this.#count(pool, priority, 0) < WINDOW) {
      const ticket = line.shift()!;
      if (ticket.state !== 'unasked') continue; // it was given up
      ticket.state = 'asked';
      ticket.known = true;
      this.#count(pool, priority, 1);
      this.#request(ticket);
    }
    if (!this.#reminding) void CancellationScope.nonCancellable(() => this.#remind());
  }

  #request({ pool, instance, slots, priority, capacity, ticket }: Ticket): void {
    const requests = [{ ticket, instance, slots, priority }];
    this.#outbox.put(pool, capacity === undefined ? { requests } : { requests, capacity });
  }

  /** One timer at a time, and none where nothing waits. */
  async #remind(): Promise<void> {
    this.#reminding = true;
    for (let after = this.#reminderMs, waiting = true; waiting; after = Math.min(after * 2, MAX_REMINDER_MS)) {
      await sleep(after);
      const asked = [...this.#tickets.values()].filter(({ state }) => state === 'asked');
      for (const ticket of asked) if (Date.now() - ticket.since >= this.#reminderMs) this.#request(ticket);
      waiting = asked.length > 0;
    }
    this.#reminding = false;
  }

  #giveUp(ticket: Ticket): void {
    const was = ticket.state;
    if (was === 'over') return;
    ticket.state = 'over';
    this.#tickets.delete(ticket.ticket);
    if (ticket.known) this.#outbox.put(ticket.pool, { release: [ticket.ticket] });
    if (was === 'asked') this.#answered(ticket);
  }

  #answered({ pool, priority }: Ticket): void {
    this.#count(pool, priority, -1);
    this.#ask(pool, priority);
  }

  #hear(pool: string, { ticket: number, refused }: Omit<PoolAnswer, 'run'>): void {
    const ticket = this.#tickets.get(number);
    if (ticket?.pool !== pool) {
      if (!refused) this.#outbox.put(pool, { release: [number] }); // nobody wants it any more
      return;
    }
    const was = ticket.state;
    if (refused) this.#refuse(ticket, ApplicationFailure.nonRetryable(refused.message, refused.code));
    else {
      ticket.state = 'held';
      ticket.settle?.();
    }
    if (was === 'asked') this.#answered(ticket);
  }

  #refuse(ticket: Ticket, failure: ApplicationFailure): void {
    ticket.state = 'over';
    this.#tickets.delete(ticket.ticket);
    ticket.settle?.(failure);
  }

  /** Never rejects: what a pool cannot hear is answered here. */
  async #tell(pool: string, asks: readonly Omit<PoolAsk, 'run' | 'chain' | 'dag'>[]): Promise<void> {
    const { workflowId: run, firstExecutionRunId: chain } = workflowInfo();
    const leave = asks.some((ask) => ask.leave);
    const release = asks.flatMap((ask) => ask.release ?? []);
    const over = new Set(release);
    const requests = leave ? [] : asks.flatMap((ask) => ask.requests ?? []).filter(({ ticket }) => !over.has(ticket));
    const capacity = asks.findLast((ask) => ask.capacity !== undefined)?.capacity;
    const message: PoolAsk = {
      ...{ run, chain, dag: this.#dag },
      ...(leave ? { leave: true } : {}),
      ...(requests.length > 0 ? { requests } : {}),
      ...(release.length > 0 ? { release } : {}),
      ...(capacity === undefined ? {} : { capacity }),
    };
    for (let openings = 0; !(await deliver(poolWorkflowId(pool), messages.poolAsk, message)); openings++) {
      if (requests.length === 0) return;
      if (isDeclaredPool(pool) || openings >= OPENINGS) return this.#refuseAll(pool, requests);
      await open(pool, capacity ?? 1);
    }
  }

  #refuseAll(pool: string, requests: readonly SlotRequest[]): void {
    for (const { ticket } of requests)
      this.#hear(pool, { ticket, refused: { code: 'POOL_NOT_FOUND', message: `There is no pool '${pool}'.` } });
  }
}

/** Whoever comes first makes a pool that nobody declares. It outlives the run. */
const open = async (name: string, slots: number): Promise<void> => {
  try {
    await startChild<typeof poolWorkflow>('pool', {
      workflowId: poolWorkflowId(name),
      taskQueue: TASK_QUEUES.orchestration,
      args: [{ name, slots }],
      parentClosePolicy: ParentClosePolicy.ABANDON,
    });
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError))
      log.warn('a pool could not be opened', { pool: name, error: String(error) });
  }
};
