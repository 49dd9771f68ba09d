import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client, WorkflowHandle } from '@temporalio/client';
import { expect } from 'chai';
import type { DagRunState } from '../../core/dag/index.js';
import { startChild, type RunningChild } from '../../platform/child-process.js';
import { nodeArguments } from '../../platform/package.js';
import { ownTemporal, type OwnTemporal } from '../support/own-temporal.js';
import { projectWith } from '../support/project.js';
import { build, rekindleWith } from './command.js';

/** A project with everything in a DAG that can outlive a release; each task says of which release its code is. */
const project = (release: string): Record<string, string> => ({
  'tasks.ts': `import { task } from 'rekindle';
import { existsSync } from 'node:fs';
export const say = task({ id: 'say', run: () => '${release}' });
export const gate = task({ id: 'gate', run: () => existsSync(process.env['GATE']!) ? '${release}' : null });
`,
  'dags/kid.ts': `import { dag } from 'rekindle';
import { say } from '../tasks.js';
export default dag({ id: 'kid', doc: '${release}' }, (d) => d.run(say));
`,
  'dags/gated.ts': `import { dag } from 'rekindle';
import { gate, say } from '../tasks.js';
import kid from './kid.js';
export default dag({ id: 'gated', doc: '${release}' }, (d) => {
  const before = d.run(say);
  const opened = d.sense(gate, {}, { every: '1 second', after: [before] });
  const asked = d.approve('go');
  const shards = d.map([1, 2, 3], () => d.run(say), { id: 'shards', shard: 1, after: [opened, asked] });
  const called = d.runDag(kid, {}, { after: [shards] });
  return { before, opened, shards, called, after: d.run(say, {}, { id: 'after', after: [called] }) };
});
`,
});

/** What a run returns that never left its release. */
const all = (release: string): object => ({
  ...{ before: release, opened: release, called: release, after: release },
  shards: [release, release, release],
});

const executionsOf = async (client: Client, id: string): Promise<number> => {
  let count = 0;
  for await (const { workflowId } of client.workflow.list({ query: `WorkflowId = '${id}'` })) if (workflowId === id) count++;
  return count;
};

describe('Releases of workers', function () {
  this.timeout(300_000);
  let temporal: OwnTemporal;
  let client: Client;
  const workers: RunningChild[] = [];

  before(async function () {
    // so few that every run goes on in another execution: it stays with its release there, too
    temporal = await ownTemporal(this, { 'limit.historyCount.suggestContinueAsNew': 15 });
    ({ client } = temporal);
    await build();
  });
  after(async () => {
    await Promise.all(workers.map((worker) => worker.stop(30_000)));
    await temporal?.close();
  });

  it('keep a run on the code that it began with, while new runs, and the doors of models, get the new one', async () => {
    const folder = projectWith(project('one'));
    const gate = join(folder, 'gate');
    const release = (buildId: string): NodeJS.ProcessEnv => ({
      TEMPORAL_ADDRESS: temporal.address,
      REKINDLE_BUILD_ID: buildId,
      GATE: gate,
    });
    const bringUp = async (buildId: string): Promise<void> => {
      const args = [...nodeArguments('workers/main'), '--project', folder];
      const env = { ...process.env, ...release(buildId) };
      const worker = await startChild({ file: process.execPath, args, env, onLine: () => undefined });
      workers.push(worker);
      await worker.message;
    };
    const start = (id: string): Promise<WorkflowHandle> =>
      client.workflow.start('gated', { workflowId: id, taskQueue: 'orchestration', args: [{}] });
    const until = async (run: WorkflowHandle, task: string, state: string): Promise<void> => {
      while ((await run.query<DagRunState>('state')).tasks[task]?.state !== state) await sleep(50);
    };
    const approve = (run: WorkflowHandle): Promise<unknown> =>
      run.executeUpdate('approve', { args: [{ decision: 'approved', approver: 'ana' }] });

    await bringUp('one');
    expect((await rekindleWith(release('one'), folder, 'sync')).code).to.equal(0);
    const old = await start('old');
    const door = await client.workflow.start('model', { workflowId: 'model/m', taskQueue: 'orchestration', args: [{ name: 'm' }] });
    expect(await door.query('status')).to.include({ model: 'm' });
    await until(old, 'gate', 'deferred');

    for (const [path, content] of Object.entries(project('two'))) writeFileSync(join(folder, path), content);
    const early = rekindleWith(release('two'), folder, 'sync'); // waits for its workers
    await bringUp('two');
    const { code, stderr } = await early;
    expect(code, stderr).to.equal(0);
    const young = await start('young');
    await until(young, 'gate', 'deferred');

    writeFileSync(gate, '');
    for (const run of [young, old]) {
      await until(run, 'gate', 'success');
      await approve(run);
    }
    expect(await young.result()).to.deep.equal(all('two'));
    expect(await old.result()).to.deep.equal(all('one'));
    expect(await executionsOf(client, 'old'), 'executions of the old run').to.be.greaterThan(1);

    await workers[0]!.stop(30_000); // nobody is on the old release any more
    expect(await door.query('status')).to.include({ model: 'm' });
  });
});
