/** What the runs of one test share. */
import type { Json } from '../../json.js';
import type { AssetEvent } from '../run-input.js';
import { VirtualClock } from './clock.js';
import type { TestOptions } from './options.js';
import { Slots } from './slots.js';

/** A run that can end without its doing. */
interface Open {
  giveUp(): void;
}

export class World {
  readonly clock: VirtualClock;
  readonly slots: Slots;
  readonly kept: Map<string, Json>;
  readonly options: TestOptions;
  /** runs that have not ended */
  readonly open = new Set<Open>();
  /** hears of what successful tasks produce */
  announce: (events: readonly AssetEvent[]) => void = () => undefined;
  /** the test asks for something that it does not say how to do */
  fail: (error: unknown) => void = () => undefined;
  readonly #broken: Promise<never>;

  /** @param nowMs when the clock of the test starts, ms since the epoch */
  constructor(options: TestOptions, nowMs: number) {
    this.options = options;
    this.clock = new VirtualClock(nowMs);
    this.slots = new Slots(this.clock);
    this.kept = new Map(Object.entries(options.kept ?? {}));
    this.#broken = new Promise<never>((_, reject) => (this.fail = reject));
    this.#broken.catch(() => undefined); // whoever runs something hears of it
    this.clock.onIdle = () => [...this.open].forEach((run) => run.giveUp());
  }

  get nowMs(): number {
    return this.clock.nowMs;
  }

  /** ISO 8601 */
  get now(): string {
    return new Date(this.clock.nowMs).toISOString();
  }

  /** @param work holds the clock until its first wait @throws what {@link fail} was told */
  async play<T>(work: () => Promise<T>): Promise<T> {
    this.clock.hold();
    return Promise.race([work(), this.#broken]);
  }
}
