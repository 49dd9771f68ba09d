/** Tables as large as those that kept people waiting for ever: by the command, in a process of its own. */
import { spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import type { BenchOptions, BenchRow } from '../main.js';
import { peakMib } from './peak.js';

interface Large {
  readonly name: string;
  readonly rows: number;
  readonly format: 'parquet' | 'csv' | 'json';
  /** SQL of a column from its index and whether it is of the current side */
  readonly column: (index: number, isCurrent: boolean) => string;
  readonly columns: number;
  readonly mostMib: number;
}

/** Every tenth column is words; a fifth of the numbers has moved. */
const column = (index: number, isCurrent: boolean): string => {
  const shift = isCurrent && index % 5 === 0 ? 0.2 : 0;
  if (index % 10 === 9) return `'v' || CAST(floor(50 * pow(random(), ${2 - shift})) AS INTEGER)`;
  return index % 3 === 0 ? `round(-ln(1 - random()) + ${shift}, 6)` : `random() + random() + random() + ${shift}`;
};

const TABLES: readonly Large[] = [
  { name: '800 columns × 350 k rows, Parquet', rows: 350_000, columns: 800, format: 'parquet', column, mostMib: 2048 },
  { name: '2 GB of CSV, 20 columns × 6 M rows', rows: 6_000_000, columns: 20, format: 'csv', column, mostMib: 2048 },
];

const FORMATS = {
  parquet: 'FORMAT parquet, ROW_GROUP_SIZE 20480', // a group of 800 columns is held in memory as a whole
  csv: 'FORMAT csv, HEADER',
  json: 'FORMAT json',
} as const;

const generate = async (folder: string, { rows, columns, format, column: of }: Large): Promise<[string, string]> => {
  const instance = await DuckDBInstance.create(':memory:', {
    memory_limit: '3GB',
    threads: '1',
    preserve_insertion_order: 'false',
    temp_directory: join(folder, 'spill'),
  });
  const connection = await instance.connect();
  const paths: string[] = [];
  for (const side of ['reference', 'current']) {
    const path = join(folder, `large-${side}.${format}`);
    const cells = Array.from({ length: columns }, (_, i) => `${of(i, side === 'current')} AS x${i}`);
    await connection.run(`SELECT setseed(${side === 'current' ? 0.2 : 0.1})`);
    await connection.run(`COPY (SELECT ${cells.join(', ')} FROM range(${rows})) TO '${path}' (${FORMATS[format]})`);
    paths.push(path);
  }
  connection.closeSync();
  instance.closeSync();
  return paths as [string, string];
};

interface Finished {
  readonly ms: number;
  readonly peakMib: number;
  readonly saidProgress: boolean;
}

const compare = (paths: readonly string[]): Promise<Finished> =>
  new Promise((resolve, reject) => {
    const since = performance.now();
    const cli = join(import.meta.dirname, '../../apps/cli/main.ts');
    const child = spawn(process.execPath, ['--import', 'tsx', cli, 'drift', 'compare', ...paths, '--json'], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let [said, peak] = ['', 0];
    child.stderr.on('data', (text: Buffer) => (said += text.toString()));
    const watch = setInterval(() => {
      if (child.exitCode === null) peak = Math.max(peak, peakMib(child.pid));
    }, 200);
    child.once('close', (code) => {
      clearInterval(watch);
      if (code === 0) resolve({ ms: performance.now() - since, peakMib: peak, saidProgress: said.includes('…') });
      else reject(new Error(`the command ended with ${code}: ${said}`));
    });
  });

/** Minutes; left out with `--quick`. */
export const largeTables = async (folder: string, options: BenchOptions): Promise<BenchRow[]> => {
  if (options.quick) return [];
  const rows: BenchRow[] = [];
  for (const large of TABLES) {
    options.say(`making ${large.name} …`);
    const paths = await generate(folder, large);
    const { ms, peakMib: peak, saidProgress } = await compare(paths);
    for (const path of paths) rmSync(path);
    options.say(
      `${large.name}: ${(ms / 1000).toFixed(0)} s, at most ${peak.toFixed(0)} MiB, ${saidProgress ? 'with' : 'without'} progress`,
    );
    rows.push(
      { case: `ms of ${large.name}`, ours: ms, peer: null, ratio: 1, bar: null, holds: true },
      {
        case: `MiB of ${large.name}, at most`,
        ours: peak,
        peer: null,
        ratio: peak / large.mostMib,
        bar: large.mostMib,
        holds: peak <= large.mostMib && saidProgress,
      },
    );
  }
  return rows;
};
