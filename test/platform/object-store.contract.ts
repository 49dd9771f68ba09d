/** What every object store must do; run against each implementation. */
import { execFile } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import type { ObjectStore, PutOptions } from '../../core/ports.js';
import type { StoreConfig } from '../../platform/config.js';
import { openObjectStore } from '../../platform/object-store/index.js';
import { tempFolder } from '../support/fixtures.js';
import type { WriterOrder } from './object-store.writer.js';

export const codeOf = async (work: Promise<unknown>): Promise<string> => {
  try {
    await work;
    return 'no error';
  } catch (error) {
    return (error as { code?: string }).code ?? String(error);
  }
};

export const keysOf = async (store: ObjectStore, prefix: string, after?: string): Promise<string[]> => {
  const found: string[] = [];
  for await (const { key } of store.list(prefix, after === undefined ? {} : { after })) found.push(key);
  return found;
};

const textOf = async (store: ObjectStore, key: string): Promise<string> => Buffer.from((await store.get(key)).body).toString();

/** Ten writes in each of four processes, all at once. */
export const raceBetweenProcesses = async (store: StoreConfig, key: string, options: PutOptions): Promise<string[]> => {
  const at = Date.now() + 4_000;
  const order: WriterOrder = { store, key, options, writes: 10, at };
  const args = ['--import', 'tsx', 'test/platform/object-store.writer.ts', JSON.stringify(order)];
  const outcomes = await Promise.all(Array.from({ length: 4 }, () => promisify(execFile)(process.execPath, args)));
  return outcomes.flatMap(({ stdout }) => JSON.parse(stdout) as string[]);
};

