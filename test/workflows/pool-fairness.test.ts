/** What Temporal's own queues do with the priority and the fairness key of a task, given the settings that we give to a server. */
import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { Client, Connection } from '@temporalio/client';
import { bundleWorkflowCode, DefaultLogger, NativeConnection, Worker } from '@temporalio/worker';
import { expect } from 'chai';
import { temporalAddress } from '../support/fixtures.js';
import { quietRuntime } from '../support/runtime.js';
import { untilHolds } from './pool-house.js';

type Burst = readonly [dag: string, priority: number, count: number];

describe('a task queue that is not served fast enough', function () {
  this.timeout(60_000);
  let client: Client;
  let workerConnection: NativeConnection;
  let workflows: Worker;
  let running: Promise<void>;
  const orchestration = `workflows-${randomUUID()}`;

  before(async function () {
    quietRuntime();
    const address = await temporalAddress(this);
    this.timeout(60_000);
    client = new Client({ connection: await Connection.connect({ address }) });
    workerConnection = await NativeConnection.connect({ address });
    workflows = await Worker.create({
      connection: workerConnection,
      taskQueue: orchestration,
      workflowBundle: await bundleWorkflowCode({
        workflowsPath: fileURLToPath(new URL('./pool-fairness.workflows.ts', import.meta.url)),
        logger: new DefaultLogger('ERROR'),
      }),
    });
    running = workflows.run();
  });
  after(async () => {
    workflows?.shutdown();
    await running;
    await workerConnection?.close();
    await client?.connection.close();
  });

  /** Lets the bursts come one after the other while nobody works. @returns what is then done, in order */
  const served = async (...bursts: readonly Burst[]): Promise<string[]> => {
    const taskQueue = `tasks-${randomUUID()}`;
    const runs = [];
    for (const [dag, priority, count] of bursts) {
      const run = await client.workflow.start('burst', {
        ...{ taskQueue: orchestration, workflowId: `burst-${randomUUID()}`, args: [dag, priority, count, taskQueue] },
      });
      runs.push(run);
      await untilHolds(
        'all of it waits',
        async () => (await run.describe()).raw.pendingActivities?.length ?? 0,
        (pending) => pending === count,
      );
    }
    const order: string[] = [];
    const worker = await Worker.create({
      ...{ connection: workerConnection, taskQueue, maxConcurrentActivityTaskExecutions: 5, maxConcurrentActivityTaskPolls: 5 },
      activities: { done: async (name: string) => void order.push(name) },
    });
    await worker.runUntil(Promise.all(runs.map((run) => run.result())));
    return order;
  };

  it('takes a task of high priority before a backlog of low ones', async () => {
    const order = await served(['backlog', 5, 200], ['urgent', 1, 1]);
    expect(order).to.have.length(201);
    expect(order.indexOf('urgent 0'), 'its place, which is 200 without priorities').to.be.at.most(20);
  });

  it('serves two DAGs in turn, however long the backlog of the one that came first', async () => {
    const order = await served(['first', 3, 200], ['second', 3, 20]);
    expect(order).to.have.length(220);
    // a queue has several partitions, each fair in itself, of which one or the other may be visited late
    const places = order.flatMap((name, place) => (name.startsWith('second') ? [place] : []));
    expect(places[10], 'median place of the twenty: 210 if first come, first served, 110 if drawn by lot').to.be.below(75);
  });
});
