/** The world around `pool/<name>` in tests: a real server, workers as we ship them, runs that do as they are told. */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Client, Connection, type WorkflowHandle } from '@temporalio/client';
import { msToTs } from '@temporalio/common/lib/time.js';
import { bundleWorkflowCode, DefaultLogger, NativeConnection, Worker, type WorkflowBundle } from '@temporalio/worker';
import { poolStatus as statusOf } from '../../client/pools.js';
import type { PoolRequest } from '../../core/dag/pool-requests.js';
import { poolWorkflowId, TASK_QUEUES } from '../../core/names.js';
import { poolActivities } from '../../workers/pools.js';
import type { PoolInput } from '../../workflows/pool.js';
import type { PoolStatus } from '../../workflows/pool-messages.js';
import { temporalAddress } from '../support/fixtures.js';
import type { Taken } from './pool.workflows.js';

export interface Taker {
  readonly handle: WorkflowHandle;
  take(instances: string | readonly string[], ...requests: PoolRequest[]): Promise<void>;
  give(...instances: string[]): Promise<void>;
  taken(): Promise<Taken>;
  until(what: string, holds: (taken: Taken) => boolean): Promise<Taken>;
}

export interface PoolHouse {
  readonly address: string;
  readonly namespace: string;
  readonly client: Client;
  /** A new pool; it looks at holders often, and ends soon when nobody wants it. */
  pool(slots: number, more?: Partial<PoolInput>): Promise<string>;
  status(pool: string): Promise<PoolStatus | undefined>;
  until(pool: string, what: string, holds: (status: PoolStatus) => boolean): Promise<PoolStatus>;
  run(dag?: string, more?: { readonly reminderMs?: number; readonly workflowId?: string }): Promise<Taker>;
  close(): Promise<void>;
}

export const untilHolds = async <T>(what: string, ask: () => Promise<T>, holds: (value: T) => boolean): Promise<T> => {
  for (const deadline = Date.now() + 50_000; ; await sleep(30)) {
    const value = await ask();
    if (holds(value)) return value;
    if (Date.now() > deadline) throw new Error(`It never happened that ${what}: ${JSON.stringify(value).slice(0, 500)}`);
  }
};

/** Pools live on the one queue of orchestration, and all test files share the server: each needs a namespace of its own. */
export const makeNamespace = async (connection: Connection): Promise<string> => {
  const namespace = `pools-${randomUUID()}`;
  await connection.workflowService.registerNamespace({ namespace, workflowExecutionRetentionPeriod: msToTs('1 day') });
  const known = () => connection.workflowService.describeNamespace({ namespace }).then(Boolean, () => false);
  await untilHolds('the server knows the namespace', known, Boolean);
  return namespace;
};

let bundle: Promise<WorkflowBundle> | undefined;
export const poolBundle = (): Promise<WorkflowBundle> =>
  (bundle ??= bundleWorkflowCode({
    workflowsPath: fileURLToPath(new URL('./pool.workflows.ts', import.meta.url)),
    logger: new DefaultLogger('ERROR'),
  }));

const PACE = { contended: 100, calm: 100, idle: 60_000 };

export const openPoolHouse = async (context: Mocha.Context): Promise<PoolHouse> => {
  const address = await temporalAddress(context);
  context.timeout(60_000);
  const connection = await Connection.connect({ address });
  const namespace = await makeNamespace(connection);
  const client = new Client({ connection, namespace });
  const workerConnection = await NativeConnection.connect({ address });
  const worker = await Worker.create({
    connection: workerConnection,
    namespace,
    taskQueue: TASK_QUEUES.orchestration,
    workflowBundle: await poolBundle(),
    activities: poolActivities(client),
  });
  const running = worker.run();
  const status = (pool: string) => statusOf(client, pool);

  return {
    address,
    namespace,
    client,
    status,

    async pool(slots, more = {}) {
      const name = more.name ?? `pool-${randomUUID().slice(0, 8)}`;
      const input: PoolInput = { name, slots, pace: PACE, ...more };
      await client.workflow.start('pool', { workflowId: poolWorkflowId(name), taskQueue: TASK_QUEUES.orchestration, args: [input] });
      return name;
    },

    until: async (pool, what, holds) =>
      (await untilHolds(
        what,
        () => status(pool),
        (now) => now !== undefined && holds(now),
      ))!,

    async run(dag, { workflowId = `run-${randomUUID().slice(0, 8)}`, ...more } = {}) {
      const started = await client.workflow.start('taker', {
        workflowId,
        taskQueue: TASK_QUEUES.orchestration,
        args: [{ ...more, ...(dag === undefined ? {} : { dag }) }],
      });
      const handle = client.workflow.getHandle(started.workflowId); // follows the chain
      const taken = (): Promise<Taken> => handle.query('taken');
      return {
        handle,
        taken,
        take: (instances, ...requests) => handle.signal('take', typeof instances === 'string' ? [instances] : instances, requests),
        give: (...instances) => handle.signal('give', instances),
        until: (what, holds) => untilHolds(what, taken, holds),
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
