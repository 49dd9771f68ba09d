/** Workers of the queue `orchestration`: they run the workflows and what workflows ask of the project. */
import type { Client } from '@temporalio/client';
import type { Worker, WorkerOptions } from '@temporalio/worker';
import { TASK_QUEUES } from '../core/names.js';
import { ownFile, packageRoot, runsFromSource } from '../platform/package.js';
import { join } from 'node:path';
import { assetActivities } from './assets.js';
import { backfillActivities } from './backfill.js';
import type { Composition } from './compose.js';
import { engineActivities, pastActivities } from './engine.js';
import { poolActivities } from './pools.js';
import { createWorker, type WorkerContext } from './worker.js';

/** Compiled, the bundle was made by the build; from sources it is made now, which takes some seconds. */
export const workflowCode = (): Partial<WorkerOptions> =>
  runsFromSource
    ? { workflowsPath: ownFile('workflows/index') }
    : { workflowBundle: { codePath: join(packageRoot, 'dist/workflow-bundle.js') } };

/** What the workflows ask of the worker that runs them. @param client for what only Temporal knows: other runs, pools, assets */
export const orchestrationActivities = ({ project, environment }: Composition, client: Client, searchAttributes = false): object => ({
  ...engineActivities({ dags: (id) => project.dags.get(id)?.dag, objects: environment.objects, searchAttributes }),
  ...pastActivities(client, environment.objects),
  ...assetActivities(client, environment.objects),
  ...poolActivities(client),
  ...backfillActivities(client, environment.objects),
});

export const createOrchestrationWorker = (context: WorkerContext, activities: object): Promise<Worker> =>
  createWorker(
    context,
    {
      taskQueue: TASK_QUEUES.orchestration,
      // light work of the models' workflows, beside the workflows themselves; each retraining that is under way holds one slot, waiting
      concurrency: 500,
      graceMs: 10_000,
    },
    { ...workflowCode(), activities },
  );
