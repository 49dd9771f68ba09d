import { Client, Connection } from '@temporalio/client';
import { expect } from 'chai';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startChild, type RunningChild } from '../../platform/child-process.js';
import { nodeArguments } from '../../platform/package.js';
import { claimPort } from '../../platform/ports.js';
import { startDevServer, type DevServer } from '../../platform/temporal/dev-server.js';
import { findTemporal } from '../../scripts/setup/tools.mjs';
import { skip } from '../support/fixtures.js';
import { projectWith } from '../support/project.js';
import { build, rekindleWith } from './command.js';

/** Two tasks with a gate between them; a release says its own name in both. */
const gated = (release: string): string => `import { dag, task } from 'rekindle';
import { existsSync, writeFileSync } from 'node:fs';
const first = task({ id: 'first', run: async () => {
  writeFileSync(process.env['GATE'] + '.reached', '');
  while (!existsSync(process.env['GATE']!)) await new Promise((done) => setTimeout(done, 50));
  return '${release}';
} });
const second = task({ id: 'second', run: () => '${release}' });
export default dag({ id: 'gated', doc: '${release}' }, (d) => {
  const one = d.run(first);
  return [one, d.run(second, {}, { after: [one] })];
});
`;

describe('Releases of workers', function () {
  this.timeout(300_000);
  let server: DevServer;
  let client: Client;
  const workers: RunningChild[] = [];

  before(async function () {
    const executable = (await findTemporal()) ?? skip(this, 'no Temporal CLI: run `node scripts/setup.mjs --for test`');
    await build();
    const any = { port: 0, purpose: 'a test' };
    const database = join(projectWith({}), 'temporal.db');
    server = await startDevServer({
      executable,
      port: await claimPort(any),
      uiPort: await claimPort(any),
      database,
      onLine: () => undefined,
    });
    client = new Client({ connection: await Connection.connect({ address: server.address }) });
  });
  after(async () => {
    await Promise.all(workers.map((worker) => worker.stop(30_000)));
    await client?.connection.close();
    await server?.process.stop(10_000);
  });

  it('keep a run on the code that it began with, while new runs, and the doors of models, get the new one', async () => {
    const project = projectWith({ 'dags/gated.ts': gated('one') });
    const gate = join(project, 'gate');
    const release = (buildId: string): NodeJS.ProcessEnv => ({ TEMPORAL_ADDRESS: server.address, REKINDLE_BUILD_ID: buildId, GATE: gate });
    const bringUp = async (buildId: string): Promise<void> => {
      const args = [...nodeArguments('workers/main'), '--project', project];
      const worker = await startChild({
        file: process.execPath,
        args,
        env: { ...process.env, ...release(buildId) },
        onLine: () => undefined,
      });
      workers.push(worker);
      await worker.message;
    };

    await bringUp('one');
    expect((await rekindleWith(release('one'), project, 'sync')).code).to.equal(0);
    const old = await client.workflow.start('gated', { workflowId: 'old', taskQueue: 'orchestration', args: [{}] });
    const door = await client.workflow.start('model', { workflowId: 'model/m', taskQueue: 'orchestration', args: [{ name: 'm' }] });
    expect(await door.query('status')).to.include({ model: 'm' });
    while (!existsSync(`${gate}.reached`)) await sleep(50);

    writeFileSync(join(project, 'dags/gated.ts'), gated('two'));
    const early = rekindleWith(release('two'), project, 'sync'); // waits for its workers
    await bringUp('two');
    const { code, stderr } = await early;
    expect(code, stderr).to.equal(0);
    writeFileSync(gate, '');
    const young = await client.workflow.start('gated', { workflowId: 'young', taskQueue: 'orchestration', args: [{}] });
    expect(await young.result()).to.deep.equal(['two', 'two']);
    expect(await old.result()).to.deep.equal(['one', 'one']);

    await workers[0]!.stop(30_000); // nobody is on the old release any more
    expect(await door.query('status')).to.include({ model: 'm' });
  });
});
