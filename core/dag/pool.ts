/**
 * The slots of a pool: who holds them, who waits. Pure: the workflow `pool/<name>` tells it what happened and when, and sends on
 * what it answers. Whatever is said twice changes nothing the second time.
 */
import type { ErrorCode } from '../errors.js';
import { PoolQueue, type SavedQueue, type Waiting } from './pool-queue.js';

/** What a run wants of a pool: all that has changed since it last said so. */
export interface PoolAsk {
  /** workflow id */
  readonly run: string;
  /** id of the first execution of its chain: a run that continues as new keeps its slots, another one with its id does not */
  readonly chain: string;
  readonly dag: string;
  readonly requests?: readonly SlotRequest[] | undefined;
  /** tickets that are no longer wanted, granted or not */
  readonly release?: readonly number[] | undefined;
  /** the run wants nothing any more */
  readonly leave?: true | undefined;
  /** slots of a pool that nobody declares: a limit that the DAG itself sets. The last one said counts. */
  readonly capacity?: number | undefined;
}

export interface SlotRequest {
  /** number that the run gives to each of its requests */
  readonly ticket: number;
  /** task instance */
  readonly instance: string;
  readonly slots: number;
  /** 1 first … 5 last */
  readonly priority: number;
}

/** To a run: it holds the slots now, or it never will. */
export interface PoolAnswer {
  readonly run: string;
  readonly ticket: number;
  readonly refused?: { readonly code: ErrorCode; readonly message: string };
}

interface Run {
  readonly chain: string;
  readonly dag: string;
  /** by ticket */
  readonly held: Map<number, Waiting>;
  /** tickets */
  readonly waiting: Set<number>;
}

/** A request as `rekindle pools show` has it; times are ISO 8601. */
export interface SlotState extends Omit<Waiting, 'since' | 'ticket'> {
  readonly since: string;
}

export interface PoolState {
  readonly slots: number;
  readonly used: number;
  readonly waiting: number;
  /** first come first */
  readonly holders: readonly SlotState[];
  /** the first {@link SHOWN} */
  readonly queue: readonly SlotState[];
}

const SHOWN = 100;

export interface SavedPool {
  readonly slots: number;
  readonly chains: readonly (readonly [run: string, chain: string])[];
  readonly held: readonly Waiting[];
  readonly queue: SavedQueue;
}

const stateOf = ({ run, dag, instance, slots, priority, since }: Waiting): SlotState => ({
  ...{ run, dag, instance, slots, priority },
  since: new Date(since).toISOString(),
});

export class Pool {
  readonly name: string;
  #slots: number;
  #used = 0;
  readonly #runs = new Map<string, Run>();
  readonly #heldByDag = new Map<string, number>();
  readonly #queue: PoolQueue;

