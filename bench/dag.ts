/**
 * The interpreter beside hand-written workflow code: same server, same workers, same bundle, taking turns.
 *
 * Ours pays for what a DAG run is more than its workflow: the spec pinned in history, checked inputs and outputs, a log for each
 * try, the last state written to the object store.
 */
import { began, chain, CHAIN, diamond, DIAMONDS, fan, FAN, localChain, mapped, MAPPED, one } from './dag/dags.js';
import { decisionsPerSecond } from './dag/planner.js';
import { airflowHop, prefectHop } from './dag/peers.js';
import { openStage, type Stage } from './dag/stage.js';
import { quietRuntime } from '../test/support/runtime.js';
import type { BenchOptions, BenchResult, BenchRow } from './main.js';

/** Ours to the peer's time. */
const BAR = 1.1;
/** At least 0.9 of the peer's throughput. */
const THROUGHPUT_BAR = 1 / 0.9;
const LOCAL_HOP_MS = 2;
const FIRST_TASK_MS = 50;
const ITEMS_PER_SECOND = 200;
const DECISIONS_PER_SECOND = 1_000_000;
const WARM_UP = 3;

interface Case {
  readonly name: string;
  readonly bar: number;
  readonly tasks: number;
  readonly ours: (stage: Stage) => Promise<number>;
  readonly peer: (stage: Stage) => Promise<number>;
}

const timed = (name: string, bar: number, tasks: number, ours: string, peer: string, argument: unknown = {}): Case => ({
  name,
  bar,
  tasks,
  ours: (stage) => stage.time(ours, {}),
  peer: (stage) => stage.time(peer, argument),
});

/** From the call that starts a run to the first line of its first task. */
const toFirstTask = async (stage: Stage, type: string): Promise<number> => {
  began.length = 0;
  const since = performance.now();
  await stage.time(type, {});
  return began[0]! - since;
};

/** All at once; until the last one has ended. */
const together = async (stage: Stage, type: string): Promise<number> => {
  const since = performance.now();
  await Promise.all(Array.from({ length: DIAMONDS }, () => stage.time(type, {})));
  return performance.now() - since;
};

const CASES: readonly Case[] = [
  timed(`chain of ${CHAIN}`, BAR, CHAIN, chain.id, 'chainByHand', CHAIN),
  timed(`fan-out 1→${FAN}→1`, THROUGHPUT_BAR, FAN, fan.id, 'fanByHand', FAN),
  timed(`chain of ${CHAIN} local tasks`, BAR, CHAIN, localChain.id, 'localChainByHand', CHAIN),
  {
    name: `${DIAMONDS} diamonds at once`,
    bar: THROUGHPUT_BAR,
    tasks: DIAMONDS * 10,
    ours: (stage) => together(stage, diamond.id),
    peer: (stage) => together(stage, 'diamondByHand'),
  },
  {
    name: 'trigger to first task',
    bar: Infinity,
    tasks: 1,
    ours: (stage) => toFirstTask(stage, one.id),
    peer: (stage) => toFirstTask(stage, 'oneByHand'),
  },
];

const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
};

const cpuMs = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};

interface Measured {
  readonly ms: number;
  readonly cpu: number;
}
const measured = async (work: () => Promise<number>): Promise<Measured> => {
  const since = cpuMs();
  const ms = await work();
  return { ms, cpu: cpuMs() - since };
};

/** Who goes first alternates: the second one finds a warmer machine. */
const pairOf = async (stage: Stage, { ours, peer }: Case, turn: number): Promise<[ours: Measured, peer: Measured]> => {
  if (turn % 2 === 0) return [await measured(() => ours(stage)), await measured(() => peer(stage))];
  const theirs = await measured(() => peer(stage));
  return [await measured(() => ours(stage)), theirs];
};

const against = (name: string, ours: number, bar: number, isFloor = false): BenchRow => ({
  case: name,
  ours,
  peer: null,
  ratio: ours / bar,
  bar,
  holds: isFloor ? ours >= bar : ours <= bar,
});

/** What the numbers of a case say beside its ratio. */
const extraRows = (testCase: Case, label: string, ours: number): BenchRow[] => {
  if (testCase.name.includes('local')) return [against(`ms a hop of a local task, ${label}, at most`, ours / testCase.tasks, LOCAL_HOP_MS)];
  if (testCase.name.startsWith('trigger')) return [against(`ms from trigger to first task, ${label}, at most`, ours, FIRST_TASK_MS)];
  return [];
};

