/** Heartbeats while something else works: DuckDB, a download, a worker thread. */
import type { Duration } from '../core/duration.js';
import type { TaskContext } from '../core/ports.js';

/** Heartbeat of the shipped tasks: a killed worker is noticed in seconds, a cancelled run too. */
export const HEARTBEAT: Duration = '10 seconds';
const BEAT_MS = 3_000;

/** Says every three seconds that the task lives, until the work is done. */
export const alive = async <T>(ctx: TaskContext, work: () => Promise<T>): Promise<T> => {
  ctx.signal.throwIfAborted();
  const timer = setInterval(() => ctx.heartbeat(), BEAT_MS);
  try {
    return await work();
  } finally {
    clearInterval(timer);
  }
};
