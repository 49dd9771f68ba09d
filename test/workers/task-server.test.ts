import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { Client, Connection, type WorkflowHandle } from '@temporalio/client';
import { bundleWorkflowCode, DefaultLogger, NativeConnection, Worker } from '@temporalio/worker';
import { expect } from 'chai';
import { z } from 'zod';
import { task, type Task } from '../../core/dag/task.js';
import type { TaskEnd } from '../../core/dag/wire.js';
import type { TaskContext } from '../../core/ports.js';
import { taskActivity } from '../../workers/run-task.js';
import { temporalAddress } from '../support/fixtures.js';
import { quietRuntime } from '../support/runtime.js';
import { environment, keysUnder, type TestEnvironment } from './attempts.js';
import type { Step } from './task.workflows.js';

const calls: Record<string, number[]> = {};
const called = (id: string): number => (calls[id] ??= []).push(Date.now());
const told: unknown[] = [];

const Rows = z.object({ rows: z.array(z.object({ n: z.number(), text: z.string() })) });
const TASKS: Task[] = [
  task({
    id: 'make',
    output: Rows,
    run: () => ({ rows: Array.from({ length: 3_000 }, (_, n) => ({ n, text: 'not for the history' })) }),
  }),
  task({ id: 'count', input: Rows, output: z.number(), run: ({ rows }) => rows.length }),
  task({ id: 'tell', run: (event: unknown) => void told.push(event) }),
  task({
    id: 'flaky',
    run: (_: unknown, { attempt }: TaskContext) => (attempt < 3 ? Promise.reject(new TypeError(`try ${attempt}`)) : 'done'),
  }),
  task({ id: 'thirdTime', run: () => called('thirdTime') >= 3 && { found: true } }),
  task({ id: 'never', run: () => void called('never') }),
  task({ id: 'costly', cache: { ttl: '1 hour' }, run: () => called('costly') }),
  task({ id: 'counter', run: (_: unknown, { state }: TaskContext) => state.update<number>((n = 0) => n + 1) }),
];

describe('a task on a real server', function () {
  this.timeout(60_000);
  const queue = `tasks-${randomUUID()}`;
  let env: TestEnvironment;
  let client: Client;
  let close: () => Promise<void>;

  before(async function () {
    quietRuntime();
    const address = await temporalAddress(this);
    env = environment({ tasks: new Map(TASKS.map((made) => [made.id, made])) });
    const connection = await NativeConnection.connect({ address });
    const worker = await Worker.create({
      connection,
      taskQueue: queue,
      workflowBundle: await bundleWorkflowCode({
        workflowsPath: fileURLToPath(new URL('./task.workflows.ts', import.meta.url)),
        logger: new DefaultLogger('ERROR'),
      }),
      activities: Object.fromEntries(TASKS.map((made) => [made.id, taskActivity(made, env)])),
    });
    const running = worker.run();
    const clientConnection = await Connection.connect({ address });
    client = new Client({ connection: clientConnection });
    close = async () => {
      worker.shutdown();
      await running;
      await clientConnection.close();
      await connection.close();
    };
  });
  after(() => close?.());
  beforeEach(() => {
    for (const id of Object.keys(calls)) delete calls[id];
    told.splice(0);
  });

  const run = async (...wanted: Step[]): Promise<{ ends: TaskEnd[]; handle: WorkflowHandle }> => {
    const handle = await client.workflow.start('steps', { taskQueue: queue, workflowId: `steps-${randomUUID()}`, args: [queue, wanted] });
    return { ends: (await handle.result()) as TaskEnd[], handle };
  };

  for (const local of [false, true])
    it(`hands a large output on without writing it into the history${local ? ', inside the workflow worker too' : ''}`, async () => {
      const where = local ? { local: true as const } : {};
      const { ends, handle } = await run({ type: 'make', ...where }, { type: 'count', ...where });
      expect(ends[1]).to.deep.equal({ state: 'success', output: 3_000, tries: 1 });
      const prefix = `runs/steps/${handle.workflowId}/`;
      expect(await keysUnder(env.objects, prefix)).to.deep.equal([`${prefix}make/output.json`]);
      expect(JSON.stringify(await handle.fetchHistory()).length).to.be.below(30_000);
    });

  it('tells a callback of each try that the server repeats', async () => {
    const retry = { retry: { maximumAttempts: 3, initialInterval: '20 ms', backoffCoefficient: 1 } } as const;
    const meta = { onRetry: [{ type: 'tell' }] };
    for (const local of [{}, { local: true as const }]) {
      told.splice(0);
      const { ends } = await run({ type: 'flaky', meta, options: retry, ...local });
      expect(ends).to.deep.equal([{ state: 'success', output: 'done', tries: 3 }]);
      expect(told.map((event) => (event as { error: { message: string } }).error.message)).to.deep.equal(['try 1', 'try 2']);
    }
    told.splice(0);
    await run({ type: 'flaky', meta, options: { retry: { ...retry.retry, maximumAttempts: 2 } } });
    expect(told).to.have.length(1);
  });

  it('asks a sensor at its own pace, whatever the retry policy, and history does not grow', async () => {
    const poll = { poll: { everyMs: 300 } };
    const options = { retry: { initialInterval: '10 minutes' } } as const;
    const { ends, handle } = await run({ type: 'thirdTime', meta: poll, options });
    expect(ends).to.deep.equal([{ state: 'success', output: { found: true }, tries: 3 }]);
    const [first, second, third] = calls['thirdTime'] as [number, number, number];
    for (const pause of [second - first, third - second]) expect(pause).to.be.within(250, 5_000);
    const { events } = await handle.fetchHistory();
    expect(events!.filter(({ activityTaskStartedEventAttributes: started }) => started)).to.have.length(1);
  });

  it('gives a sensor up when its time is over', async () => {
    const { ends } = await run({
      type: 'never',
      meta: { poll: { everyMs: 100 } } /* and up to a second more: the timers of the server are no more exact */,
      options: { retry: {}, scheduleToCloseTimeout: '3 seconds' },
    });
    expect(ends[0]).to.deep.include({ state: 'failed' });
    expect(calls['never']!.length).to.be.within(2, 31);
  });

  it('takes a result over from another run', async () => {
    const first = await run({ type: 'costly', input: { of: 1 } });
    const second = await run({ type: 'costly', input: { of: 1 } });
    expect(calls['costly']).to.have.length(1);
    expect(first.ends[0]).to.not.have.property('cached');
    expect(second.ends[0]).to.deep.include({ output: 1, cached: first.handle.workflowId });
  });

  it('keeps its state from run to run', async () => {
    const outputs = [];
    for (let i = 0; i < 3; i++) outputs.push((await run({ type: 'counter' })).ends[0]);
    expect(outputs.map((end) => (end as { output: number }).output)).to.deep.equal([1, 2, 3]);
  });
});