const measure = async (stage: Stage, label: string, options: BenchOptions): Promise<BenchRow[]> => {
  const { repetitions = 15 } = options;
  const rows: BenchRow[] = [];
  for (const testCase of CASES) {
    const pairs: [ours: Measured, peer: Measured][] = [];
    for (let turn = -WARM_UP; turn < repetitions; turn++) {
      const pair = await pairOf(stage, testCase, turn);
      if (turn >= 0) pairs.push(pair);
    }
    const ratio = median(pairs.map(([ours, peer]) => ours.ms / peer.ms));
    const ours = median(pairs.map(([our]) => our.ms));
    const peer = median(pairs.map(([, their]) => their.ms));
    const [ourCpu, theirCpu] = [median(pairs.map(([our]) => our.cpu)), median(pairs.map(([, their]) => their.cpu))];
    const bar = Number.isFinite(testCase.bar) ? testCase.bar : null;
    const row: BenchRow = { case: `${testCase.name}, ${label}`, ours, peer, ratio, bar, holds: ratio <= testCase.bar };
    options.say(
      `${row.case}: ${ours.toFixed(0)} ms against ${peer.toFixed(0)} ms (${(ours / testCase.tasks).toFixed(1)} ms a task); ` +
        `CPU of workers and client ${(ourCpu / testCase.tasks).toFixed(2)} against ${(theirCpu / testCase.tasks).toFixed(2)} ms a task`,
    );
    rows.push(row, ...extraRows(testCase, label, ours));
  }
  return rows;
};

/** Items a second, and what the process holds more after it than after a tenth of it. */
const large = async (stage: Stage, label: string, options: BenchOptions): Promise<BenchRow[]> => {
  await stage.time(mapped.id, { n: MAPPED / 10 });
  const mib = (): number => process.memoryUsage().rss / 2 ** 20;
  const before = mib();
  let most = before;
  const watch = setInterval(() => (most = Math.max(most, mib())), 200);
  const ms = await stage.time(mapped.id, { n: MAPPED });
  clearInterval(watch);
  const perSecond = MAPPED / (ms / 1000);
  options.say(
    `map of ${MAPPED}, ${label}: ${perSecond.toFixed(0)} items/s; RSS ${before.toFixed(0)} MiB before, at most ${most.toFixed(0)} MiB`,
  );
  return [
    against(`items/s of a map of ${MAPPED}, ${label}, at least`, perSecond, ITEMS_PER_SECOND, true),
    { case: `RSS at most / before, map of ${MAPPED}, ${label}`, ours: most, peer: null, ratio: most / before, bar: null, holds: true },
  ];
};

const onServer = async (label: string, file: boolean, options: BenchOptions): Promise<BenchRow[]> => {
  const stage = await openStage([chain, fan, localChain, diamond, one, mapped], { file });
  try {
    return [...(await measure(stage, label, options)), ...(file ? [] : await large(stage, label, options))];
  } finally {
    await stage.close();
  }
};

const planner = (options: BenchOptions): BenchRow[] => {
  const sizes = [100, 1_000, 10_000];
  const rates = sizes.map(decisionsPerSecond);
  sizes.forEach((size, i) => options.say(`planner, ${size} tasks: ${(rates[i]! / 1e6).toFixed(2)} M decisions/s`));
  return sizes.map((size, i) => against(`planner: decisions/s in a DAG of ${size} tasks, at least`, rates[i]!, DECISIONS_PER_SECOND, true));
};

/** Hops of ours beside those of others, each in its own best form. */
const others = async (rows: readonly BenchRow[], options: BenchOptions): Promise<BenchRow[]> => {
  const oursOf = (name: string): number => rows.find((row) => row.case === `${name}, server in memory`)!.ours / CHAIN;
  const beside = async (name: string, ours: number, bar: number | null, hop: () => Promise<number | undefined>): Promise<BenchRow[]> => {
    const peer = await hop();
    if (peer === undefined) {
      options.say(`${name}: not installed (npm run bench:peers)`);
      return [];
    }
    options.say(`${name}: a hop takes ${ours.toFixed(1)} ms against ${peer.toFixed(1)} ms`);
    return [{ case: `ms a hop, ${name}`, ours, peer, ratio: ours / peer, bar, holds: bar === null || ours / peer <= bar }];
  };
  return [
    ...(await beside('durable tasks, Airflow tuned on SQLite', oursOf(`chain of ${CHAIN}`), 1 / 20, airflowHop)),
    ...(await beside('local tasks, Prefect in one process', oursOf(`chain of ${CHAIN} local tasks`), null, prefectHop)),
  ];
};

export const run = async (options: BenchOptions): Promise<BenchResult> => {
  quietRuntime(); // stdout belongs to the result
  const rows = [
    ...planner(options),
    ...(await onServer('server in memory', false, options)),
    ...(await onServer('server with its file', true, options)),
  ];
  return { name: 'dag', rows: [...rows, ...(await others(rows, options))] };
};
