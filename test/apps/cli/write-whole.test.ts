import { expect } from 'chai';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeWhole } from '../../../apps/cli/write-whole.js';

describe('files that commands write', () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'rekindle-write-'))));
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('take the place of older ones', async () => {
    const path = join(folder, 'report.html');
    writeFileSync(path, 'older');
    await writeWhole(path, 'newer');
    expect(readFileSync(path, 'utf8')).to.equal('newer');
    expect(readdirSync(folder)).to.deep.equal(['report.html']);
  });

  it('leave the older one, and nothing else, after Ctrl-C', async () => {
    const path = join(folder, 'report.html');
    writeFileSync(path, 'older');
    const stop = new AbortController();
    stop.abort(new Error('stopped'));
    const failed = await writeWhole(path, 'newer', stop.signal).catch((error: unknown) => error);
    expect(failed).to.have.property('message', 'stopped');
    expect(readFileSync(path, 'utf8')).to.equal('older');
    expect(readdirSync(folder)).to.deep.equal(['report.html']);
  });

  it('leave nothing where they cannot be put', async () => {
    const failed = await writeWhole(join(folder, 'absent', 'report.html'), 'text').catch((error: unknown) => error);
    expect(failed).to.have.property('code', 'ENOENT');
    expect(readdirSync(folder)).to.deep.equal([]);
  });
});
