/** One server, one worker for workflows and one for tasks, on which ours and the peer take turns. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client, Connection } from '@temporalio/client';
import { NativeConnection, Worker } from '@temporalio/worker';
import pino from 'pino';
import { ulid } from 'ulid';
import type { Dag } from '../../core/dag/index.js';
import { manualRunId, TASK_QUEUES } from '../../core/names.js';
import { openObjectStore } from '../../platform/object-store/index.js';
import { startDevServer } from '../../platform/temporal/dev-server.js';
import { findTemporal } from '../../scripts/setup/tools.mjs';
import { freePort } from '../../test/support/servers.js';
import { engineActivities } from '../../workers/engine.js';
import { taskActivity } from '../../workers/run-task.js';
import { began, mark, noop, numbers } from './dags.js';

export interface Stage {
  /** @returns milliseconds from the start of a workflow to its result at the client */
  time(workflowType: string, argument: unknown): Promise<number>;
  close(): Promise<void>;
}

const refuse = (): never => {
  throw new Error('a no-op asks for nothing');
};

/** @param options.file does the server keep its state in a file, as `rekindle dev` does */
export const openStage = async (dags: readonly Dag[], options: { readonly file: boolean }): Promise<Stage> => {
  const executable = await findTemporal();
  if (executable === undefined) throw new Error('no Temporal CLI: run `node scripts/setup.mjs --for dev`');
  const folder = await mkdtemp(join(tmpdir(), 'rekindle-bench-'));
  const server = await startDevServer({
    executable,
    port: await freePort(),
    uiPort: await freePort(),
    database: options.file ? join(folder, 'temporal.db') : '',
    onLine: () => undefined,
  });
  const objects = openObjectStore({ kind: 'folder', path: join(folder, 'objects') });
  const orchestration = engineActivities({ dags: (id) => dags.find((dag) => dag.id === id), objects });
  const environment = {
    objects,
    models: { trigger: refuse, acquire: refuse },
    platform: undefined,
    logger: pino({ level: 'silent' }),
    connection: refuse,
  };
  const plain = {
    plainNoop: () => Promise.resolve(null),
    plainMark: () => (began.push(performance.now()), Promise.resolve(null)),
  };
  const activities = { ...plain, ...Object.fromEntries([noop, mark, numbers].map((each) => [each.id, taskActivity(each, environment)])) };
  const connection = await NativeConnection.connect({ address: server.address });
  const workers = [
    await Worker.create({
      connection,
      taskQueue: TASK_QUEUES.orchestration,
      workflowsPath: fileURLToPath(new URL('./workflows.ts', import.meta.url)),
      activities: { ...orchestration, ...activities },
    }),
    await Worker.create({
      connection,
      taskQueue: TASK_QUEUES.data,
      activities,
      maxConcurrentActivityTaskExecutions: 200,
    }),
  ];
  const running = Promise.all(workers.map((worker) => worker.run()));
  const clientConnection = await Connection.connect({ address: server.address });
  const client = new Client({ connection: clientConnection });
  return {
    time: async (workflowType, argument) => {
      const start = performance.now();
      const workflowId = manualRunId(workflowType, ulid());
      await client.workflow.execute(workflowType, { taskQueue: TASK_QUEUES.orchestration, workflowId, args: [argument] });
      return performance.now() - start;
    },
    close: async () => {
      for (const worker of workers) worker.shutdown();
      await running;
      await clientConnection.close();
      await connection.close();
      await server.process.stop(5_000);
      await rm(folder, { recursive: true, force: true });
    },
  };
};
