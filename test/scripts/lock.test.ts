import { expect } from 'chai';
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { withLock } from '../../scripts/setup/lock.mjs';
import { tempFolder } from '../support/fixtures.js';

/** Ids are 22 bits at most. */
const NO_PROCESS = 5_000_000;

const increment = `
  import { withLock } from '${new URL('../../scripts/setup/lock.mjs', import.meta.url).href}';
  import { readFileSync, writeFileSync } from 'node:fs';
  const [lock, counter] = process.argv.slice(1);
  for (let turn = 0; turn < 3; turn += 1)
    await withLock(lock, async () => {
      const seen = Number(readFileSync(counter, 'utf8'));
      await new Promise((done) => setTimeout(done, 20));
      writeFileSync(counter, String(seen + 1));
    });
`;

describe('A lock between processes', () => {
  it('lets one process in at a time', async () => {
    const folder = tempFolder();
    const [lock, counter] = [join(folder, 'lock'), join(folder, 'counter')];
    writeFileSync(counter, '0');
    const codes = await Promise.all(
      Array.from({ length: 4 }, () => {
        const child = spawn(process.execPath, ['--input-type=module', '-e', increment, lock, counter], { stdio: 'inherit' });
        return new Promise((done) => child.once('exit', done));
      }),
    );
    expect(codes).to.deep.equal([0, 0, 0, 0]);
    expect(readFileSync(counter, 'utf8')).to.equal('12');
    expect(existsSync(lock)).to.equal(false);
  });

  it('is taken over from a process that is gone', async () => {
    const lock = join(tempFolder(), 'lock');
    writeFileSync(lock, `${NO_PROCESS}\n${hostname()}`);
    expect(await withLock(lock, async () => 'in')).to.equal('in');
  });

  it('is taken over from an owner on another machine that has long been silent, not from a fresh one', async () => {
    const lock = join(tempFolder(), 'lock');
    writeFileSync(lock, `${process.pid}\nanother-machine`);
    let waited = false;
    await withLock(
      lock,
      async () => {},
      () => {
        waited = true;
        const longAgo = new Date(Date.now() - 3_600_000);
        utimesSync(lock, longAgo, longAgo);
      },
    );
    expect(waited).to.equal(true);
  });

  it('is released when the work fails', async () => {
    const lock = join(tempFolder(), 'lock');
    const failure = await withLock(lock, async () => {
      throw new Error('broken');
    }).catch((error: unknown) => error);
    expect(failure).to.be.instanceOf(Error).with.property('message', 'broken');
    expect(existsSync(lock)).to.equal(false);
  });
});
