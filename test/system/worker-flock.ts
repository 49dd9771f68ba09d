/** Worker processes that die at random moments and are started again, as if a machine had lost its power. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { RunningChild } from '../../platform/child-process.js';

/** Of one seed always the same numbers, from 0 up to 1. @see https://en.wikipedia.org/wiki/Linear_congruential_generator#Parameters_in_common_use */
export const randomOf = (seed: number): (() => number) => {
  let state = BigInt(seed);
  return () => {
    state = BigInt.asUintN(64, state * 6364136223846793005n + 1442695040888963407n);
    return Number(state >> 32n) / 2 ** 32;
  };
};

export interface Place {
  readonly queues: string;
  /** longest life of a worker here, once it is ready, ms */
  readonly life: number;
}

export interface FlockOptions {
  readonly seed: number;
  /** a worker each */
  readonly places: readonly Place[];
  readonly start: (queues: string, onLine: (line: string) => void) => Promise<RunningChild>;
}

export interface Flock {
  /** when a worker was gone, ms since the epoch, by its process id */
  readonly killed: ReadonlyMap<number, number>;
  /** what the workers said last */
  readonly said: readonly string[];
  /** From now on every worker lives for a random time, and is then killed and replaced. */
  torment(): void;
  stop(): Promise<void>;
}

/** Later workers live longer by this factor, so that a slow machine gets there too. */
const LONGER = 1.04;

/** Starts one worker for each place, and waits until all are ready. */
export const startFlock = async ({ seed, places, start }: FlockOptions): Promise<Flock> => {
  const random = randomOf(seed);
  const killed = new Map<number, number>();
  const said: string[] = [];
  let over = false;
  let begin: () => void = () => undefined;
  const tormented = new Promise<void>((done) => (begin = done));
  let stopping: () => void = () => undefined;
  const stopped = new Promise<void>((done) => (stopping = done));

  const bringUp = async ({ queues }: Place): Promise<RunningChild> => {
    const child = await start(queues, (line) => {
      said.push(line);
      if (said.length > 200) said.shift();
    });
    await Promise.race([child.message, child.exited]);
    return child;
  };
  /** One worker after the other. */
  const inhabit = async (place: Place, first: RunningChild): Promise<void> => {
    let worker = first;
    await Promise.race([tormented, stopped]);
    for (;;) {
      await Promise.race([sleep(random() * place.life * LONGER ** killed.size), stopped]);
      if (over) break;
      process.kill(worker.pid, 'SIGKILL');
      await worker.exited;
      killed.set(worker.pid, Date.now());
      worker = await bringUp(place);
    }
    await worker.stop(20_000);
  };

  const firsts = await Promise.all(places.map(bringUp));
  const inhabited = firsts.map((worker, i) => inhabit(places[i]!, worker));
  return {
    killed,
    said,
    torment: begin,
    stop: async () => {
      over = true;
      stopping();
      await Promise.all(inhabited);
    },
  };
};
