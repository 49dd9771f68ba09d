/** The world around DAG runs in tests: a real server, the interpreter, workers as we ship them, DAGs that the test brings. */
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Client, Connection, WorkflowFailedError, type WorkflowHandle } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { msToTs } from '@temporalio/common/lib/time.js';
import { bundleWorkflowCode, DefaultLogger, NativeConnection, Worker, type WorkflowBundle } from '@temporalio/worker';
import pino from 'pino';
import type { Dag, DagRunState } from '../../core/dag/index.js';
import type { ResolvedRun } from '../../core/dag/resolve.js';
import type { Json } from '../../core/json.js';
import { keys, TASK_QUEUES } from '../../core/names.js';
import type { ObjectStore } from '../../core/ports.js';
import { openObjectStore } from '../../platform/object-store/index.js';
import { assetActivities } from '../../workers/assets.js';
import { engineActivities, pastActivities } from '../../workers/engine.js';
import { poolActivities } from '../../workers/pools.js';
import { taskActivity, type TaskEnvironment } from '../../workers/run-task.js';
import type { OrchestrationActivities } from '../../workflows/activities.js';
import { tempFolder, temporalAddress } from '../support/fixtures.js';

export interface DagHouse {
  readonly client: Client;
  readonly objects: ObjectStore;
  /** folder of the store */
  readonly store: string;
  /** Overrides what `resolveDag` answers for an id. */
  readonly resolved: Map<string, ResolvedRun>;
  start(dag: string, params?: Json): Promise<WorkflowHandle>;
  state(runId: string, options?: { outputs: boolean }): Promise<DagRunState>;
  /** What `recordRun` stored. */
  stored(dag: string, runId: string): Promise<DagRunState>;
  close(): Promise<void>;
}

let bundle: Promise<WorkflowBundle> | undefined;
export const dagRunBundle = (): Promise<WorkflowBundle> =>
  (bundle ??= bundleWorkflowCode({
    workflowsPath: fileURLToPath(new URL('../../workflows/index.ts', import.meta.url)),
    logger: new DefaultLogger('ERROR'),
  }));

const until = async (what: string, holds: () => Promise<boolean>): Promise<void> => {
  for (const deadline = Date.now() + 50_000; !(await holds()); await sleep(30))
    if (Date.now() > deadline) throw new Error(`It never happened that ${what}.`);
};

/** All test files share the server; tasks go to well-known queues, so each file needs a namespace of its own. */
const makeNamespace = async (connection: Connection): Promise<string> => {
  const namespace = `dags-${randomUUID()}`;
  await connection.workflowService.registerNamespace({ namespace, workflowExecutionRetentionPeriod: msToTs('1 day') });
  await until('the server knows the namespace', () =>
    connection.workflowService.describeNamespace({ namespace }).then(Boolean, () => false),
  );
  return namespace;
};

const refuse = (): never => {
  throw new Error('the tasks of these tests ask for nothing');
};

/**
 * @param foreign activities of other workers, as they are
 * @param own address of the caller's own server; default: the one which all files share
 */
export const openDagHouse = async (
  context: Mocha.Context,
  dags: readonly Dag[],
  foreign: Record<string, (...args: any[]) => Promise<unknown>> = {},
  own?: string,
): Promise<DagHouse> => {
  const address = own ?? (await temporalAddress(context));
  context.timeout(60_000);
  const connection = await Connection.connect({ address });
  const namespace = await makeNamespace(connection);
  const client = new Client({ connection, namespace });
  const store = join(tempFolder(), 'objects');
  const objects = openObjectStore({ kind: 'folder', path: store });
  const resolved = new Map<string, ResolvedRun>();
  const engine = engineActivities({ dags: (id) => dags.find((dag) => dag.id === id), objects });
  const orchestration = {
    ...engine,
    ...pastActivities(client, objects),
    ...assetActivities(client, objects),
    ...poolActivities(client),
    resolveDag: async (...[id, params, options]: Parameters<OrchestrationActivities['resolveDag']>): Promise<ResolvedRun> =>
      resolved.get(id) ?? engine.resolveDag(id, params, options),
  };
  const environment: TaskEnvironment = {
    objects,
    models: { trigger: refuse, acquire: refuse },
    platform: undefined,
    logger: pino({ level: 'silent' }),
    connection: refuse,
  };
  const tasks = dags.flatMap((dag) => [...dag.tasks.values()].filter(({ run }) => run !== undefined));
  const activities = { ...Object.fromEntries(tasks.map((task) => [task.id, taskActivity(task, environment)])), ...foreign };

  const workerConnection = await NativeConnection.connect({ address });
  const options = { connection: workerConnection, namespace };
  const workers = [
    await Worker.create({
      ...options,
      taskQueue: TASK_QUEUES.orchestration,
      workflowBundle: await dagRunBundle(),
      activities: { ...orchestration, ...activities },
    }),
    await Worker.create({ ...options, taskQueue: TASK_QUEUES.data, activities }),
    await Worker.create({ ...options, taskQueue: 'elsewhere', activities }),
  ];
  const running = Promise.all(workers.map((worker) => worker.run()));

  return {
    client,
    objects,
    store,
    resolved,
    start: (dag, params) =>
      client.workflow.start(dag, {
        taskQueue: TASK_QUEUES.orchestration,
        workflowId: `${dag}-manual-${randomUUID()}`,
        args: params === undefined ? [] : [params],
      }),
    state: (runId, options = { outputs: false }) => client.workflow.getHandle(runId).query('state', options),
    stored: async (dag, runId) => JSON.parse(Buffer.from((await objects.get(keys.runState(dag, runId))).body).toString()) as DagRunState,
    async close() {
      for (const worker of workers) worker.shutdown();
      await running;
      await workerConnection.close();
      await connection.close();
    },
  };
};

/** Why a run failed. */
export const failureOf = async (handle: WorkflowHandle): Promise<ApplicationFailure> => {
  const error: unknown = await handle.result().catch((reason: unknown) => reason);
  if (error instanceof WorkflowFailedError && error.cause instanceof ApplicationFailure) return error.cause;
  throw new Error(`the run did not fail: ${String(error)}`);
};