  /** @param slots 0: nobody gets one until there are more */
  constructor(name: string, slots: number, saved?: SavedPool) {
    this.name = name;
    this.#slots = saved?.slots ?? slots;
    this.#queue = new PoolQueue(saved?.queue);
    if (!saved) return;
    const chains = new Map(saved.chains);
    const runOf = ({ run, dag }: Waiting): Run => this.#runOf(run, chains.get(run)!, dag);
    for (const held of saved.held) this.#hold(runOf(held), held);
    for (const waiting of this.#queue) runOf(waiting).waiting.add(waiting.ticket);
  }

  get slots(): number {
    return this.#slots;
  }

  /** can be more than there are, after they became fewer */
  get used(): number {
    return this.#used;
  }

  get waiting(): number {
    return this.#queue.size;
  }

  /** @param now ms since the epoch */
  hear(ask: PoolAsk, now: number): PoolAnswer[] {
    const answers: PoolAnswer[] = [];
    if (this.#runs.get(ask.run)?.chain !== ask.chain) this.#forget(ask.run); // only one of an id runs at a time
    if (ask.leave) this.#forget(ask.run);
    for (const ticket of ask.release ?? []) this.#drop(ask.run, ticket);
    if (ask.capacity !== undefined && ask.capacity !== this.#slots) answers.push(...this.#fit(ask.capacity));
    for (const request of ask.requests ?? []) answers.push(...this.#request(ask, request, now));
    return [...answers, ...this.#grant(now)];
  }

  /** Who holds more than there are now keeps it. */
  resize(slots: number, now: number): PoolAnswer[] {
    return [...this.#fit(slots), ...this.#grant(now)];
  }

  /** The run has ended without a word. */
  gone(run: string, chain: string, now: number): PoolAnswer[] {
    if (this.#runs.get(run)?.chain === chain) this.#forget(run);
    return this.#grant(now);
  }

  /** Turns away all who wait. */
  close(): PoolAnswer[] {
    return [...this.#queue].map(({ run, ticket }) => {
      this.#drop(run, ticket);
      return { run, ticket, refused: { code: 'POOL_NOT_FOUND', message: `Pool '${this.name}' was deleted.` } };
    });
  }

  chainOf(run: string): string | undefined {
    return this.#runs.get(run)?.chain;
  }

  /** Those that hold slots or wait for some. */
  runs(): { run: string; chain: string }[] {
    return [...this.#runs].map(([run, { chain }]) => ({ run, chain }));
  }

  state(): PoolState {
    const held = [...this.#runs.values()].flatMap((run) => [...run.held.values()]);
    return {
      slots: this.#slots,
      used: this.#used,
      waiting: this.#queue.size,
      holders: held.sort((a, b) => a.since - b.since).map(stateOf),
      queue: [...this.#queue].slice(0, SHOWN).map(stateOf),
    };
  }

  save(): SavedPool {
    return {
      slots: this.#slots,
      chains: [...this.#runs].map(([run, { chain }]) => [run, chain]),
      held: [...this.#runs.values()].flatMap(({ held }) => [...held.values()]),
      queue: this.#queue.save(),
    };
  }

  #request({ run: id, chain, dag }: PoolAsk, { ticket, instance, slots, priority }: SlotRequest, now: number): PoolAnswer[] {
    const run = this.#runOf(id, chain, dag);
    if (run.held.get(ticket)?.instance === instance) return [{ run: id, ticket }]; // it has not heard
    if (run.waiting.has(ticket)) return [];
    this.#drop(id, ticket);
    if (this.#isTooSmallFor(slots)) return [this.#tooSmall({ run: id, ticket, instance, slots })];
    const asking = this.#runOf(id, chain, dag);
    asking.waiting.add(ticket);
    this.#queue.add({ run: id, dag: asking.dag, ticket, instance, slots, priority, since: now });
    return [];
  }

  #grant(now: number): PoolAnswer[] {
    const answers: PoolAnswer[] = [];
    for (;;) {
      const next = this.#queue.next(this.#slots - this.#used, now, (dag) => this.#heldByDag.get(dag) ?? 0);
      if (!next) return answers;
      const run = this.#runs.get(next.run)!;
      run.waiting.delete(next.ticket);
      const { run: id, dag, ticket, instance, slots, priority } = next;
      this.#hold(run, { run: id, dag, ticket, instance, slots, priority, since: now });
      answers.push({ run: id, ticket });
    }
  }

  #fit(slots: number): PoolAnswer[] {
    this.#slots = slots;
    return [...this.#queue]
      .filter((waiting) => this.#isTooSmallFor(waiting.slots))
      .map((waiting) => {
        this.#drop(waiting.run, waiting.ticket);
        return this.#tooSmall(waiting);
      });
  }

  /** A pool without slots is closed for now: whoever waits for it may get them one day. */
  #isTooSmallFor(slots: number): boolean {
    return this.#slots > 0 && slots > this.#slots;
  }

  #tooSmall({ run, ticket, instance, slots }: Pick<Waiting, 'run' | 'ticket' | 'instance' | 'slots'>): PoolAnswer {
    const message = `'${instance}' wants ${slots} slots of pool '${this.name}', which has ${this.#slots}.`;
    return { run, ticket, refused: { code: 'POOL_TOO_SMALL', message } };
  }

  #runOf(id: string, chain: string, dag: string): Run {
    let run = this.#runs.get(id);
    if (!run) this.#runs.set(id, (run = { chain, dag, held: new Map(), waiting: new Set() }));
    return run;
  }

  #hold(run: Run, held: Waiting): void {
    run.held.set(held.ticket, held);
    this.#count(held.dag, held.slots);
  }

  #count(dag: string, slots: number): void {
    this.#used += slots;
    const held = (this.#heldByDag.get(dag) ?? 0) + slots;
    if (held === 0) this.#heldByDag.delete(dag);
    else this.#heldByDag.set(dag, held);
  }

  #drop(id: string, ticket: number): void {
    const run = this.#runs.get(id);
    if (!run) return;
    const held = run.held.get(ticket);
    if (held) this.#count(held.dag, -held.slots);
    run.held.delete(ticket);
    if (run.waiting.delete(ticket)) this.#queue.delete({ run: id, ticket, dag: run.dag });
    if (run.held.size === 0 && run.waiting.size === 0) this.#runs.delete(id);
  }

  #forget(id: string): void {
    const run = this.#runs.get(id);
    if (run) for (const ticket of [...run.held.keys(), ...run.waiting]) this.#drop(id, ticket);
  }
}
