import { Client, Connection, WorkflowFailedError } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { expect } from 'chai';
import { randomUUID } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import type { DagRunState } from '../../core/dag/index.js';
import { HELLO, projectWith } from '../support/project.js';
import { build, rekindle, rekindleWith, requireTemporal, startDev, type Dev } from './command.js';

const FLAKY = `import { dag, task } from 'rekindle';
const extract = task({ id: 'extract', retries: 2, backoff: { first: '1 ms' }, run: (_: object, ctx) => {
  ctx.log.info('reading', { attempt: ctx.attempt });
  if (ctx.attempt < 3) throw new Error('not yet');
  return { rows: 3 };
} });
const check = task({ id: 'check', run: (_: object, ctx) => ctx.skip('nothing to check') });
export default dag({ id: 'flaky', doc: 'succeeds at the third try' }, (d) => {
  const raw = d.run(extract);
  d.run(check, {}, { after: [raw] });
  return raw.rows;
});
`;
const DOOMED = `import { dag, RekindleError, task } from 'rekindle';
import { z } from 'zod';
const fails = task({ id: 'fails', retries: 3, run: () => { throw new RekindleError('SOURCE_NOT_FOUND', 'There is no data.csv.'); } });
const after = task({ id: 'after', run: () => 1 });
export default dag({ id: 'doomed', params: z.object({ day: z.string().default('today') }) }, (d) => d.run(after, {}, { after: [d.run(fails)] }));
`;

const TOLD = `import { dag, task } from 'rekindle';
/** Goes on, once somebody said so. */
const goOn = task({ id: 'goOn', run: (_: object, ctx) => { ctx.log.info('going on'); return 'gone'; } });
/** Asks before it goes on. */
export default dag({ id: 'told' }, (d) => d.run(goOn, {}, { after: [d.approve('sure', { title: 'Sure?', show: { auc: 0.9 } })] }));
`;

