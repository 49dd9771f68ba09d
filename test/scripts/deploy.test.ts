import { NativeConnection, Worker } from '@temporalio/worker';
import { expect } from 'chai';
import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { dirname } from 'node:path';
import { findTemporal } from '../../scripts/setup/tools.mjs';
import { temporalAddress } from '../support/fixtures.js';
import { quietRuntime } from '../support/runtime.js';

const ROOT = new URL('../../', import.meta.url).pathname;

const run = (file: string, args: string[], env: Record<string, string>): Promise<{ code: number; output: string }> =>
  new Promise((done) => {
    execFile(file, args, { cwd: ROOT, env: { ...process.env, ...env } }, (error, stdout, stderr) =>
      done({ code: typeof error?.code === 'number' ? error.code : 0, output: stdout + stderr }),
    );
  });

describe('What the containers run', function () {
  this.timeout(60_000);
  let address: string;
  before(async function () {
    quietRuntime();
    address = await temporalAddress(this);
  });

  it('a worker is well while this host polls its queue, and only then', async () => {
    const queue = `health-${randomUUID()}`;
    const check = (...queues: string[]) => run(process.execPath, ['deploy/health/worker.mjs', ...queues], { TEMPORAL_ADDRESS: address });
    expect(await check(queue)).to.deep.include({ code: 1 });

    const connection = await NativeConnection.connect({ address });
    const worker = await Worker.create({ connection, taskQueue: queue, activities: { greet: async () => 'hello' } });
    await worker.runUntil(async () => {
      for (let tries = 0; tries < 50 && (await check(queue)).code !== 0; tries += 1);
      expect(await check(queue)).to.deep.equal({ code: 0, output: '' });
      expect((await check(queue, `${queue}-other`)).output).to.match(new RegExp(`not polled from .*: ${queue}-other`));
    });
    await connection.close();
  });

  it('the namespace is created once and may be asked for again', async () => {
    const namespace = `n-${randomUUID()}`;
    const path = `${dirname((await findTemporal())!)}:${process.env['PATH']}`;
    const create = () =>
      run('sh', ['deploy/temporal/namespace.sh'], { PATH: path, TEMPORAL_ADDRESS: address, TEMPORAL_NAMESPACE: namespace });
    const first = await create();
    expect(first.code, first.output).to.equal(0);
    expect(await create()).to.deep.include({ code: 0 });
  });
});
