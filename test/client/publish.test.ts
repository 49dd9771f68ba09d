import { expect } from 'chai';
import { publish, publishedDag, publishedDagIds, type Publication } from '../../client/publish.js';
import type { ObjectStore } from '../../core/ports.js';
import { FolderStore } from '../../platform/object-store/folder.js';
import { tempFolder } from '../support/fixtures.js';

const publication = (hash: string): Publication => ({
  current: 'dags/nightly/current.json',
  key: `dags/nightly/${hash}.json`,
  spec: { id: 'nightly', version: 1, nodes: {}, doc: hash },
  hash,
  project: 'shop',
  file: 'dags/nightly.ts',
});

describe('Publishing specs', () => {
  let objects: ObjectStore;
  beforeEach(() => (objects = new FolderStore(tempFolder())));

  it('keeps every version and says which one is current', async () => {
    expect(await publish(objects, publication('aaa'))).to.equal(true);
    expect(await publish(objects, publication('bbb'))).to.equal(true);
    const dag = await publishedDag(objects, 'nightly');
    expect(dag).to.deep.include({ id: 'nightly', spec: publication('bbb').spec });
    expect(dag!.current).to.include({ hash: 'bbb', generation: 2, project: 'shop', file: 'dags/nightly.ts' });
    expect(await objects.head('dags/nightly/aaa.json')).to.include({ key: 'dags/nightly/aaa.json' });
    expect(await publishedDagIds(objects)).to.deep.equal(['nightly']);
  });

  it('changes nothing when the version is current already', async () => {
    await publish(objects, publication('aaa'));
    const before = await objects.head('dags/nightly/current.json');
    expect(await publish(objects, publication('aaa'))).to.equal(false);
    expect(await objects.head('dags/nightly/current.json')).to.deep.equal(before);
  });

  it('goes back to a version that was current before', async () => {
    for (const hash of ['aaa', 'bbb', 'aaa']) await publish(objects, publication(hash));
    expect((await publishedDag(objects, 'nightly'))!.current).to.include({ hash: 'aaa', generation: 3 });
  });

  it('gives each of many that publish at once a generation of its own', async () => {
    const hashes = Array.from({ length: 12 }, (_, i) => `hash-${i}`);
    const written: number[] = [];
    const watched: ObjectStore = Object.create(objects, {
      put: {
        value: async (...args: Parameters<ObjectStore['put']>) => {
          const info = await objects.put(...args);
          if (args[0].endsWith('current.json')) written.push((JSON.parse(args[1] as string) as { generation: number }).generation);
          return info;
        },
      },
    }) as ObjectStore;
    const published = await Promise.all(hashes.map((hash) => publish(watched, publication(hash))));
    expect(published).to.deep.equal(hashes.map(() => true));
    expect(written.sort((a, b) => a - b)).to.deep.equal(hashes.map((_, i) => i + 1));
    expect((await publishedDag(objects, 'nightly'))!.current.generation).to.equal(12);
  });

  it('knows nothing of what was never published', async () => {
    expect(await publishedDag(objects, 'nightly')).to.equal(undefined);
    expect(await publishedDagIds(objects)).to.deep.equal([]);
  });
});
