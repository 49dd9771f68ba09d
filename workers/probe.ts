/**
 * Times the way from one task to the next: `--project FOLDER`, prints `{ "hops", "msPerHop" }`.
 *
 * A worker on a queue that nobody else knows runs a chain of tasks that do nothing, so that what is timed is the server and the
 * way to it. The chain runs several times and the quickest counts: the first pays for what is only made once, and a machine
 * that is busy with something else is no slow server.
 */
import { randomUUID } from 'node:crypto';
import { parseArgs } from 'node:util';
import { NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { connect, temporalOptions } from '../client/connection.js';
import { dag, task, type Ref } from '../core/dag/index.js';
import { resolveRun } from '../core/dag/resolve.js';
import type { Json } from '../core/json.js';
import { loadConfig } from '../platform/config.js';
import { createLogger } from '../platform/logger.js';
import { workflowCode } from './orchestration.js';
import { sdkLogger } from './sdk-logger.js';

const HOPS = 10;
const CHAINS = 5;

const { values } = parseArgs({ options: { project: { type: 'string', default: '.' } } });
const config = loadConfig(values.project);
Runtime.install({ logger: sdkLogger(createLogger({ name: 'probe', level: 'silent' })) });

const taskQueue = `doctor-${randomUUID()}`;
const hop = task({ id: 'hop', queue: taskQueue, run: () => null });
const chain = dag({ id: 'doctor' }, (d) => {
  let last: Ref<null> | undefined;
  for (let i = 0; i < HOPS; i++) last = d.run(hop, {}, { id: `hop${i}`, ...(last ? { after: [last] } : {}) });
});

const options = temporalOptions(config);
const client = await connect(config);
const connection = await NativeConnection.connect(options.connection);
const worker = await Worker.create({
  ...{ connection, namespace: options.namespace, taskQueue },
  ...workflowCode(),
  activities: {
    hop: () => null,
    resolveDag: (_id: string, params: Json) => resolveRun(chain, params),
    recordRun: () => undefined,
  },
});

const run = async (): Promise<number> => {
  const since = performance.now();
  await client.workflow.execute(chain.id, {
    taskQueue,
    workflowId: `doctor-${randomUUID()}`,
    args: [{}],
    workflowExecutionTimeout: '1 minute',
  });
  return performance.now() - since;
};

const msPerHop = await worker.runUntil(async () => {
  let quickest = Infinity;
  for (let i = 0; i < CHAINS; i++) quickest = Math.min(quickest, await run());
  return quickest / HOPS;
});
await Promise.all([client.connection.close(), connection.close()]);
process.stdout.write(`${JSON.stringify({ hops: HOPS, msPerHop })}\n`, () => process.exit(0));
