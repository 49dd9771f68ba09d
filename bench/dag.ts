/**
 * The interpreter beside hand-written workflow code: same server, same workers, same bundle, taking turns.
 *
 * Ours pays for what a DAG run is more than its workflow: the spec pinned in history, checked inputs and outputs, a log for each
 * try, the last state written to the object store.
 */
import { chain, CHAIN, fan, FAN } from './dag/dags.js';
import { openStage, type Stage } from './dag/stage.js';
import { quietRuntime } from '../test/support/runtime.js';
import type { BenchOptions, BenchResult, BenchRow } from './main.js';

const BAR = 1.1;
const WARM_UP = 3;

const CASES = [
  { name: `chain of ${CHAIN}`, ours: chain, peer: 'chainByHand', size: CHAIN },
  { name: `fan-out 1→${FAN}→1`, ours: fan, peer: 'fanByHand', size: FAN },
] as const;

const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
};

/** Milliseconds of one run each. Who goes first alternates: the second one finds a warmer machine. */
const pairOf = async (stage: Stage, { ours, peer, size }: (typeof CASES)[number], turn: number): Promise<[ours: number, peer: number]> => {
  if (turn % 2 === 0) return [await stage.time(ours.id, {}), await stage.time(peer, size)];
  const theirs = await stage.time(peer, size);
  return [await stage.time(ours.id, {}), theirs];
};

const measure = async (stage: Stage, label: string, options: BenchOptions): Promise<BenchRow[]> => {
  const { repetitions = 15 } = options;
  const rows: BenchRow[] = [];
  for (const testCase of CASES) {
    const pairs: [ours: number, peer: number][] = [];
    for (let turn = -WARM_UP; turn < repetitions; turn++) {
      const pair = await pairOf(stage, testCase, turn);
      if (turn >= 0) pairs.push(pair);
    }
    const ratio = median(pairs.map(([ours, peer]) => ours / peer));
    const ours = median(pairs.map(([our]) => our));
    const peer = median(pairs.map(([, their]) => their));
    const row = { case: `${testCase.name}, ${label}`, ours, peer, ratio, bar: BAR, holds: ratio <= BAR };
    options.say(`${row.case}: ${ours.toFixed(0)} ms against ${peer.toFixed(0)} ms (${(ours / testCase.size).toFixed(1)} ms a task)`);
    rows.push(row);
  }
  return rows;
};

const onServer = async (label: string, file: boolean, options: BenchOptions): Promise<BenchRow[]> => {
  const stage = await openStage([chain, fan], { file });
  try {
    return await measure(stage, label, options);
  } finally {
    await stage.close();
  }
};

export const run = async (options: BenchOptions): Promise<BenchResult> => {
  quietRuntime(); // stdout belongs to the result
  const rows = [...(await onServer('server in memory', false, options)), ...(await onServer('server with its file', true, options))];
  return { name: 'dag', rows };
};
