/** Workers of the queue `training`: machines that hold a trainer. */
import type { Worker } from '@temporalio/worker';
import { TASK_QUEUES } from '../core/names.js';
import { createWorker, type WorkerContext } from './worker.js';

export const createTrainingWorker = (context: WorkerContext): Promise<Worker> =>
  createWorker(context, {
    taskQueue: TASK_QUEUES.training,
    // a fit uses every core; two at a time only make both late
    concurrency: 1,
    // the job outlives the worker and the next try finds it: nothing is gained by waiting
    graceMs: 2_000,
  });
