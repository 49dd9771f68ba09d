import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, readdir, unlink, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import type { StoreConfig } from '../../platform/config.js';
import { withFileLock } from '../../platform/object-store/file-lock.js';
import { openObjectStore } from '../../platform/object-store/index.js';
import { minio, tempFolder } from '../support/fixtures.js';
import { freePort } from '../support/servers.js';
import { codeOf, describeObjectStore, keysOf } from './object-store.contract.js';

const bucketOf = async (context: Mocha.Context): Promise<StoreConfig> => ({
  kind: 's3',
  bucket: `objects-${randomUUID().slice(0, 8)}`,
  region: 'us-east-1',
  ...(await minio(context)),
});

describeObjectStore('folder', () => Promise.resolve({ kind: 'folder', path: join(tempFolder(), 'objects') }));
describeObjectStore('s3', bucketOf);

describe('folder store', () => {
  it('shows neither half an object nor a temporary file after kill -9 of a writer', async function () {
    this.timeout(60_000);
    const path = tempFolder();
    const program = `
      import { openObjectStore } from './platform/object-store/index.js';
      const objects = openObjectStore({ kind: 'folder', path: ${JSON.stringify(path)} });
      for (let n = 0; ; n++) { await objects.put('a/' + (n % 3), Buffer.alloc(5_000_000, 'x')); if (n === 3) console.log('writing'); }`;
    for (let round = 0; round < 3; round++) {
      const writer = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', program], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      await once(writer.stdout, 'data');
      await sleep(7 * round);
      writer.kill('SIGKILL');
      await once(writer, 'exit');
      const store = openObjectStore({ kind: 'folder', path });
      expect(await keysOf(store, '')).to.deep.equal(['a/0', 'a/1', 'a/2']);
      for await (const info of store.list('a/')) expect(info.bytes).to.equal(5_000_000);
      await store.put('a/0', 'a dead writer holds nobody up');
      await store.put('a/0', Buffer.alloc(5_000_000, 'x'));
    }
  });

  it('takes over the lock of a process that is dead, and waits for one that is not', async () => {
    const folder = tempFolder();
    const dead = spawn('true');
    await once(dead, 'exit');
    const card = { pid: dead.pid, host: hostname(), process: 'gone', at: Date.now() };
    await writeFile(join(folder, 'a.lock'), JSON.stringify(card));
    await writeFile(join(folder, 'a.lock.abandoned'), JSON.stringify(card));
    expect(await withFileLock(join(folder, 'a.lock'), () => Promise.resolve('taken over'))).to.equal('taken over');

    await writeFile(join(folder, 'b.lock'), JSON.stringify({ ...card, pid: process.ppid }));
    let entered = false;
    const waiting = withFileLock(join(folder, 'b.lock'), async () => {
      entered = true;
    });
    await sleep(150);
    expect(entered).to.equal(false);
    await unlink(join(folder, 'b.lock'));
    await waiting;
    expect(await readdir(folder)).to.deep.equal([]);
  });

  it('lets one at a time in', async () => {
    const lock = join(tempFolder(), 'lock');
    let inside = 0;
    let most = 0;
    await Promise.all(
      Array.from({ length: 12 }, () =>
        withFileLock(lock, async () => {
          most = Math.max(most, ++inside);
          await sleep(2);
          inside -= 1;
        }),
      ),
    );
    expect(most).to.equal(1);
  });

  it('clears away what a crash left a day ago, and leaves what may still be being written', async () => {
    const path = tempFolder();
    await mkdir(join(path, '.pending'));
    for (const name of ['old', 'new']) await writeFile(join(path, '.pending', name), 'half');
    const longAgo = new Date(Date.now() - 25 * 3_600_000);
    await utimes(join(path, '.pending', 'old'), longAgo, longAgo);
    await openObjectStore({ kind: 'folder', path }).put('a', 'x');
    expect(await readdir(join(path, '.pending'))).to.deep.equal(['new']);
  });

  it('says that the store is unreachable when its folder cannot be made', async () => {
    const file = join(tempFolder(), 'file');
    await writeFile(file, 'not a folder');
    expect(await codeOf(openObjectStore({ kind: 'folder', path: file }).put('a', 'x'))).to.equal('STORE_UNREACHABLE');
  });
});

describe('s3 store', () => {
  it('makes its bucket when it is first needed, by several at once', async function () {
    const config = await bucketOf(this);
    const stores = Array.from({ length: 5 }, () => openObjectStore(config));
    await Promise.all(stores.map((store, index) => store.put(`a/${index}`, 'x')));
    expect(await keysOf(stores[0]!, 'a/')).to.have.length(5);
  });

  it('says that nobody answers, or that the credentials are wrong', async function () {
    const config = await bucketOf(this);
    const nobody = openObjectStore({ ...config, endpoint: `http://127.0.0.1:${await freePort()}` } as StoreConfig);
    expect(await codeOf(nobody.get('a'))).to.equal('STORE_UNREACHABLE');
    expect(await codeOf(keysOf(nobody, 'a'))).to.equal('STORE_UNREACHABLE');
    const stranger = openObjectStore({ ...config, secretKey: 'wrong-secret' } as StoreConfig);
    expect(await codeOf(stranger.put('a', 'x'))).to.equal('STORE_UNREACHABLE');
  });

  it('sends an object larger than the client would split, in one conditional piece', async function () {
    this.timeout(60_000);
    const config = await bucketOf(this);
    const store = openObjectStore(config);
    const file = join(tempFolder(), 'large');
    await writeFile(file, Buffer.alloc(70 * 1024 * 1024, 'z'));
    await store.put('large', 'small');
    expect(await codeOf(store.upload(file, 'large', { ifNoneMatch: '*' }))).to.equal('PRECONDITION_FAILED');
    expect((await store.upload(file, 'large')).bytes).to.equal(70 * 1024 * 1024);
    expect(await store.head('large')).to.include({ bytes: 70 * 1024 * 1024 });
  });
});
