/** What the workers of all queues share. */
import { Worker, type NativeConnection, type WorkerOptions } from '@temporalio/worker';
import type { Config } from '../platform/config.js';
import type { Logger } from '../platform/logger.js';
import type { Composition } from './compose.js';
import { logged } from './interceptors.js';
import { taskActivity } from './run-task.js';

export interface WorkerContext {
  readonly connection: NativeConnection;
  readonly namespace: string;
  readonly composition: Composition;
  readonly logger: Logger;
}

/** How a queue is worked. */
export interface QueuePolicy {
  readonly taskQueue: string;
  /** activities at a time in one worker, unless rekindle.config.ts says otherwise */
  readonly concurrency: number;
  /** how long running activities may go on after SIGTERM */
  readonly graceMs: number;
}

/** A run stays with the workers of the release that it began with: its DAG and its code cannot change under it. */
const versioning = ({ release }: Config): Partial<WorkerOptions> =>
  release === undefined
    ? {}
    : {
        workerDeploymentOptions: {
          version: { deploymentName: release.deployment, buildId: release.buildId },
          useWorkerVersioning: true,
          defaultVersioningBehavior: 'PINNED',
        },
      };

/**
 * Every worker knows every task of the project, as a DAG may send any task to any queue; what a machine must have for a task
 * (a trainer, a GPU) is said by the queues that its worker listens on.
 */
export const createWorker = (
  { connection, namespace, composition, logger }: WorkerContext,
  { taskQueue, concurrency, graceMs }: QueuePolicy,
  options: Partial<WorkerOptions> = {},
): Promise<Worker> => {
  const { config, project, environment } = composition;
  const tasks = Object.fromEntries([...project.tasks].map(([id, task]) => [id, taskActivity(task, environment)]));
  return Worker.create({
    connection,
    namespace,
    taskQueue,
    maxConcurrentActivityTaskExecutions: project.config.queues[taskQueue]?.concurrency ?? concurrency,
    shutdownGraceTime: graceMs,
    shutdownForceTime: graceMs + 5_000, // a task that ignores everything must not keep the process for ever
    interceptors: { activity: [logged(logger)] },
    ...versioning(config),
    ...options,
    activities: { ...tasks, ...options.activities },
  });
};
