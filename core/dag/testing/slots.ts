/** The limits that a DAG sets itself, for all runs of a test. First come, first served. */
import type { PoolRequest } from '../pool-requests.js';
import type { VirtualClock } from './clock.js';

interface Pool {
  free: number;
  readonly waiting: ((given: boolean) => void)[];
}

export class Slots {
  readonly #clock: VirtualClock;
  readonly #pools = new Map<string, Pool>();

  constructor(clock: VirtualClock) {
    this.#clock = clock;
  }

  /**
   * For one who holds the clock. Pools that the project would have to declare are taken for large enough.
   * @returns what gives the slots back; undefined if it was called off meanwhile
   */
  async take(requests: readonly PoolRequest[], signal?: AbortSignal): Promise<(() => void) | undefined> {
    const taken: Pool[] = [];
    const giveBack = (): void => taken.splice(0).forEach((pool) => this.#give(pool));
    for (const { pool: name, capacity } of requests) {
      if (capacity === undefined) continue;
      const pool = this.#pools.get(name) ?? { free: capacity, waiting: [] };
      this.#pools.set(name, pool);
      if (!(await this.#one(pool, signal))) {
        giveBack();
        return undefined;
      }
      taken.push(pool);
    }
    return giveBack;
  }

  async #one(pool: Pool, signal: AbortSignal | undefined): Promise<boolean> {
    if (signal?.aborted) return false;
    if (pool.free > 0) {
      pool.free--;
      return true;
    }
    return this.#clock.awaiting(
      new Promise((resolve) => {
        const end = (given: boolean): void => {
          signal?.removeEventListener('abort', callOff);
          this.#clock.hold();
          resolve(given);
        };
        const callOff = (): void => {
          pool.waiting.splice(pool.waiting.indexOf(end), 1);
          end(false);
        };
        signal?.addEventListener('abort', callOff, { once: true });
        pool.waiting.push(end);
      }),
    );
  }

  #give(pool: Pool): void {
    const next = pool.waiting.shift();
    if (next) next(true);
    else pool.free++;
  }
}
