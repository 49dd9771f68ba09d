/** Background work of the gateway: again and again, until it is stopped. */
import { setTimeout as sleep } from 'node:timers/promises';

export interface Repetition {
  /** resolves when the running round, if any, is over */
  stop(): Promise<void>;
}

export interface RepeatOptions {
  readonly everyMs: number;
  /** share by which each pause varies at random, so that many gateways do not ask the store in step */
  readonly jitter?: number;
  /** told when a round throws; the next one comes all the same */
  readonly onError: (cause: unknown) => void;
}

/** The first round comes after the first pause; a pause starts when the round before it has ended. */
export const repeat = (round: () => Promise<void>, { everyMs, jitter = 0, onError }: RepeatOptions): Repetition => {
  const stopping = new AbortController();
  const run = async (): Promise<void> => {
    for (;;) {
      const pause = everyMs * (1 + jitter * (2 * Math.random() - 1));
      await sleep(pause, undefined, { signal: stopping.signal, ref: false }).catch(() => undefined);
      if (stopping.signal.aborted) return;
      await round().catch(onError);
    }
  };
  const running = run();
  return {
    stop: async () => {
      stopping.abort();
      await running;
    },
  };
};
