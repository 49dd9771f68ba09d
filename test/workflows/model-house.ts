/** The world around `model/<name>` in tests: a real server, a real registry in a folder, gateways that follow the pointer. */
import { createHash, randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, Connection, type WorkflowHandle } from '@temporalio/client';
import { msToTs } from '@temporalio/common/lib/time.js';
import {
  bundleWorkflowCode,
  DefaultLogger,
  makeTelemetryFilterString,
  NativeConnection,
  Runtime,
  Worker,
  type WorkflowBundle,
} from '@temporalio/worker';
import { createModelActivities } from '../../activities/model-door.js';
import { modelStatus, retrainingEnd, type ModelStatus } from '../../client/models.js';
import { RekindleError } from '../../core/errors.js';
import { csv, defineModel, processTrainer, type ModelSpecInput } from '../../core/lifecycle/model-spec.js';
import type { RetrainingResult } from '../../core/lifecycle/results.js';
import { keys, modelWorkflowId, TASK_QUEUES } from '../../core/names.js';
import type { ObjectStore } from '../../core/ports.js';
import { openObjectStore } from '../../platform/object-store/index.js';
import { createRegistry } from '../../platform/registry/index.js';
import type { Registry } from '../../platform/registry/registry.js';
import { temporalAddress, tempFolder } from '../support/fixtures.js';

export const ENVIRONMENT = 'production';

export const modelSpec = (name: string, retrain: ModelSpecInput['retrain'] = {}) =>
  defineModel({
    name,
    problem: { kind: 'binary', target: 'class', positive: 'UP' },
    data: { source: csv('x.csv'), time: 't', features: { a: 'number' }, window: { training: '4 weeks', holdout: '1 week' } },
    trainer: processTrainer('sklearn'),
    monitor: { every: '1 week' },
    retrain: { cooldown: '1 week', ...retrain },
  }).spec;

export interface House {
  readonly address: string;
  readonly namespace: string;
  readonly client: Client;
  /** of the folder store */
  readonly store: string;
  readonly objects: ObjectStore;
  readonly registry: Registry;
  /** Opens the door of a new model. `historyLimit` makes it continue as new early. */
  open(options?: { historyLimit?: number; retrain?: ModelSpecInput['retrain'] }): Promise<Door>;
  /** A gateway that serves whatever the pointer of `model` says, until `stop`. */
  gateway(name: string, model: string): { stop(): Promise<void> };
  close(): Promise<void>;
}

export interface Door {
  readonly model: string;
  readonly handle: WorkflowHandle;
  status(): Promise<ModelStatus>;
  /** Waits until the status is as wanted. */
  until(what: string, holds: (status: ModelStatus) => boolean): Promise<ModelStatus>;
  /** Waits until a retraining has been started. */
  begun(runId: string): Promise<void>;
  /** Ends a retraining well, once it has begun. */
  finish(runId: string, result?: Partial<RetrainingResult>): Promise<void>;
  fail(runId: string, message: string): Promise<void>;
  /** Deploys a new version as the DAG would. */
  deploy(version: string): Promise<void>;
}

const untilHolds = async <T>(what: string, ask: () => Promise<T>, holds: (value: T) => boolean): Promise<T> => {
  const deadline = Date.now() + 50_000;
  for (;;) {
    const value = await ask();
    if (holds(value)) return value;
    if (Date.now() > deadline) throw new Error(`It never happened that ${what}: ${JSON.stringify(value)}`);
    await sleep(30);
  }
};

let bundle: Promise<WorkflowBundle> | undefined;
const workflowBundle = (): Promise<WorkflowBundle> =>
  (bundle ??= bundleWorkflowCode({
    workflowsPath: fileURLToPath(new URL('./model.workflows.ts', import.meta.url)),
    logger: new DefaultLogger('ERROR'),
  }));

/** Doors open on the one queue of orchestration, and all test files share the server: each needs a namespace of its own. */
const makeNamespace = async (address: string): Promise<string> => {
  const connection = await Connection.connect({ address });
  const namespace = `models-${randomUUID()}`;
  await connection.workflowService.registerNamespace({ namespace, workflowExecutionRetentionPeriod: msToTs('1 day') });
  const known = () => connection.workflowService.describeNamespace({ namespace }).then(Boolean, () => false);
  await untilHolds(`the server knows ${namespace}`, known, Boolean);
  await connection.close();
  return namespace;
};

