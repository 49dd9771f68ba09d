/** What is to be said to other workflows: one signal at a time to each, which takes along all that has come up since the last one. */
import { CancellationScope, getExternalWorkflowHandle, log, sleep } from '@temporalio/workflow';
import type { SignalDefinition } from '@temporalio/common';

/** Before the next try to say something that Temporal would not deliver. */
const RETRY_MS = 5_000;

/**
 * Never rejects; tries until the signal has arrived.
 *
 * @returns false if no workflow of this id is running
 */
export const deliver = async <M>(workflowId: string, signal: SignalDefinition<[M]>, message: M): Promise<boolean> => {
  for (;;)
    try {
      await getExternalWorkflowHandle(workflowId).signal(signal, message);
      return true;
    } catch (error) {
      if (error instanceof Error && error.message.includes('it was not found')) return false;
      log.warn('a signal was not delivered; it is sent again', { workflowId, signal: signal.name, error: String(error) });
      await sleep(RETRY_MS);
    }
};

/** Keeps what is said to one receiver in order, and their histories short. */
export class Outbox<M> {
  readonly #send: (receiver: string, messages: M[]) => Promise<void>;
  readonly #messages = new Map<string, M[]>();
  readonly #sending = new Set<string>();
  #closed = false;

  /** @param send must not reject */
  constructor(send: (receiver: string, messages: M[]) => Promise<void>) {
    this.#send = send;
  }

  /** Is a signal under way? */
  get busy(): boolean {
    return this.#sending.size > 0;
  }

  get empty(): boolean {
    return this.#messages.size === 0 && !this.busy;
  }

  put(receiver: string, message: M): void {
    const waiting = this.#messages.get(receiver);
    if (waiting) waiting.push(message);
    else this.#messages.set(receiver, [message]);
    if (!this.#closed && !this.#sending.has(receiver)) void this.#empty(receiver);
  }

  /** Signals that are under way go on, no further one begins. @returns what will not be sent */
  close(): [receiver: string, message: M][] {
    this.#closed = true;
    return [...this.#messages].flatMap(([receiver, messages]) => messages.map((message): [string, M] => [receiver, message]));
  }

  async #empty(receiver: string): Promise<void> {
    this.#sending.add(receiver);
    await Promise.resolve(); // all that is put in the same turn goes along
    for (let messages = this.#messages.get(receiver); messages && !this.#closed; messages = this.#messages.get(receiver)) {
      this.#messages.delete(receiver);
      const batch = messages;
      await CancellationScope.nonCancellable(() => this.#send(receiver, batch)); // who is cancelled gives back, too
    }
    this.#sending.delete(receiver);
  }
}
