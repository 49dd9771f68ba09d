import { expect } from 'chai';
import { FolderStore } from '../../platform/object-store/folder.js';
import { removeOutlived } from '../../platform/object-store/outlived.js';
import { tempFolder } from '../support/fixtures.js';

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;

describe('What has outlived its use', () => {
  let objects: FolderStore;
  beforeEach(() => (objects = new FolderStore(tempFolder())));

  const keys = async (): Promise<string[]> => {
    const found: string[] = [];
    for await (const { key } of objects.list('')) found.push(key);
    return found;
  };
  const later = (ms: number): number => Date.now() + ms;

  it('is removed at its place, and nowhere else, unless a last look keeps it', async () => {
    for (const key of ['cache/a/1', 'cache/a/2', 'cache/b/1']) await objects.put(key, 'x');
    await removeOutlived(objects, { prefix: 'cache/a/', afterMs: DAY_MS }, later(DAY_MS - HOUR_MS));
    expect(await keys(), 'younger than a day').to.have.length(3);
    await removeOutlived(
      objects,
      { prefix: 'cache/a/', afterMs: DAY_MS, isKept: async (key) => key.endsWith('2') },
      later(DAY_MS + HOUR_MS),
    );
    expect(await keys()).to.deep.equal(['cache/a/2', 'cache/b/1']);
  });

  it('is looked for once an hour only', async () => {
    const old = { prefix: 'cache/', afterMs: HOUR_MS };
    await removeOutlived(objects, old, later(2 * HOUR_MS));
    await objects.put('cache/1', 'x');
    await removeOutlived(objects, old, later(2.5 * HOUR_MS));
    expect(await keys()).to.have.length(1);
    await removeOutlived(objects, old, later(3.5 * HOUR_MS));
    expect(await keys()).to.deep.equal([]);
  });

  it('is removed a thousand at a time: who writes need not wait for all of it', async () => {
    for (let i = 0; i < 1_001; i++) await objects.put(`cache/${i}`, '');
    await removeOutlived(objects, { prefix: 'cache/', afterMs: HOUR_MS }, later(DAY_MS));
    expect(await keys()).to.have.length(1);
    await removeOutlived(objects, { prefix: 'cache/', afterMs: HOUR_MS }, later(DAY_MS));
    expect(await keys()).to.deep.equal([]);
  });

  it('stays when the store is away, and nobody hears of it', async () => {
    await objects.put('cache/1', 'x');
    objects.delete = () => Promise.reject(new Error('away'));
    await removeOutlived(objects, { prefix: 'cache/', afterMs: HOUR_MS }, later(DAY_MS));
    expect(await keys()).to.deep.equal(['cache/1']);
  });
});
