/** `npm run conformance` on folders of others: whatever stands in them is answered, case by case. */
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { tempFolder } from '../../support/fixtures.js';

const ROOT = join(import.meta.dirname, '../../..');
const REFERENCE = join(ROOT, 'test/reference');

type Case = Readonly<Record<string, unknown>> & { readonly expected: Readonly<Record<string, unknown>> };

const casesOf = (name: string): Case[] => JSON.parse(readFileSync(join(REFERENCE, name), 'utf8')) as Case[];

describe('vectors', function () {
  this.timeout(60_000);
  let folder: string;
  const write = (name: string, content: unknown): string => {
    const path = join(folder, name);
    writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
    return path;
  };
  const conformance = (...paths: string[]): { exit: number | null; lines: string[] } => {
    const { status, stdout } = spawnSync(process.execPath, ['--import', 'tsx', 'scripts/conformance/main.ts', ...paths], {
      cwd: ROOT,
      encoding: 'utf8',
    });
    return { exit: status, lines: stdout.trim().split('\n') };
  };

  beforeEach(() => {
    folder = tempFolder();
  });

  it('are found by a part of the name of their file, or by what made them', () => {
    write('more-ks-2.json', casesOf('ks.json').slice(0, 3));
    const rooms = ['psi', 'chi2', 'js', 'distances', 'wasserstein', 'twosample', 'classification', 'regression', 'delong', 'mcnemar'];
    const others = ['multipletests', 'cbpe', 'streaming', 'selection', 'thresholds', 'binning', 'scipy-variants', 'sklearn-variants'];
    const mixed = [...rooms, ...others].flatMap((room) => casesOf(`${room}.json`).slice(0, 4));
    write('mixed.json', mixed);
    const { exit, lines } = conformance(folder);
    expect(lines).to.deep.equal([`${mixed.length + 3} passed, 0 failed, 0 skipped`]);
    expect(exit).to.equal(0);
  });

  it('that ask for what we do not have are named, with what is not known', () => {
    const [first] = casesOf('ks.json') as [Case];
    write('ks.json', [
      { ...first, name: 'sideways', params: { alternative: 'sideways' } },
      { ...first, name: 'empty handed', inputs: {} },
      { name: 'bare' },
      { ...first, name: 'another field', expected: { ...first.expected, kuiper: 1 } },
      { ...first, name: 'another recipe', inputs: { x: { gen: 'pcg64' }, y: [1] } },
    ]);
    write('kuiper.json', [{ name: 'k', inputs: { x: [1] }, params: {}, expected: { statistic: 1 }, source: 'astropy.stats.kuiper_two' }]);
    const { exit, lines } = conformance(folder);
    expect(exit).to.equal(1);
    expect(lines).to.include.members([
      'FAILED ks.json empty handed: RangeError: an input that this call needs is not there, or is no array or recipe',
      "FAILED ks.json bare: the case has no object 'inputs'",
      'FAILED ks.json another field: kuiper: nothing is not 1',
      "FAILED ks.json another recipe: RangeError: unknown recipe 'pcg64'",
      'skipped, no call for params {"alternative":"sideways"}:',
      '  ks.json sideways',
      '  kuiper.json k',
      '0 passed, 4 failed, 2 skipped',
    ]);
  });

  it('that are no vectors cost the others nothing', () => {
    write('broken.json', '[{');
    write('numbers.json', [1]);
    write('versions.json', { scipy: '1.17' });
    write('ks.json', casesOf('ks.json').slice(0, 1));
    const { exit, lines } = conformance(folder);
    expect(exit).to.equal(1);
    expect(lines[0]).to.match(/^FAILED broken\.json: it is no JSON/);
    expect(lines[1]).to.equal('FAILED numbers.json: entry 0 is no case: it has no name');
    expect(lines[2]).to.equal('1 passed, 2 failed, 0 skipped');
  });

  it('that are not there have proved nothing', () => {
    expect(conformance(folder).exit).to.equal(1);
    expect(conformance(join(folder, 'gone')).exit).to.equal(2);
  });
});
