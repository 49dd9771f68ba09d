import { join } from 'node:path';
import { expect } from 'chai';
import { dagVersion } from '../../client/chosen-version.js';
import { packSeed } from '../../client/clear-seed.js';
import type { Seed, StoredSeed } from '../../core/dag/run-input.js';
import { isRekindleError } from '../../core/errors.js';
import { keys } from '../../core/names.js';
import type { ObjectStore } from '../../core/ports.js';
import { openObjectStore } from '../../platform/object-store/index.js';
import { readStored } from '../../platform/object-store/stored.js';
import { tempFolder } from '../support/fixtures.js';

const folder = (): ObjectStore => openObjectStore({ kind: 'folder', path: join(tempFolder(), 'objects') });
const seedOf = (outputs: readonly string[]): Seed => ({
  from: 'r1',
  outcomes: Object.fromEntries(outputs.map((output, i) => [`each[${i}].x`, { state: 'success', output, tries: 1 }])),
});
const isWhole = (seed: Seed | StoredSeed): seed is Seed => 'outcomes' in seed;

describe('the seed of a cleared run', () => {
  it('travels as it is when it is small', async () => {
    const seed = seedOf(['a', 'b'.repeat(10_000)]);
    expect(await packSeed(folder(), 'etl', 'r1~2', seed)).to.equal(seed);
  });

  it('leaves large outputs in the store where they make it large', async () => {
    const objects = folder();
    const outputs = Array.from({ length: 40 }, (_, i) => (i === 0 ? 'small' : String(i).repeat(30_000)));
    const packed = await packSeed(objects, 'etl', 'r1~2', seedOf(outputs));
    if (!isWhole(packed)) throw new Error('it should have fit');
    expect(JSON.stringify(packed).length).to.be.below(20_000);
    expect(packed.outcomes['each[0].x']).to.have.property('output', 'small');
    const { output } = packed.outcomes['each[7].x'] as unknown as { output: { $stored: Parameters<typeof readStored>[1] } };
    expect(await readStored(objects, output.$stored)).to.equal(outputs[7]);
  });

  it('goes to the store in parts when there are very many results', async () => {
    const objects = folder();
    const seed = seedOf(Array.from({ length: 20_000 }, (_, i) => `ü${i}`));
    const packed = await packSeed(objects, 'etl', 'r1~2', seed);
    if (isWhole(packed)) throw new Error('it should not have fit');
    const texts = await Promise.all(
      Array.from({ length: packed.parts }, async (_, part) =>
        new TextDecoder().decode((await objects.get(keys.carriedRun('etl', 'r1~2', 'seed', part))).body),
      ),
    );
    for (const text of texts) expect(Buffer.byteLength(text)).to.be.below(2 * 1024 * 1024); // Temporal's limit of one answer
    expect(JSON.parse(texts.join(''))).to.deep.equal(seed);
  });
});

describe('a version by its hash', () => {
  it('is found by a beginning that only it has', async () => {
    const objects = folder();
    const [a, b] = [`abcdef0${'1'.repeat(57)}`, `abcdef2${'3'.repeat(57)}`];
    for (const hash of [a, b])
      await objects.put(keys.dagSpec('etl', hash), JSON.stringify({ id: 'etl', version: 1, nodes: {}, doc: hash }));
    expect((await dagVersion(objects, 'etl', 'abcdef2')).hash).to.equal(b);
    expect((await dagVersion(objects, 'etl', a)).spec.doc).to.equal(a);
    for (const unclear of ['abcdef', '999999', 'latest']) {
      const error: unknown = await dagVersion(objects, 'etl', unclear).catch((reason: unknown) => reason);
      expect(isRekindleError(error) && error.code, unclear).to.equal('DAG_VERSION_NOT_FOUND');
    }
  });
});
