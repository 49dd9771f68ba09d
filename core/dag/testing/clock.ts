/** Time that jumps over waiting: it moves only while nothing is at work, and then to the next thing that waits. */

interface Waiter {
  readonly atMs: number;
  /** of two at the same time the one that began to wait first */
  readonly order: number;
  /** it no longer waits */
  isOff: boolean;
  readonly wake: () => void;
}

const isBefore = (a: Waiter, b: Waiter): boolean => a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);

/**
 * Whoever works holds the clock; whoever waits for something else lets go of it, and is held again by what wakes it, before
 * that lets go itself. So there is no moment at which everybody only seems to wait.
 */
export class VirtualClock {
  #nowMs: number;
  #held = 0;
  #count = 0;
  /** a heap: a month of sensors is tens of thousands of waits */
  readonly #waiting: Waiter[] = [];
  /** nothing works and nothing waits for a time any more */
  onIdle: () => void = () => undefined;

  constructor(nowMs: number) {
    this.#nowMs = nowMs;
  }

  get nowMs(): number {
    return this.#nowMs;
  }

  hold(): void {
    this.#held++;
  }

  free(): void {
    this.#held--;
    if (this.#held > 0) return;
    let next = this.#pop();
    while (next?.isOff) next = this.#pop();
    if (!next) return this.onIdle();
    this.#nowMs = Math.max(this.#nowMs, next.atMs);
    this.#held++;
    next.wake();
  }

  /** Holds the clock while it works. @param failed hears of an error that the work did not expect */
  spawn(work: () => Promise<void>, failed: (error: unknown) => void): void {
    this.hold();
    work()
      .catch(failed)
      .finally(() => this.free());
  }

  /**
   * For one who holds the clock. A time that has passed is no wait.
   * @returns false if it was called off
   */
  async until(atMs: number, signal?: AbortSignal): Promise<boolean> {
    if (signal?.aborted) return false;
    if (atMs <= this.#nowMs) return true;
    return new Promise((resolve) => {
      const callOff = (): void => {
        waiter.isOff = true;
        this.hold();
        resolve(false);
      };
      const waiter: Waiter = {
        atMs,
        order: this.#count++,
        isOff: false,
        wake: () => {
          signal?.removeEventListener('abort', callOff);
          resolve(true);
        },
      };
      signal?.addEventListener('abort', callOff, { once: true });
      this.#push(waiter);
      this.free();
    });
  }

  /** For one who holds the clock and waits for somebody else, who gives it back by {@link hold} before `handed` resolves. */
  async awaiting<T>(handed: Promise<T>): Promise<T> {
    this.free();
    return handed;
  }

  #push(waiter: Waiter): void {
    const heap = this.#waiting;
    let at = heap.push(waiter) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!isBefore(heap[at]!, heap[parent]!)) return;
      [heap[at], heap[parent]] = [heap[parent]!, heap[at]!];
      at = parent;
    }
  }

  #pop(): Waiter | undefined {
    const heap = this.#waiting;
    const first = heap[0];
    const last = heap.pop();
    if (!first || heap.length === 0) return first;
    heap[0] = last!;
    for (let at = 0; ;) {
      const [left, right] = [2 * at + 1, 2 * at + 2];
      let least = at;
      if (left < heap.length && isBefore(heap[left]!, heap[least]!)) least = left;
      if (right < heap.length && isBefore(heap[right]!, heap[least]!)) least = right;
      if (least === at) return first;
      [heap[at], heap[least]] = [heap[least]!, heap[at]!];
      at = least;
    }
  }
}
