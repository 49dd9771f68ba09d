/** Workers of the queue `orchestration`: they run the workflows and what workflows ask of the project. */
import type { Worker, WorkerOptions } from '@temporalio/worker';
import { resolveRun } from '../core/dag/resolve.js';
import { isRekindleError, RekindleError } from '../core/errors.js';
import { keys, TASK_QUEUES } from '../core/names.js';
import { ownFile, packageRoot, runsFromSource } from '../platform/package.js';
import type { OrchestrationActivities } from '../workflows/activities.js';
import { join } from 'node:path';
import type { Composition } from './compose.js';
import { ourFailure } from './failure.js';
import { createWorker, type WorkerContext } from './worker.js';

/** The interpreter's local activities. */
export const orchestrationActivities = ({ project, environment }: Composition): OrchestrationActivities => ({
  resolveDag: async (id, params, firedAt) => {
    try {
      const loaded = project.dags.get(id);
      if (!loaded) throw new RekindleError('DAG_NOT_FOUND', `No worker of this project has loaded a DAG '${id}'.`, { dag: id });
      return await resolveRun(loaded.dag, params, firedAt);
    } catch (error) {
      throw isRekindleError(error) ? ourFailure(error) : error;
    }
  },
  recordRun: async (state) => {
    await environment.objects.put(keys.runState(state.dag, state.runId), JSON.stringify(state), { contentType: 'application/json' });
  },
});

/** Compiled, the bundle was made by the build; from sources it is made now, which takes some seconds. */
export const workflowCode = (): Partial<WorkerOptions> =>
  runsFromSource
    ? { workflowsPath: ownFile('workflows/index') }
    : { workflowBundle: { codePath: join(packageRoot, 'dist/workflow-bundle.js') } };

export const createOrchestrationWorker = (context: WorkerContext, modelActivities: object): Promise<Worker> =>
  createWorker(
    context,
    {
      taskQueue: TASK_QUEUES.orchestration,
      // light work of the models' workflows, beside the workflows themselves; each retraining that is under way holds one slot, waiting
      concurrency: 500,
      graceMs: 10_000,
    },
    { ...workflowCode(), activities: { ...orchestrationActivities(context.composition), ...modelActivities } },
  );