export const openHouse = async (context: Mocha.Context): Promise<House> => {
  const address = await temporalAddress(context);
  context.timeout(60_000);
  const namespace = await makeNamespace(address);
  const taskQueue = TASK_QUEUES.orchestration;
  const connection = await Connection.connect({ address });
  const client = new Client({ connection, namespace });
  const store = tempFolder();
  const objects = openObjectStore({ kind: 'folder', path: store });
  const registry = createRegistry(objects);
  const specs = new Map<string, ReturnType<typeof modelSpec>>();
  const activities = createModelActivities({
    registry,
    environment: ENVIRONMENT,
    runs: { ended: (runId, signal) => retrainingEnd(client, runId, signal) },
    modelSpec: (name) => {
      const spec = specs.get(name);
      if (!spec) throw new RekindleError('MODEL_NOT_FOUND', `This project has no model '${name}'.`);
      return { spec };
    },
  });
  const workerConnection = await NativeConnection.connect({ address });
  const worker = await Worker.create({
    connection: workerConnection,
    namespace,
    taskQueue,
    workflowBundle: await workflowBundle(),
    activities,
  });
  const running = worker.run();

  return {
    address,
    namespace,
    client,
    store,
    objects,
    registry,

    async open({ historyLimit, retrain } = {}) {
      const model = `m-${randomUUID().slice(0, 8)}`;
      specs.set(model, modelSpec(model, retrain));
      const handle = await client.workflow.start('model', {
        workflowId: modelWorkflowId(model),
        taskQueue,
        args: [{ name: model, ...(historyLimit === undefined ? {} : { historyLimit }) }],
      });
      const chain = client.workflow.getHandle(handle.workflowId); // follows the chain of runs
      const status = async (): Promise<ModelStatus> => (await modelStatus(client, model))!;
      const begun = async (runId: string): Promise<void> => {
        const found = () =>
          client.workflow
            .getHandle(runId)
            .describe()
            .then(Boolean, () => false);
        await untilHolds(`${runId} begins`, found, Boolean);
      };
      const end = async (runId: string, how: string, payload: unknown): Promise<void> => {
        await begun(runId);
        await client.workflow.getHandle(runId).signal(how, payload);
      };
      return {
        model,
        handle: chain,
        status,
        begun,
        until: (what, holds) => untilHolds(what, status, holds),
        finish: async (runId, result = {}) => {
          const whole: RetrainingResult = {
            ...{ model, asOf: '1997-05-13T00:00:00.000Z', outcome: 'keep', champion: null, challenger: null, failedGates: [] },
            ...{ reasons: ['the champion is better'], generation: null, trainedTo: null },
            ...result,
          };
          await end(runId, 'finish', whole);
        },
        fail: (runId, message) => end(runId, 'fail', message),
        deploy: async (version) => {
          await addVersion(registry, model, version);
          const serving = await registry.pointer(model, ENVIRONMENT);
          await registry.commit({
            ...{ model, environment: ENVIRONMENT, action: 'promote', version, decisionId: `deploy ${version}`, actor: 'test' },
            ...{ reason: 'better', evidence: null, asOf: null, expected: serving?.generation ?? null },
          });
        },
      };
    },

    gateway(name, model) {
      let stopped = false;
      const beating = (async () => {
        while (!stopped) {
          const pointer = await registry.pointer(model, ENVIRONMENT);
          const now = new Date().toISOString();
          const served = { model, version: pointer?.version ?? null, generation: pointer?.generation ?? null };
          const counts = { answered: 0, flushed: 0, errors: 0, latencyP99Ms: null };
          const beat = {
            gateway: name,
            environment: ENVIRONMENT,
            url: 'http://127.0.0.1:1',
            at: now,
            startedAt: now,
            models: [{ ...served, ...counts }],
          };
          await objects.put(keys.gateway(ENVIRONMENT, name), JSON.stringify(beat));
          await sleep(50);
        }
        await objects.delete(keys.gateway(ENVIRONMENT, name));
      })();
      return {
        stop: () => {
          stopped = true;
          return beating;
        },
      };
    },

    async close() {
      worker.shutdown();
      await running;
      await workerConnection.close();
      await connection.close();
    },
  };
};

const addVersion = async (registry: Registry, model: string, version: string): Promise<void> => {
  const folder = tempFolder();
  const file = (name: string): string => join(folder, name);
  await writeFile(file('model.onnx'), version);
  await writeFile(file('training.log'), '');
  const time = '1997-04-22T00:00:00.000Z';
  await registry.addVersion(
    {
      ...{
        model,
        version,
        createdAt: time,
        asOf: time,
        trainedFrom: time,
        trainedTo: time,
        trainingRows: 1,
        dataset: 'd',
        seed: 0,
        specHash: 's',
      },
      ...{ trainer: { runner: 'process', image: 'sklearn', codeHash: 'c' }, hyperparameters: {}, runId: 'r' },
      modelSha256: createHash('sha256').update(version).digest('hex'),
    },
    {
      model: file('model.onnx'),
      trainingLog: file('training.log'),
      signature: { features: [{ name: 'a', type: 'number' }], target: 'class', classes: ['DOWN', 'UP'], positive: 'UP' },
      golden: { rows: [], probabilities: [] },
      reference: { schema: 'rekindle/profile/1', rows: 0, from: null, to: null, columns: {}, chunkEffects: {} },
    },
  );
};

/** Silences the worker's chatter in test output. */
export const quietRuntime = (): void => {
  try {
    Runtime.install({
      logger: new DefaultLogger('ERROR'),
      telemetryOptions: { logging: { filter: makeTelemetryFilterString({ core: 'ERROR' }) } },
    });
  } catch {
    // another file of the same process has installed it
  }
};
