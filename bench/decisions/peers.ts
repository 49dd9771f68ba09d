/** The same tables before the peers: written as they are, column by column, for a script of their own. */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Frame } from '../../core/frame.js';
import { pythonOf } from '../peers/install.mjs';
import { draw, seedsOf, type AlarmCase } from './alarms.js';
import { LEVELS, NUMBERS } from './tables.js';

/** Shares of windows with any alarm. */
export interface PeerAlarms {
  readonly evidently: number;
  readonly nannyml: number;
}

/** One column after the other; a category is its number. */
const write = (path: string, frames: readonly Frame[]): void => {
  const names = Object.keys(frames[0]!.columns);
  const rows = frames.reduce((sum, frame) => sum + frame.rows, 0);
  const values = new Float64Array(names.length * rows);
  let at = 0;
  for (const name of names)
    for (const { columns } of frames) {
      const column = columns[name]!;
      values.set(column.type === 'number' ? column.values : column.codes, at);
      at += column.type === 'number' ? column.values.length : column.codes.length;
    }
  writeFileSync(path, values);
};

/** @returns undefined if the peers are not installed; `npm run bench:peers` does it */
export const peerAlarms = async (testCase: AlarmCase): Promise<PeerAlarms | undefined> => {
  const python = pythonOf('drift');
  if (python === undefined) return undefined;
  const folder = mkdtempSync(join(tmpdir(), 'rekindle-decisions-'));
  try {
    const files = seedsOf(testCase.name, testCase.references).map((seed, i) => {
      const { reference, windows } = draw(testCase, seed);
      const path = join(folder, `${i}.f64`);
      write(path, [reference, ...windows]);
      return path;
    });
    const { reference, rows, windows } = testCase;
    const job = { reference, rows, windows, numbers: NUMBERS, levels: LEVELS.length, files };
    writeFileSync(join(folder, 'job.json'), JSON.stringify(job));
    const script = new URL('../peers/decisions_alarms.py', import.meta.url).pathname;
    const { stdout } = await promisify(execFile)(python, [script, join(folder, 'job.json')], { maxBuffer: 2 ** 26 });
    return JSON.parse(stdout.trim().split('\n').at(-1)!) as PeerAlarms;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};
