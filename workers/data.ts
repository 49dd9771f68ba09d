/** Workers of the queue `data` (the default of tasks) and of queues that a project invents. */
import type { Worker } from '@temporalio/worker';
import { createWorker, type WorkerContext } from './worker.js';

export const createDataWorker = (context: WorkerContext, taskQueue: string): Promise<Worker> =>
  createWorker(context, {
    taskQueue,
    // most tasks wait for others (HTTP, SQL, the object store); those that compute are bounded by DuckDB and the thread pool
    concurrency: 50,
    // longer than the heartbeat of the shipped tasks (10 s), so that their last word reaches the next try
    graceMs: 15_000,
  });