describe('rekindle dags', function () {
  this.timeout(300_000);
  let project: string;
  let dev: Dev;
  let client: Client;

  before(async function () {
    await requireTemporal(this);
    await build();
    project = projectWith({ 'dags/hello.ts': HELLO, 'dags/flaky.ts': FLAKY, 'dags/doomed.ts': DOOMED, 'dags/told.ts': TOLD });
    dev = await startDev(project);
    client = new Client({ connection: await Connection.connect({ address: dev.addresses.temporal }) });
  });
  after(async () => {
    await client?.connection.close();
    await dev?.stop();
  });

  const hello = {
    dag: 'hello',
    state: 'success',
    tasks: { greet: { state: 'success', tries: 1, output: 'Hello, Ada!' } },
    output: 'Hello, Ada!',
  };

  it('trigger --wait prints the run as one document', async () => {
    const { code, json } = await rekindle(project, 'dags', 'trigger', 'hello', '--params', '{"name":"Ada"}', '--wait', '--json');
    expect(code).to.equal(0);
    expect(json).to.deep.include(hello);
    expect(json.runId).to.match(/^hello-manual-[0-9A-Z]{26}$/);
  });

  it('test prints the same without a server', async () => {
    const nowhere = { TEMPORAL_ADDRESS: '127.0.0.1:1' };
    const { code, json } = await rekindleWith(nowhere, project, 'dags', 'test', 'hello', '--params', '{"name":"Ada"}', '--json');
    expect({ code, json }).to.deep.equal({ code: 0, json: { ...hello, runId: 'hello-test' } });
    const doomed = await rekindleWith(nowhere, project, 'dags', 'test', 'doomed', '--json');
    expect(doomed.code).to.equal(1);
    expect(doomed.json.tasks.fails).to.deep.include({ state: 'failed', tries: 1 });
  });

  it('trigger --wait exits with 1 when the run fails, and says where', async () => {
    const { code, json, stdout, stderr } = await rekindle(project, 'dags', 'trigger', 'doomed', '--wait', '--json');
    expect(code).to.equal(1);
    expect(stdout.trim().split('\n')).to.have.length(1);
    expect(json).to.deep.include({ dag: 'doomed', state: 'failed', output: null });
    expect(json.tasks.fails).to.deep.include({ state: 'failed', tries: 1 }); // not to be helped by trying again
    expect(json.tasks.fails.error).to.deep.equal({
      code: 'SOURCE_NOT_FOUND',
      message: 'There is no data.csv. Check the path of the source.',
    });
    expect(json.tasks.after).to.deep.include({ state: 'upstream_failed', tries: 0, output: null });
    expect(stderr).to.contain('fails (failed');
    const text = await rekindle(project, 'dags', 'state', json.runId);
    expect(text.stdout).to.contain('✖ fails').and.to.contain('SOURCE_NOT_FOUND').and.to.contain('⨯ after (upstream_failed)');
  });

  it('follows tries and skips, and keeps the log of each try', async () => {
    const { json } = await rekindle(project, 'dags', 'trigger', 'flaky', '--wait', '--json');
    expect(json).to.deep.include({
      state: 'success',
      output: 3,
      tasks: { extract: { state: 'success', tries: 3, output: { rows: 3 } }, check: { state: 'skipped', tries: 1, output: null } },
    });
    const logs = await rekindle(project, 'dags', 'logs', json.runId, 'extract', '--json');
    expect(logs.json.map(({ task, attempt }: { task: string; attempt: number }) => [task, attempt])).to.deep.equal(
      [1, 2, 3].map((n) => ['extract', n]),
    );
    expect(logs.json[0].text).to.match(/info reading \{"attempt":1\}\n.* error Error: not yet/);
    const third = await rekindle(project, 'dags', 'logs', json.runId, 'extract', '--try', '3');
    expect(third.stdout).to.match(/^── extract, try 3\n.*"attempt":3\}\n$/);
    expect((await rekindle(project, 'dags', 'logs', json.runId, 'nothing')).code).to.equal(1);
  });

  it('asks a person, tells how to answer, and follows the log to the end', async () => {
    const { json } = await rekindle(project, 'dags', 'trigger', 'told', '--json');
    const runId = json.runId as string;
    const asked = async (): Promise<boolean> => {
      const state = await client.workflow.getHandle(runId).query<DagRunState>('state');
      return state.tasks['sure']?.request !== undefined;
    };
    while (!(await asked())) await setTimeout(50);
    const { stdout } = await rekindle(project, 'dags', 'state', runId);
    expect(stdout).to.contain('Sure?').and.to.contain('auc: 0.9');
    const [, answer] = /→ rekindle (dags approve \S+ sure)/.exec(stdout)!;
    const followed = rekindle(project, 'dags', 'logs', runId, '--follow');
    expect((await rekindle(project, ...answer!.split(' '), '--reason', 'seen')).code).to.equal(0);
    expect((await followed).stdout).to.match(/^── goOn, try 1\n.* info going on\n$/);
    const docs = await rekindle(project, 'dags', 'docs', 'told');
    expect(docs.stdout)
      .to.match(/^# told\n\nAsks before it goes on\.\n/)
      .and.to.contain('Goes on, once somebody said so.');
    const drawn = await rekindle(project, 'dags', 'state', runId, '--format', 'graph');
    expect(drawn.stdout).to.match(/✔ sure {2}\(approval, success.*\n✔ goOn {2}\(success/);
  });

  it('a state outlives the server', async () => {
    const { json } = await rekindle(project, 'dags', 'trigger', 'hello', '--wait', '--json');
    const stored = JSON.parse(readFileSync(join(project, `.rekindle/objects/runs/hello/${json.runId}/state.json`), 'utf8')) as unknown;
    expect(stored).to.deep.include({ dag: 'hello', runId: json.runId, state: 'success', output: 'Hello, world!' });
    await client.workflowService.deleteWorkflowExecution({ namespace: 'default', workflowExecution: { workflowId: json.runId as string } });
    for (let found = true; found;)
      found = await client.workflow
        .getHandle(json.runId as string)
        .describe()
        .then(
          () => true,
          () => false,
        );
    expect((await rekindle(project, 'dags', 'state', json.runId, '--json')).json).to.deep.equal(stored);
  });

  it('list, show and runs tell what there is', async () => {
    const { json: dags } = await rekindle(project, 'dags', 'list', '--json');
    expect(dags.map(({ id }: { id: string }) => id)).to.deep.equal(['doomed', 'flaky', 'hello', 'told']);
    const { stdout } = await rekindle(project, 'dags', 'show', 'flaky');
    expect(stdout).to.contain('flaky  succeeds at the third try').and.to.contain('check  ← extract');
    const runId = `hello-${randomUUID()}`;
    await rekindle(project, 'dags', 'trigger', 'hello', '--run-id', runId, '--wait');
    await rekindle(project, 'dags', 'trigger', 'hello', '--run-id', runId, '--wait');
    const { json: runs } = await rekindle(project, 'dags', 'runs', '--dag', 'hello', '--json');
    expect(runs.filter((run: { runId: string }) => run.runId === runId)).to.have.length(1);
    expect(new Set(runs.map(({ dag }: { dag: string }) => dag))).to.deep.equal(new Set(['hello']));
  });

  it('wrong use and wrong input exit with 2', async () => {
    for (const args of [
      ['trigger', 'nobody'],
      ['trigger', 'hello', '--params', '{'],
      ['trigger'],
      ['show', 'nobody'],
      ['state', 'no-such-run'],
      ['test', 'nobody'],
      ['runs', '--limit', 'many'],
      ['frobnicate'],
    ]) {
      const { code, stderr } = await rekindle(project, 'dags', ...args);
      expect({ args, code }).to.deep.equal({ args, code: 2 });
      expect(stderr).to.match(/^✖ [A-Z_]+\n  \S/m);
    }
  });

  it('a run whose params do not fit fails before its first task, under its code', async () => {
    const { code, json } = await rekindle(project, 'dags', 'trigger', 'doomed', '--params', '{"day":5}', '--wait', '--json');
    expect(code).to.equal(1);
    expect(json).to.deep.include({ state: 'failed', tasks: {} });
    expect(json.error.code).to.equal('DAG_PARAMS_INVALID');
    expect(json.error.message).to.match(/day: /);
  });

  it('a workflow type that is no DAG fails cleanly, whoever starts it', async () => {
    const started = client.workflow.execute('unheard-of', { workflowId: randomUUID(), taskQueue: 'orchestration', args: [{}] });
    const error = await started.catch((reason: unknown) => reason);
    expect(error).to.be.instanceOf(WorkflowFailedError);
    const { cause } = error as WorkflowFailedError;
    expect(cause).to.be.instanceOf(ApplicationFailure).with.property('type', 'DAG_NOT_FOUND');
  });

  it('sync publishes what loads, and exits with 2 for what does not', async () => {
    writeFileSync(join(project, 'dags/late.ts'), HELLO.replace("id: 'hello'", "id: 'late'").replace("id: 'greet'", "id: 'greet-late'"));
    writeFileSync(join(project, 'dags/broken.ts'), `import { nothing } from './nowhere.js';\nnothing();\n`);
    const { code, json, stderr } = await rekindle(project, 'sync', '--json');
    expect(code).to.equal(2);
    expect(json.dags).to.deep.include({ published: ['late'], retired: [] });
    expect(json.problems).to.have.length(1);
    expect(json.problems[0].details).to.deep.equal({ file: 'dags/broken.ts' });
    expect(stderr).to.contain('dags/broken.ts').and.to.contain('nowhere');
  });

  it('doctor finds nothing wrong where all that the project uses is there', async () => {
    const { code, json } = await rekindle(project, 'doctor', '--json');
    expect(code, JSON.stringify(json)).to.equal(0);
    expect(json.checks.map(({ name }: { name: string }) => name)).to.deep.equal(['Node', 'object store', 'Temporal', 'hop']);
    const elsewhere = await rekindleWith({ TEMPORAL_ADDRESS: '127.0.0.1:1' }, project, 'doctor', '--json');
    expect(elsewhere.code).to.equal(3);
    expect(elsewhere.json.checks.at(-1)).to.include({ name: 'Temporal', verdict: 'fail', code: 'TEMPORAL_UNREACHABLE' });
  });

  it('an unreachable server exits with 3 and says what to do', async () => {
    const { code, json, stderr } = await rekindleWith(
      { TEMPORAL_ADDRESS: '127.0.0.1:1' },
      project,
      'dags',
      'trigger',
      'hello',
      '--wait',
      '--json',
    );
    expect(code).to.equal(3);
    expect(json.error).to.deep.include({ code: 'TEMPORAL_UNREACHABLE', details: { address: '127.0.0.1:1' } });
    expect(stderr).to.contain('rekindle dev').and.not.to.contain('    at ');
    const worker = await rekindleWith({ TEMPORAL_ADDRESS: '127.0.0.1:1' }, project, 'worker');
    expect(worker.code).to.equal(3);
    expect(worker.stdout).to.contain('No Temporal server answers at 127.0.0.1:1');
  });
});
