/** The world around `assets/<dag>` in tests: a real server, a store in a folder, published DAGs, a worker that can be restarted. */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Client, Connection } from '@temporalio/client';
import { msToTs } from '@temporalio/common/lib/time.js';
import { bundleWorkflowCode, DefaultLogger, NativeConnection, Worker, type WorkflowBundle } from '@temporalio/worker';
import { pendingAssets, syncAssets, type AssetsStatus } from '../../client/assets.js';
import { publish } from '../../client/publish.js';
import { scheduleOf, type ScheduleInput } from '../../core/dag/asset.js';
import { structuralHash } from '../../core/dag/hash.js';
import type { RunInput } from '../../core/dag/run-input.js';
import type { DagSpec } from '../../core/dag/spec.js';
import type { Json } from '../../core/json.js';
import { keys, TASK_QUEUES } from '../../core/names.js';
import type { ObjectStore } from '../../core/ports.js';
import { openObjectStore } from '../../platform/object-store/index.js';
import { assetActivities } from '../../workers/assets.js';
import type { AssetActivities } from '../../workflows/assets.js';
import { tempFolder, temporalAddress } from '../support/fixtures.js';

export interface AssetHouse {
  readonly address: string;
  readonly namespace: string;
  readonly client: Client;
  /** of the folder store */
  readonly store: string;
  readonly objects: ObjectStore;
  /** of the worker */
  readonly activities: AssetActivities;
  /** Publishes a DAG and syncs its assets, as `sync` does. @param produces by task */
  publish(
    id: string,
    dag: { readonly schedule?: ScheduleInput; readonly produces?: Readonly<Record<string, readonly string[]>> },
  ): Promise<DagSpec>;
  /** Waits until what is pending is as wanted. */
  until(dag: string, what: string, holds: (status: AssetsStatus) => boolean): Promise<AssetsStatus>;
  /** What a run that has begun was started with. */
  input(runId: string): Promise<RunInput>;
  /** … waiting until it begins. */
  begun(runId: string): Promise<RunInput>;
  stopWorker(): Promise<void>;
  startWorker(): Promise<void>;
  close(): Promise<void>;
}

const untilHolds = async <T>(what: string, ask: () => Promise<T>, holds: (value: T) => boolean): Promise<T> => {
  for (const deadline = Date.now() + 50_000; ; await sleep(30)) {
    const value = await ask();
    if (holds(value)) return value;
    if (Date.now() > deadline) throw new Error(`It never happened that ${what}: ${JSON.stringify(value)}`);
  }
};

let bundle: Promise<WorkflowBundle> | undefined;
export const assetsBundle = (): Promise<WorkflowBundle> =>
  (bundle ??= bundleWorkflowCode({
    workflowsPath: fileURLToPath(new URL('./assets.workflows.ts', import.meta.url)),
    logger: new DefaultLogger('ERROR'),
  }));

/** All test files share the server, and collectors live on one well-known queue: each file needs a namespace of its own. */
const makeNamespace = async (connection: Connection): Promise<string> => {
  const namespace = `assets-${randomUUID()}`;
  await connection.workflowService.registerNamespace({ namespace, workflowExecutionRetentionPeriod: msToTs('1 day') });
  const known = () => connection.workflowService.describeNamespace({ namespace }).then(Boolean, () => false);
  await untilHolds('the server knows the namespace', known, Boolean);
  return namespace;
};

export const openAssetHouse = async (context: Mocha.Context): Promise<AssetHouse> => {
  const address = await temporalAddress(context);
  context.timeout(60_000);
  const connection = await Connection.connect({ address });
  const namespace = await makeNamespace(connection);
  const client = new Client({ connection, namespace });
  const store = tempFolder();
  const objects = openObjectStore({ kind: 'folder', path: store });
  const workerConnection = await NativeConnection.connect({ address });
  let worker: Worker | undefined;
  let running: Promise<void> | undefined;

  const house: AssetHouse = {
    ...{ address, namespace, client, store, objects },
    activities: assetActivities(client, objects),

    async publish(id, { schedule, produces = {} }) {
      const nodes = Object.fromEntries(
        Object.entries(produces).map(([task, names]) => [
          task,
          { kind: 'task' as const, after: [], type: task, input: {}, produces: names },
        ]),
      );
      const spec: DagSpec = { id, version: 1, nodes, ...(schedule === undefined ? {} : { schedule: scheduleOf(schedule) }) };
      const hash = structuralHash(spec as unknown as Json);
      const file = `dags/${id}.ts`;
      await publish(objects, { current: keys.dagCurrent(id), key: keys.dagSpec(id, hash), spec, hash, project: 'shop', file });
      await syncAssets(client, [spec]);
      return spec;
    },

    until: async (dag, what, holds) =>
      (await untilHolds(
        what,
        () => pendingAssets(client, dag),
        (status) => status !== undefined && holds(status),
      ))!,

    input: async (runId) => ((await client.workflow.getHandle(runId).result()) as { input: RunInput }).input,

    async begun(runId) {
      const exists = () =>
        client.workflow
          .getHandle(runId)
          .describe()
          .then(Boolean, () => false);
      await untilHolds(`${runId} begins`, exists, Boolean);
      return house.input(runId);
    },

    async startWorker() {
      worker = await Worker.create({
        ...{ connection: workerConnection, namespace, taskQueue: TASK_QUEUES.orchestration },
        workflowBundle: await assetsBundle(),
        stickyQueueScheduleToStartTimeout: '1 second', // a worker that is gone is not waited for
      });
      running = worker.run();
    },

    async stopWorker() {
      worker?.shutdown();
      await running;
      worker = undefined;
    },

    async close() {
      if (worker) await house.stopWorker();
      await workerConnection.close();
      await connection.close();
    },
  };
  await house.startWorker();
  return house;
};