export const describeObjectStore = (name: string, configOf: (context: Mocha.Context) => Promise<StoreConfig>): Mocha.Suite =>
  describe(`object store: ${name}`, () => {
    let config: StoreConfig;
    let store: ObjectStore;

    before(async function () {
      config = await configOf(this);
      store = openObjectStore(config);
    });

    it('gives back the bytes that were put, and says how many', async () => {
      const bytes = randomBytes(70_000);
      const info = await store.put('bytes/a.bin', bytes, { contentType: 'application/octet-stream' });
      const read = await store.get('bytes/a.bin');
      expect(Buffer.compare(Buffer.from(read.body), bytes)).to.equal(0);
      expect(read.info).to.include({ key: 'bytes/a.bin', bytes: 70_000, etag: info.etag });
      expect(await store.head('bytes/a.bin')).to.include({ bytes: 70_000, etag: info.etag });
      expect(Math.abs(Date.parse(read.info.modified) - Date.now())).to.be.below(60_000);
    });

    it('keeps a text as UTF-8, and an empty object empty', async () => {
      await store.put('text/zażółć gęślą.txt', 'żółw €');
      expect(await textOf(store, 'text/zażółć gęślą.txt')).to.equal('żółw €');
      expect(await keysOf(store, 'text/')).to.deep.equal(['text/zażółć gęślą.txt']);
      await store.put('text/empty', '');
      expect((await store.get('text/empty')).body).to.have.length(0);
      expect(await store.head('text/empty')).to.include({ bytes: 0 });
    });

    it('says that an object is not there', async () => {
      expect(await codeOf(store.get('nothing/here'))).to.equal('OBJECT_NOT_FOUND');
      expect(await store.head('nothing/here')).to.equal(undefined);
      expect(await codeOf(store.download('nothing/here', join(tempFolder(), 'x')))).to.equal('OBJECT_NOT_FOUND');
      await store.put('nothing/there/deeper', 'x');
      expect(await store.head('nothing/there')).to.equal(undefined);
      expect(await codeOf(store.get('nothing/there'))).to.equal('OBJECT_NOT_FOUND');
    });

    it('gives the same bytes the same etag and other bytes another', async () => {
      const first = await store.put('etag/a', 'one');
      expect((await store.put('etag/a', 'two')).etag).not.to.equal(first.etag);
      expect((await store.put('etag/a', 'one')).etag).to.equal(first.etag);
    });

    it('creates exclusively', async () => {
      await store.put('once/a', 'first', { ifNoneMatch: '*' });
      expect(await codeOf(store.put('once/a', 'second', { ifNoneMatch: '*' }))).to.equal('PRECONDITION_FAILED');
      expect(await textOf(store, 'once/a')).to.equal('first');
      await store.delete('once/a');
      await store.put('once/a', 'third', { ifNoneMatch: '*' });
      expect(await textOf(store, 'once/a')).to.equal('third');
    });

    it('replaces only what was read', async () => {
      const first = await store.put('swap/a', 'first');
      await store.put('swap/a', 'second', { ifMatch: first.etag });
      expect(await codeOf(store.put('swap/a', 'third', { ifMatch: first.etag }))).to.equal('PRECONDITION_FAILED');
      expect(await textOf(store, 'swap/a')).to.equal('second');
      expect(await codeOf(store.put('swap/absent', 'x', { ifMatch: first.etag }))).to.equal('PRECONDITION_FAILED');
      expect(await store.head('swap/absent')).to.equal(undefined);
    });

    it('lets one of 40 concurrent exclusive creations win, between processes', async function () {
      this.timeout(60_000);
      const outcomes = await raceBetweenProcesses(config, 'race/create', { ifNoneMatch: '*' });
      expect(outcomes.filter((outcome) => outcome === 'won')).to.have.length(1);
      expect(outcomes.filter((outcome) => outcome === 'PRECONDITION_FAILED')).to.have.length(39);
    });

    it('lets one of 40 concurrent swaps win, between processes', async function () {
      this.timeout(60_000);
      const { etag } = await store.put('race/swap', 'before');
      const outcomes = await raceBetweenProcesses(config, 'race/swap', { ifMatch: etag });
      expect(outcomes.filter((outcome) => outcome === 'won')).to.have.length(1);
      expect(outcomes.filter((outcome) => outcome === 'PRECONDITION_FAILED')).to.have.length(39);
    });

    it('never shows a half-written object while it is overwritten', async () => {
      const [a, b] = [Buffer.alloc(300_000, 'a'), Buffer.alloc(200_000, 'b')];
      await store.put('whole/a', a);
      let writing = true;
      const writer = (async () => {
        for (let round = 0; round < 20; round++) await store.put('whole/a', round % 2 === 0 ? b : a);
        writing = false;
      })();
      let reads = 0;
      while (writing) {
        const { body, info } = await store.get('whole/a');
        expect([a, b].some((whole) => Buffer.compare(whole, Buffer.from(body)) === 0)).to.equal(true);
        expect(info.bytes).to.equal(body.length);
        reads += 1;
      }
      await writer;
      expect(reads).to.be.above(0);
    });

    it('lists in byte order of keys, across folders and names that share a beginning', async () => {
      const keys = [
        'order/a-b',
        'order/a.txt',
        'order/a/x',
        'order/a/y/z',
        'order/a0',
        'order/b',
        'order/b+c d',
        'order/b%20c&d=?#',
        'order/é',
        'order/\u{1F600}',
        'order/\uFF5E',
      ];
      for (const key of [...keys].reverse()) await store.put(key, key);
      const expected = [...keys].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
      expect(await keysOf(store, 'order/')).to.deep.equal(expected);
      expect(await keysOf(store, 'order/a')).to.deep.equal(expected.filter((key) => key.startsWith('order/a')));
      expect(await keysOf(store, 'order/a/')).to.deep.equal(['order/a/x', 'order/a/y/z']);
      expect(await keysOf(store, 'order/none')).to.deep.equal([]);
      for (const after of [...keys, 'order/a/', 'order/a/y', 'order/a1'])
        expect(await keysOf(store, 'order/', after), after).to.deep.equal(
          expected.filter((key) => Buffer.compare(Buffer.from(key), Buffer.from(after)) > 0),
        );
    });

    it('lists more than one page', async function () {
      this.timeout(60_000);
      const keys = Array.from({ length: 1_203 }, (_, index) => `pages/${String(index).padStart(5, '0')}`);
      for (let start = 0; start < keys.length; start += 100)
        await Promise.all(keys.slice(start, start + 100).map((key) => store.put(key, key)));
      expect(await keysOf(store, 'pages/')).to.deep.equal(keys);
    });

    it('deletes, also what is not there', async () => {
      await store.put('gone/a', 'x');
      await store.delete('gone/a');
      expect(await store.head('gone/a')).to.equal(undefined);
      await store.delete('gone/a');
      await store.delete('gone');
    });

    it('streams a file in and out', async () => {
      const folder = tempFolder();
      const bytes = randomBytes(3_000_000);
      await writeFile(join(folder, 'in'), bytes);
      const sent = await store.upload(join(folder, 'in'), 'files/a');
      expect(sent.bytes).to.equal(bytes.length);
      const received = await store.download('files/a', join(folder, 'deeper', 'out'));
      expect(received).to.include({ bytes: bytes.length, etag: sent.etag });
      expect(Buffer.compare(await readFile(join(folder, 'deeper', 'out')), bytes)).to.equal(0);
      expect(await readdir(join(folder, 'deeper'))).to.deep.equal(['out']);
      expect(await codeOf(store.upload(join(folder, 'in'), 'files/a', { ifNoneMatch: '*' }))).to.equal('PRECONDITION_FAILED');
      expect(await codeOf(store.upload(join(folder, 'absent'), 'files/b'))).to.equal('ENOENT');
    });

    it('presigns a URL that reads the object', async () => {
      const body = randomBytes(1_000);
      await store.put('url/a b.bin', body);
      const url = await store.presign('url/a b.bin', 60);
      const read = url.startsWith('file:') ? await readFile(new URL(url)) : Buffer.from(await (await fetch(url)).arrayBuffer());
      expect(createHash('sha256').update(read).digest('hex')).to.equal(createHash('sha256').update(body).digest('hex'));
    });

    it('refuses keys that leave the store or that only one implementation could hold', async () => {
      for (const key of ['', '/a', 'a/', 'a//b', '../a', 'a/../b', 'a/./b', 'a\\b', 'a\u0000b', '.pending/a', 'x'.repeat(1_025)]) {
        expect(await codeOf(Promise.resolve().then(() => store.put(key, 'x'))), key).to.equal('USAGE');
        expect(await codeOf(Promise.resolve().then(() => store.get(key))), key).to.equal('USAGE');
      }
      expect(await codeOf(keysOf(store, '../'))).to.equal('USAGE');
    });
  });
