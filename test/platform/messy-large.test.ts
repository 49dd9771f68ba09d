import { expect } from 'chai';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Frame } from '../../core/frame.js';
import { createInlineCompute } from '../../platform/compute/inline.js';
import { openSpilled, spill } from '../../platform/compute/spilled-frame.js';
import { compareFiles } from '../../platform/drift/compare-files.js';
import { csvOf, openMessyHouse, spread } from './messy-house.js';

const FRAME: Frame = {
  rows: 3,
  columns: {
    price: { type: 'number', values: Float64Array.of(1.5, NaN, -Infinity) },
    'a/b "c"': { type: 'category', codes: Int32Array.of(1, -1, 0), categories: ['x', 'y'] },
  },
};

describe('tables that are not held in memory', () => {
  it('come back from their files as they were', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'rekindle-spill-'));
    try {
      const spilled = await spill(FRAME, folder, 7);
      expect(readdirSync(folder)).to.have.members(['column-7', 'column-8']);
      const { columns } = openSpilled({ rows: FRAME.rows, spilled });
      expect({ ...columns['price'] }).to.deep.equal({ ...FRAME.columns['price'] });
      expect({ ...columns['a/b "c"'] }).to.deep.equal({ ...FRAME.columns['a/b "c"'] });
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it('are judged as those that are', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'rekindle-spill-'));
    try {
      const compute = createInlineCompute();
      const side = (shift: number): Frame => ({
        rows: 2000,
        columns: {
          still: { type: 'number', values: Float64Array.from({ length: 2000 }, (_, i) => spread(i)) },
          moved: { type: 'number', values: Float64Array.from({ length: 2000 }, (_, i) => spread(i) + shift) },
          word: { type: 'category', codes: Int32Array.from({ length: 2000 }, (_, i) => i % 3), categories: ['a', 'b', 'c'] },
        },
      });
      const reference = await compute.profile(side(0), { from: null, to: null, chunkRows: Infinity });
      const settings = { minShift: 0.1, falseAlarmRate: 0.05 };
      const held = await compute.drift(reference, side(0.3), settings);
      const spilled = await compute.drift(reference, { rows: 2000, spilled: await spill(side(0.3), folder, 0) }, settings);
      expect(spilled).to.deep.equal(held);
      expect(held.verdict).to.equal('drift');
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it('are read some columns at a time when they have many cells', async () => {
    const house = openMessyHouse();
    try {
      const names = Array.from({ length: 30 }, (_, i) => `x${i}`);
      const rows = (shift: number) => (i: number) => names.map((_, k) => (spread(i + k) + (k === 21 ? shift : 0)).toFixed(3)).join(',');
      const reference = house.file('reference.csv', csvOf(names.join(','), 1000, rows(0)));
      const current = house.file('current.csv', csvOf(names.join(','), 1000, rows(0.4)));
      const said: string[] = [];
      const options = { minShift: 0.1, falseAlarmRate: 0.05, computeFor: () => Promise.resolve(createInlineCompute()) };
      const held = await compareFiles(reference, current, options);
      const read = await compareFiles(reference, current, { ...options, cellsAtOnce: 7000, onProgress: (what) => void said.push(what) });
      expect(read).to.deep.equal(held);
      expect(read.report.columns.filter(({ verdict }) => verdict === 'drift').map(({ name }) => name)).to.deep.equal(['x21']);
      expect(said.filter((what) => what.startsWith('Profiling'))).to.have.length(5);
    } finally {
      house.close();
    }
  });
});
