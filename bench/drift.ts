/**
 * The library of drift beside scipy, scikit-learn, NannyML and Evidently: each a process of its own that is warm, asked in turns. Ours is
 * one thread of JavaScript, and DuckDB for the tables.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { largeTables } from './drift/large.js';
import { openSide, type Answer, type Side } from './drift/side.js';
import type { BenchOptions, BenchResult, BenchRow } from './main.js';
import { pythonOf } from './peers/install.mjs';

type Library = 'scipy' | 'evidently' | 'nannyml';
type Group = 'arrays' | 'cbpe' | 'table';

interface Case {
  readonly name: string;
  readonly group: Group;
  readonly ours: string;
  readonly library: Library;
  readonly peer: string;
  /** ours to the peer's time */
  readonly bar: number;
  /** share of the repetitions: what takes a peer many seconds is done less often */
  readonly share: number;
}

const CASES: readonly Case[] = [
  { name: 'KS 1e6 × 1e6, scipy asymp', group: 'arrays', ours: 'ks', library: 'scipy', peer: 'ks', bar: 1 / 5, share: 1 },
  {
    name: 'KS 1e6 × 1e6, stored reference, scipy asymp',
    group: 'arrays',
    ours: 'ks-stored',
    library: 'scipy',
    peer: 'ks',
    bar: 1 / 8,
    share: 1,
  },
  { name: 'PSI 1e6, deciles, numpy', group: 'arrays', ours: 'psi', library: 'scipy', peer: 'psi', bar: 1, share: 1 },
  { name: 'ROC-AUC 1e6, scikit-learn', group: 'arrays', ours: 'auc', library: 'scipy', peer: 'auc', bar: 1 / 4.5, share: 1 },
  { name: 'CBPE 100 k + 100 k, NannyML', group: 'cbpe', ours: 'cbpe', library: 'nannyml', peer: 'cbpe', bar: 1 / 5, share: 1 },
  {
    name: 'table 25 × 100 k, Parquet, Evidently',
    group: 'table',
    ours: 'table',
    library: 'evidently',
    peer: 'table',
    bar: 1 / 15,
    share: 0.4,
  },
  { name: 'table 25 × 100 k, Parquet, NannyML', group: 'table', ours: 'table', library: 'nannyml', peer: 'table', bar: 1 / 5, share: 1 },
  {
    name: 'table 25 × 100 k, Parquet, scipy by hand',
    group: 'table',
    ours: 'table',
    library: 'scipy',
    peer: 'table',
    bar: Infinity,
    share: 1,
  },
];

const WARM_UP = 2;
const TABLE_MS = 350;
const TABLE_MIB = 400;

const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
};

/** Who goes first alternates: the second one finds a warmer machine. */
const pairsOf = async (ours: Side, peer: Side, testCase: Case, repetitions: number): Promise<[ours: Answer, peer: Answer][]> => {
  const pairs: [Answer, Answer][] = [];
  for (let turn = -WARM_UP; turn < repetitions; turn++) {
    const first = turn % 2 === 0 ? await ours.run(testCase.ours) : undefined;
    const theirs = await peer.run(testCase.peer);
    const pair: [Answer, Answer] = [first ?? (await ours.run(testCase.ours)), theirs];
    if (turn >= 0) pairs.push(pair);
  }
  return pairs;
};

const against = (name: string, ours: number, bar: number): BenchRow => ({
  case: name,
  ours,
  peer: null,
  ratio: ours / bar,
  bar,
  holds: ours <= bar,
});

const measure = async (sides: Sides, testCase: Case, options: BenchOptions): Promise<{ row: BenchRow; ours: Answer[] }> => {
  const [ours, peer] = [await sides.ours(testCase.group), await sides.peer(testCase.library)];
  const pairs = await pairsOf(ours, peer, testCase, Math.max(3, Math.round((options.repetitions ?? 11) * testCase.share)));
  const of = (side: 0 | 1, what: keyof Answer): number => median(pairs.map((pair) => pair[side][what]));
  const ratio = median(pairs.map(([our, their]) => our.ms / their.ms));
  const bar = Number.isFinite(testCase.bar) ? testCase.bar : null;
  options.say(
    `${testCase.name}: ${of(0, 'ms').toFixed(1)} ms against ${of(1, 'ms').toFixed(1)} ms, ${(1 / ratio).toFixed(1)} × as fast; ` +
      `CPU ${of(0, 'cpuMs').toFixed(1)} against ${of(1, 'cpuMs').toFixed(1)} ms; at most ${pairs.at(-1)![0].peakMib.toFixed(0)} against ${pairs.at(-1)![1].peakMib.toFixed(0)} MiB`,
  );
  const row: BenchRow = { case: testCase.name, ours: of(0, 'ms'), peer: of(1, 'ms'), ratio, bar, holds: ratio <= testCase.bar };
  return { row, ours: pairs.map(([our]) => our) };
};

interface Sides {
  ours(group: Group): Promise<Side>;
  peer(library: Library): Promise<Side>;
  close(): Promise<void>;
}

/** Each is opened when it is first needed. */
const openSides = (python: string, folder: string): Sides => {
  const open = new Map<string, Promise<Side>>();
  const one = (name: string, start: () => Promise<Side>): Promise<Side> => {
    const side = open.get(name) ?? start();
    open.set(name, side);
    return side;
  };
  const ours = join(import.meta.dirname, 'drift/ours.ts');
  const peer = join(import.meta.dirname, 'peers/drift_peer.py');
  return {
    ours: (group) => one(group, () => openSide(process.execPath, ['--import', 'tsx', ours, group, folder])),
    peer: (library) => one(library, () => openSide(python, ['-W', 'ignore', peer, library, folder])),
    close: async () => void (await Promise.all([...open.values()].map(async (side) => (await side).close()))),
  };
};

const withPeers = async (python: string, folder: string, options: BenchOptions): Promise<BenchRow[]> => {
  execFileSync(python, [join(import.meta.dirname, 'peers/drift_data.py'), folder], { stdio: 'inherit' });
  const sides = openSides(python, folder);
  const rows: BenchRow[] = [];
  const tables: Answer[] = [];
  try {
    for (const testCase of CASES) {
      const { row, ours } = await measure(sides, testCase, options);
      rows.push(row);
      if (testCase.group === 'table') tables.push(...ours);
    }
  } finally {
    await sides.close();
  }
  return [
    ...rows,
    against('ms of the table, at most', median(tables.map(({ ms }) => ms)), TABLE_MS),
    against('MiB of the process that compares the table, at most', Math.max(...tables.map(({ peakMib }) => peakMib)), TABLE_MIB),
  ];
};

export const run = async (options: BenchOptions): Promise<BenchResult> => {
  const python = pythonOf('drift');
  if (python === undefined) throw new Error('The peers are not installed: npm run bench:peers -- drift');
  const folder = mkdtempSync(join(tmpdir(), 'rekindle-bench-'));
  try {
    return { name: 'drift', rows: [...(await withPeers(python, folder, options)), ...(await largeTables(folder, options))] };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};
