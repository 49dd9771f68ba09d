import { expect } from 'chai';
import { readFileSync, statSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DevFile } from '../../platform/config.js';
import { findMinio } from '../../scripts/setup/tools.mjs';
import { skip } from '../support/fixtures.js';
import { HELLO, projectWith } from '../support/project.js';
import { build, processesOf, rekindle, requireTemporal, startDev, type Dev } from './command.js';

const devFile = (project: string): DevFile => DevFile.parse(JSON.parse(readFileSync(join(project, '.rekindle/dev.json'), 'utf8')));

const eventually = async (what: string, holds: () => Promise<boolean> | boolean): Promise<void> => {
  for (const deadline = Date.now() + 60_000; !(await holds()); await sleep(100))
    if (Date.now() > deadline) throw new Error(`It never came true that ${what}.`);
};

describe('rekindle dev', function () {
  this.timeout(300_000);
  let dev: Dev | undefined;
  before(async function () {
    await requireTemporal(this);
    await build();
  });
  afterEach(async () => {
    await dev?.stop();
    dev = undefined;
  });

  it('runs DAGs of a folder with nothing but a DAG in it, keeps all state over a restart, and leaves no process', async () => {
    const project = projectWith({ 'dags/hello.ts': HELLO });
    dev = await startDev(project);
    expect(dev.addresses.gateway, 'a project without models needs no gateway').to.equal(null);
    expect((await fetch(dev.addresses.ui)).status).to.equal(200);
    expect(devFile(project)).to.deep.include({ pid: dev.pid, store: 'folder:.rekindle/objects', path: dev.addresses.path });
    const first = await rekindle(project, 'dags', 'trigger', 'hello', '--wait', '--json');
    expect(first.code, first.stderr).to.equal(0);

    expect(await dev.stop()).to.equal(0);
    expect(await processesOf(project)).to.deep.equal([]);
    expect(devFile(project)).to.deep.include({ pid: 0, processes: [] });
    const without = await rekindle(project, 'dags', 'runs', '--json');
    expect({ code: without.code, error: without.json.error.code }).to.deep.equal({ code: 3, error: 'TEMPORAL_UNREACHABLE' });
    // what is in the object store can be read without a server
    expect((await rekindle(project, 'dags', 'list', '--json')).json).to.have.length(1);

    dev = await startDev(project);
    const { json: runs } = await rekindle(project, 'dags', 'runs', '--json');
    expect(runs).to.have.length(1);
    expect(runs[0]).to.include({ dag: 'hello', runId: first.json.runId, state: 'success' });
    const again = await rekindle(project, 'dags', 'state', first.json.runId, '--json');
    expect(again.json).to.include({ state: 'success', output: 'Hello, world!' });
  });

  it('names a port that is taken, and starts nothing', async () => {
    const project = projectWith({ 'dags/hello.ts': HELLO });
    const taken = createServer();
    await new Promise<void>((done) => taken.listen(0, '127.0.0.1', done));
    const { port } = taken.address() as AddressInfo;
    try {
      const { code, json, stderr } = await rekindle(project, 'dev', '--json', '--port', String(port), '--ui-port', '0');
      expect(code).to.equal(2);
      expect(json.error).to.deep.include({ code: 'PORT_TAKEN', details: { port } });
      expect(stderr).to.contain(`Port ${port} for Temporal is taken`).and.to.contain('--port 0');
      expect(await processesOf(project)).to.deep.equal([]);
    } finally {
      taken.close();
    }
  });

  it('refuses to run twice in one project', async () => {
    const project = projectWith({ 'dags/hello.ts': HELLO });
    dev = await startDev(project);
    const second = await rekindle(project, 'dev', '--json', '--port', '0', '--ui-port', '0');
    expect(second.code).to.equal(2);
    expect(second.json.error.message).to.contain(`pid ${dev.pid}`);
    expect((await rekindle(project, 'dags', 'trigger', 'hello', '--wait', '--json')).code).to.equal(0);
  });

  it('starts a worker that was killed again', async () => {
    const project = projectWith({ 'dags/hello.ts': HELLO });
    dev = await startDev(project);
    const worker = (await processesOf(project)).find((line) => line.includes('workers/main'))!;
    process.kill(Number.parseInt(worker.trim(), 10), 'SIGKILL');
    await eventually('the worker runs again', () => dev!.said().includes('The worker runs again'));
    expect(dev.said()).to.contain('The worker ended with SIGKILL; starting it again in 1 s.');
    expect((await rekindle(project, 'dags', 'trigger', 'hello', '--wait', '--json')).code).to.equal(0);
  });

  it('that was killed takes its worker with it, and the next one ends what it left behind', async () => {
    const project = projectWith({ 'dags/hello.ts': HELLO });
    const killed = await startDev(project);
    const { json: run } = await rekindle(project, 'dags', 'trigger', 'hello', '--wait', '--json');
    await killed.kill();
    await eventually('the worker is gone', async () => !(await processesOf(project)).some((line) => line.includes('workers/main')));
    // its file is there, but must not mislead
    const { code } = await rekindle(project, 'dags', 'runs', '--json');
    expect(code).to.equal(3);

    dev = await startDev(project);
    expect(dev.said()).to.contain('left behind');
    expect((await processesOf(project)).filter((line) => line.includes('start-dev'))).to.have.length(1);
    expect((await rekindle(project, 'dags', 'state', run.runId, '--json')).json.state).to.equal('success');
  });

  it('says what is wrong in a file and runs the rest of the project', async () => {
    const project = projectWith({ 'dags/hello.ts': HELLO, 'dags/broken.ts': `throw new Error('no database');\n` });
    dev = await startDev(project);
    expect(dev.said()).to.contain('dags/broken.ts:1:7: no database');
    expect((await rekindle(project, 'dags', 'trigger', 'hello', '--wait', '--json')).code).to.equal(0);
  });

  it('keeps objects in a MinIO of its own, whose keys are in no file that others may read', async function () {
    if ((await findMinio()) === undefined) skip(this, 'no MinIO: run `node scripts/setup.mjs --for test`');
    const project = projectWith({ 'dags/hello.ts': HELLO });
    dev = await startDev(project, '--store', 'minio');
    expect(dev.addresses.store).to.equal('s3://rekindle');
    const { json: run } = await rekindle(project, 'dags', 'trigger', 'hello', '--wait', '--json');
    expect(run.state).to.equal('success');

    const credentials = join(project, '.rekindle/credentials.env');
    const secret = /SECRET_KEY=(.+)/.exec(readFileSync(credentials, 'utf8'))![1]!;
    expect(statSync(credentials).mode & 0o777).to.equal(0o600);
    expect(JSON.stringify(devFile(project))).not.to.contain(secret);
    expect((await processesOf(project)).join('\n')).not.to.contain(secret);

    await dev.stop();
    dev = await startDev(project); // the store of the last time is the default
    expect(dev.addresses.store).to.equal('s3://rekindle');
    const { json: dags } = await rekindle(project, 'dags', 'list', '--json');
    expect(dags[0]).to.include({ id: 'hello', generation: 1 });
  });
});
