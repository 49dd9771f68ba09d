/**
 * Who is next: the requests that wait for the slots of a pool.
 *
 * By priority; within one, the DAG that holds the fewest slots, DAGs that hold the same in turn (round robin); within a DAG, who came
 * first. Nobody waits for ever: a request rises by one priority for each {@link RISE_MS} that it has waited, and one whose turn it is
 * and that is too large for what is free is passed by smaller ones for {@link RESERVE_MS} only.
 */

export const PRIORITIES = [1, 2, 3, 4, 5] as const;
export const DEFAULT_PRIORITY = 3;

/** Then free slots are kept for the request whose turn it is, until there are enough. */
export const RESERVE_MS = 60_000;
/** From the last priority to the first takes four of them. */
export const RISE_MS = 15 * 60_000;

export interface Waiting {
  readonly run: string;
  readonly dag: string;
  /** number that the run gave to this request */
  readonly ticket: number;
  /** task instance */
  readonly instance: string;
  readonly slots: number;
  readonly priority: number;
  /** ms since the epoch */
  readonly since: number;
}

interface Place extends Waiting {
  /** of arrival */
  readonly order: number;
}

/** What one DAG wants at one priority, in order of arrival. */
interface Line {
  turn: number;
  readonly places: Place[];
}

type Level = Map<string, Line>;

/** A place and the level that it has risen to, and the turns of the lines: `[level, dag, turn]`. */
export interface SavedQueue {
  readonly places: readonly (readonly [level: number, waiting: Waiting])[];
  readonly turns: readonly (readonly [level: number, dag: string, turn: number])[];
}

const keyOf = ({ run, ticket }: Pick<Waiting, 'run' | 'ticket'>): string => `${run}\n${ticket}`;

export class PoolQueue {
  /** `#levels[0]`: priority 1 */
  readonly #levels: readonly Level[] = PRIORITIES.map(() => new Map());
  readonly #level = new Map<string, number>();
  #order = 0;
  #turn = 0;

  constructor(saved?: SavedQueue) {
    if (!saved) return;
    for (const [level, waiting] of saved.places) this.#place(level, { ...waiting, order: this.#order++ });
    for (const [level, dag, turn] of saved.turns) {
      const line = this.#levels[level]!.get(dag);
      if (line) line.turn = turn;
      this.#turn = Math.max(this.#turn, turn + 1);
    }
  }

  get size(): number {
    return this.#level.size;
  }

  has(request: Pick<Waiting, 'run' | 'ticket'>): boolean {
    return this.#level.has(keyOf(request));
  }

  add(waiting: Waiting): void {
    this.#place(waiting.priority - 1, { ...waiting, order: this.#order++ });
  }

  /** @returns what was taken out; undefined if it does not wait */
  delete(request: Pick<Waiting, 'run' | 'ticket' | 'dag'>): Waiting | undefined {
    const level = this.#level.get(keyOf(request));
    if (level === undefined) return undefined;
    const { places } = this.#levels[level]!.get(request.dag)!;
    return this.#remove(
      level,
      request.dag,
      places.findIndex(({ run, ticket }) => run === request.run && ticket === request.ticket),
    );
  }

  /**
   * Takes out the next request that gets its slots now.
   *
   * @param free slots
   * @param now ms since the epoch
   * @param held slots that a DAG holds already
   */
  next(free: number, now: number, held: (dag: string) => number): Waiting | undefined {
    if (free <= 0 || this.size === 0) return undefined;
    this.#rise(now);
    for (const [level, lines] of this.#levels.entries())
      for (const [dag, { places }] of inTurn(lines, held))
        for (const [i, { slots, since }] of places.entries()) {
          if (slots > free && now - since >= RESERVE_MS) return undefined;
          if (slots > free) continue;
          this.#levels[level]!.get(dag)!.turn = this.#turn++;
          return this.#remove(level, dag, i);
        }
    return undefined;
  }

  /** By priority, then by DAG. */
  *[Symbol.iterator](): Generator<Waiting> {
    for (const level of this.#levels) for (const { places } of level.values()) yield* places;
  }

  save(): SavedQueue {
    const levels = this.#levels.map((lines, level) => ({ level, lines: [...lines] }));
    return {
      places: levels
        .flatMap(({ level, lines }) => lines.flatMap(([, { places }]) => places.map((place) => [level, place] as const)))
        .sort(([, a], [, b]) => a.order - b.order)
        .map(([level, { run, dag, ticket, instance, slots, priority, since }]) => [
          level,
          { run, dag, ticket, instance, slots, priority, since },
        ]),
      turns: levels.flatMap(({ level, lines }) => lines.map(([dag, { turn }]) => [level, dag, turn] as const)),
    };
  }

  #place(level: number, place: Place): void {
    const lines = this.#levels[level]!;
    let line = lines.get(place.dag);
    if (!line) lines.set(place.dag, (line = { turn: this.#turn++, places: [] }));
    const after = line.places.findLastIndex(({ order }) => order < place.order);
    line.places.splice(after + 1, 0, place);
    this.#level.set(keyOf(place), level);
  }

  #remove(level: number, dag: string, index: number): Place {
    const lines = this.#levels[level]!;
    const { places } = lines.get(dag)!;
    const [place] = index === 0 ? [places.shift()!] : places.splice(index, 1);
    if (places.length === 0) lines.delete(dag); // who comes back stands at the end of the round
    this.#level.delete(keyOf(place!));
    return place!;
  }

  /** The first of a line is the one that has waited longest. */
  #rise(now: number): void {
    for (let level = 1; level < this.#levels.length; level++)
      for (const [dag, { places }] of [...this.#levels[level]!])
        while (places[0] && risenTo(places[0], now) < level) {
          const place = this.#remove(level, dag, 0);
          this.#place(risenTo(place, now), place);
        }
  }
}

const risenTo = ({ priority, since }: Waiting, now: number): number => Math.max(0, priority - 1 - Math.floor((now - since) / RISE_MS));

const inTurn = (lines: Level, held: (dag: string) => number): [string, Line][] =>
  lines.size === 1 ? [...lines] : [...lines].sort(([a, { turn }], [b, other]) => held(a) - held(b) || turn - other.turn);
