/** A project's DAGs may import the built package while whoever loads them imports the sources: the words must fit together. */
import { cpSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { expect } from 'chai';
import { z } from 'zod';
import * as here from '../../../core/dag/index.js';
import { testDag } from '../../../core/dag/testing.js';
import { tempFolder } from '../../support/fixtures.js';

const root = fileURLToPath(new URL('../../../', import.meta.url));

const secondCopy = async (): Promise<typeof here> => {
  const folder = tempFolder();
  cpSync(join(root, 'core'), join(folder, 'core'), { recursive: true });
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  return (await import(pathToFileURL(join(folder, 'core/dag/index.ts')).href)) as typeof here;
};

describe('two copies of the package in one process', () => {
  it('understand each other', async () => {
    const copy = await secondCopy();
    expect(copy.dag).to.not.equal(here.dag);
    const skipping = copy.task({ id: 'skipping', run: (_, ctx) => ctx.skip('nothing') });
    const show = here.task({
      id: 'show',
      input: z.object({ text: z.string(), gone: z.string().optional() }),
      run: ({ text, gone }) => [text, gone ?? 'none'],
    });
    const made = copy.dag({ id: 'mixed', params: z.object({ n: z.number() }) }, (d, { params }) => {
      const nothing = d.run(skipping);
      return d.run(show, { text: here.format`n=${params.n}`, gone: here.maybe(nothing) }, { triggerRule: 'all_done' });
    });
    expect(here.isDag(made)).to.equal(true);
    expect((await testDag(made, { n: 3 })).output).to.deep.equal(['n=3', 'none']);
    const misuse = () => copy.dag({ id: 'wrong', params: z.object({ n: z.number() }) }, (_, { params }) => here.or(params.n, () => 1));
    expect(misuse).to.throw().with.property('code', 'DAG_INVALID');
  });
});
