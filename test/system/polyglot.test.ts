import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { z } from 'zod';
import { dag, foreign, foreignWorkflow, format, task } from '../../core/dag/index.js';
import { startChild, type RunningChild } from '../../platform/child-process.js';
import { polyglotPython, tempFolder, temporalAddress } from '../support/fixtures.js';
import { quietRuntime } from '../support/runtime.js';
import { failureOf, openDagHouse, type DagHouse } from '../workflows/dag-run-house.js';

const QUEUE = 'python';
const script = (name: string): string => fileURLToPath(new URL(`../support/polyglot/${name}`, import.meta.url));

const words = foreign<{ text: string }, { words: string[]; count: number }>('py.words', { queue: QUEUE, timeout: '10 seconds' });
const letters = foreign<{ text: string }, number>('py.letters', { queue: QUEUE });
const nothing = foreign<{ text: string }, string>('py.nothing', { queue: QUEUE });
const flaky = foreign<object, string>('py.flaky', { queue: QUEUE, retries: 3, backoff: { first: '10 ms' } });
const broken = foreign<object, null>('py.broken', { queue: QUEUE, retries: 3 });
const make = foreign<{ text: string }, { id: string }>('py.make', { queue: QUEUE });
const remove = foreign<{ id: string }, null>('py.remove', { queue: QUEUE });
const long = foreign<object, number>('py.long', { queue: QUEUE, heartbeat: '2 seconds', retries: 3, backoff: { first: '10 ms' } });
const report = foreignWorkflow<{ title: string; words: number }, { pages: number }>('PyReport', { queue: QUEUE });
const sum = task({
  id: 'sum',
  input: z.object({ numbers: z.array(z.number()) }),
  output: z.number(),
  run: ({ numbers }) => numbers.reduce((total, n) => total + n, 0),
});

const DAGS = [
  dag({ id: 'both', params: z.object({ text: z.string() }) }, (d, { params }) => {
    const found = d.run(words, { text: params.text }, { id: 'words' });
    const sizes = d.map(found.words, (text) => d.run(letters, { text }, { id: 'letters' }), { id: 'sizes' });
    const total = d.run(sum, { numbers: sizes });
    const written = d.runWorkflow(report, { title: format`${total} letters`, words: found.count }, { id: 'report' });
    return { total, pages: written.pages };
  }),
  dag({ id: 'skips' }, (d) => {
    const text = d.run(nothing, { text: 'a blank page' }, { id: 'nothing' });
    d.run(letters, { text }, { id: 'letters' });
  }),
  dag({ id: 'retries' }, (d) => d.run(flaky, {}, { id: 'flaky' })),
  dag({ id: 'breaks' }, (d) => {
    const made = d.run(make, { text: 'a table' }, { id: 'make', compensate: remove });
    d.run(broken, {}, { id: 'broken', after: [made] });
  }),
  dag({ id: 'breaksInside' }, (d) => d.runWorkflow(report, { title: 'none', words: 0 }, { id: 'report' })),
  dag({ id: 'lasts' }, (d) => d.run(long, {}, { id: 'long' })),
  dag({ id: 'asks', params: z.object({ text: z.string() }) }, (d, { params }) => {
    const asked = d.approve('release');
    return d.run(words, { text: format`${params.text} by ${asked.approver}` }, { id: 'words' }).words;
  }),
];

describe('Python', function () {
  this.timeout(120_000);
  let python: string;
  let address: string;
  let house: DagHouse;
  let worker: RunningChild;
  let log: string;

  const startWorker = async (): Promise<RunningChild> => {
    const said: string[] = [];
    let isReady: () => void;
    const ready = new Promise<void>((done) => (isReady = done));
    const child = await startChild({
      file: python,
      args: [script('worker.py'), address, house.client.options.namespace, QUEUE, log],
      onLine: (line) => {
        said.push(line);
        if (line === 'ready') isReady();
      },
    });
    await Promise.race([ready, child.exited.then(() => Promise.reject(new Error(`the worker ended: ${said.join('\n')}`)))]);
    return child;
  };
  const logged = (): string[] => (existsSync(log) ? readFileSync(log, 'utf8').trim().split('\n') : []);

  before(async function () {
    python = polyglotPython(this);
    quietRuntime();
    address = await temporalAddress(this);
    house = await openDagHouse(this, DAGS);
    this.timeout(120_000);
    log = join(tempFolder(), 'python.log');
    worker = await startWorker();
  });
  after(async () => {
    await worker?.stop(10_000);
    await house?.close();
  });

  it('activities and workflows are nodes like any other: values go to them and come back', async () => {
    const handle = await house.start('both', { text: 'durable data pipelines' });
    expect(await handle.result()).to.deep.equal({ total: 20, pages: 30 }); // 7 + 4 + 9; 3 words by the 10 characters of '20 letters'
    const { tasks } = await house.state(handle.workflowId, { outputs: true });
    expect(tasks['sizes[2].letters']).to.deep.include({ state: 'success', output: 9 });
    expect(tasks['report']).to.deep.include({ state: 'success', kind: 'workflow', output: { pages: 30 } });
  });

  it('may say that there is nothing to do', async () => {
    const handle = await house.start('skips');
    await handle.result();
    const { tasks } = await house.state(handle.workflowId);
    expect(tasks['nothing']).to.deep.include({ state: 'skipped', summary: "nothing in 'a blank page'" });
    expect(tasks['letters']).to.deep.include({ state: 'skipped' });
  });

  it('is tried again as the DAG says', async () => {
    const handle = await house.start('retries');
    expect(await handle.result()).to.equal('at last');
    expect((await house.state(handle.workflowId)).tasks['flaky']).to.deep.include({ state: 'success', tries: 3 });
  });

  it('fails under the type of its own error, not tried again where it says so, and undoes in Python', async () => {
    const handle = await house.start('breaks');
    expect(await failureOf(handle)).to.include({ type: 'DAG_RUN_FAILED' });
    const { tasks } = await house.state(handle.workflowId);
    expect(tasks['broken']).to.deep.include({ state: 'failed', tries: 1 });
    expect(tasks['broken']?.error).to.deep.equal({ code: 'SchemaMismatch', message: "column 'price' is missing" });
    expect(tasks['make.undo']).to.deep.include({ state: 'success' });
    expect(logged()).to.deep.equal(['made a table', 'removed a table']);
  });

  it('workflows fail under the type of their own error', async () => {
    const handle = await house.start('breaksInside');
    expect((await failureOf(handle)).message).to.contain('report (EmptyReport: nothing to report)');
  });

  it('goes on where it was when its worker is killed', async () => {
    const handle = await house.start('lasts');
    while (!logged().includes('step 12')) await sleep(20);
    process.kill(worker.pid, 'SIGKILL');
    await worker.exited;
    worker = await startWorker();
    expect(await handle.result()).to.equal(30);
    expect(logged().filter((line) => line.startsWith('long'))).to.deep.equal(['long begins at the start', 'long begins at a step']);
  });

  it('starts runs, looks at them and approves, by nothing but its own client', async () => {
    const params = JSON.stringify({ text: 'said' });
    const args = [script('start_run.py'), address, house.client.options.namespace, 'asks', 'asks-from-python', params];
    const { stdout } = await promisify(execFile)(python, args);
    expect(JSON.parse(stdout)).to.deep.equal(['said', 'by', 'guido']);
  });
});
