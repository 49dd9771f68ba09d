/** A real Temporal server in a test, whose clock jumps over waiting, with the real interpreter and workers for the DAGs of the test. */
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Client } from '@temporalio/client';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import type { Worker } from '@temporalio/worker';
import type { Stub } from '../../core/dag/testing.js';
import { checkNames } from '../../core/dag/testing/names.js';
import type { Dag } from '../../core/dag/dag.js';
import type { DagRunState } from '../../core/dag/run-state.js';
import type { RunInput } from '../../core/dag/run-input.js';
import type { Task } from '../../core/dag/task.js';
import { RekindleError } from '../../core/errors.js';
import type { Duration } from '../../core/duration.js';
import { durationMs } from '../../core/duration.js';
import type { Json } from '../../core/json.js';
import { manualRunId, TASK_QUEUES } from '../../core/names.js';
import { recordHistory } from './histories.js';

export interface EngineOptions {
  readonly dags: readonly Dag[];
  /** in the place of bodies, by id of the task */
  readonly stubs?: Readonly<Record<string, Stub>>;
  /** what `ctx.connection` answers */
  readonly connection?: (name: string) => string;
  /** executable of the time-skipping test server; default: Temporal's own, downloaded by `@temporalio/testing` */
  readonly server?: string | undefined;
}

export interface TestEngine {
  /** Temporal's */
  readonly client: Client;
  /** @returns its id */
  start(dag: string, params?: Json, input?: RunInput): Promise<string>;
  /** Until the run is over, however long that would take: the clock jumps. A failed run is a state. */
  finish(runId: string): Promise<DagRunState>;
  /** `start` and `finish` */
  run(dag: string, params?: Json, input?: RunInput): Promise<DagRunState>;
  /** while it goes on, too; outputs included */
  state(runId: string): Promise<DagRunState>;
  /** Lets time pass for everything. */
  sleep(duration: Duration): Promise<void>;
  /** As `recordHistory`. */
  record(runId: string, file: string): Promise<void>;
  close(): Promise<void>;
}

const STARTS = 10;

const openServer = async (server: string | undefined): Promise<TestWorkflowEnvironment> => {
  const testing = await import('@temporalio/testing').catch((cause: unknown) => {
    const message = 'A test with a server needs the package @temporalio/testing: npm install --save-dev @temporalio/testing.';
    throw new RekindleError('TOOL_MISSING', message, { tool: '@temporalio/testing' }, { cause });
  });
  const options = server === undefined ? {} : { server: { executable: { type: 'existing-path' as const, path: server } } };
  for (let attempt = 1; ; attempt++)
    try {
      return await testing.TestWorkflowEnvironment.createTimeSkipping(options);
    } catch (error) {
      // a busy machine does not start it in the 5 seconds that it is given
      if (attempt === STARTS || !(error instanceof Error && error.message.includes('did not start'))) throw error;
    }
};

const withStub = (task: Task, stubs: EngineOptions['stubs'] = {}): Task => {
  if (!Object.hasOwn(stubs, task.id)) return task;
  const stub = stubs[task.id];
  return { ...task, run: typeof stub === 'function' ? stub : () => stub };
};

const createWorkers = async (env: TestWorkflowEnvironment, folder: string, options: EngineOptions): Promise<Worker[]> => {
  // only a test that has a server pays for these
  const [{ Worker }, { workflowCode, orchestrationActivities }, { taskActivity }, { queuesOf }, { openObjectStore }, { createLogger }] =
    await Promise.all([
      import('@temporalio/worker'),
      import('../orchestration.js'),
      import('../run-task.js'),
      import('../queues.js'),
      import('../../platform/object-store/index.js'),
      import('../../platform/logger.js'),
    ]);
  const { dags, stubs, connection = noConnection } = options;
  const tasks = new Map(dags.flatMap((dag) => [...dag.tasks].map(([id, task]) => [id, withStub(task, stubs)])));
  const environment = {
    objects: openObjectStore({ kind: 'folder', path: folder }),
    models: { trigger: noModels, acquire: noModels },
    platform: undefined,
    logger: createLogger({ name: 'test', level: 'silent' }),
    connection,
    tasks,
    specOf: (id: string) => dags.find((dag) => dag.id === id)?.spec,
  };
  const project = { dags: new Map(dags.map((dag) => [dag.id, { dag }])) };
  const ours = { project, environment } as unknown as Parameters<typeof orchestrationActivities>[0];
  const bodies = [...tasks.values()].filter(({ run }) => run !== undefined);
  const activities = Object.fromEntries(bodies.map((task) => [task.id, taskActivity(task, environment)]));
  return Promise.all(
    queuesOf(ours.project).map((taskQueue) =>
      Worker.create({
        connection: env.nativeConnection,
        ...(env.namespace === undefined ? {} : { namespace: env.namespace }),
        taskQueue,
        ...(taskQueue === TASK_QUEUES.orchestration ? workflowCode() : {}),
        activities: taskQueue === TASK_QUEUES.orchestration ? { ...activities, ...orchestrationActivities(ours, env.client) } : activities,
      }),
    ),
  );
};

const noModels = (): never => {
  throw new RekindleError('USAGE', 'A test engine has no models.', {});
};
const noConnection = (name: string): never => {
  throw new RekindleError('CONFIG_INVALID', `The test knows no connection '${name}': pass { connection }.`, { connection: name });
};

/**
 * Starts the server, and workers on every queue that the DAGs name. Slower than `testDag` by seconds; it runs what a deployment runs.
 *
 * @throws TOOL_MISSING without the package `@temporalio/testing`
 * @example after(() => engine?.close());
 */
export const openTestEngine = async (options: EngineOptions): Promise<TestEngine> => {
  checkNames(options.dags, options.stubs ? { stubs: options.stubs } : {});
  const env = await openServer(options.server);
  const folder = await mkdtemp(join(tmpdir(), 'rekindle-test-engine-'));
  const { client } = env;
  let workers: Worker[] = [];
  let running: Promise<unknown> = Promise.resolve();
  const close = async (): Promise<void> => {
    for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown();
    await running;
    await env.teardown();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    workers = await createWorkers(env, folder, options);
    running = Promise.all(workers.map((worker) => worker.run()));
  } catch (error) {
    await close();
    throw error;
  }
  const state = (runId: string): Promise<DagRunState> =>
    client.workflow.getHandle(runId).query<DagRunState, [{ readonly outputs: boolean }]>('state', { outputs: true });
  const start = async (dag: string, params: Json = {}, input?: RunInput): Promise<string> => {
    const workflowId = manualRunId(dag, randomUUID());
    await client.workflow.start(dag, {
      taskQueue: TASK_QUEUES.orchestration,
      workflowId,
      args: input === undefined ? [params] : [params, input],
    });
    return workflowId;
  };
  const finish = async (runId: string): Promise<DagRunState> => {
    await client.workflow
      .getHandle(runId)
      .result()
      .catch(() => undefined); // why it failed, the state says
    return state(runId);
  };
  return {
    client,
    start,
    finish,
    run: async (dag, params, input) => finish(await start(dag, params, input)),
    state,
    sleep: (duration) => env.sleep(durationMs(duration)),
    record: (runId, file) => recordHistory(client, runId, file),
    close,
  };
};
