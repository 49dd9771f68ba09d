/** Can a verdict be trusted? Seeded tables in which nothing changes, and shifts of which it is known whether they matter. */
import { isUndefined } from '../core/statistics/undefined.js';
import { wilsonInterval } from '../core/statistics/wilson.js';
import { falseAlarms, type AlarmCase } from './decisions/alarms.js';
import { DECISIONS } from './decisions/found.js';
import { peerAlarms } from './decisions/peers.js';
import { autocorrelated, daily, independent, type Source } from './decisions/tables.js';
import type { Draws } from './decisions/draws.js';
import type { BenchOptions, BenchResult, BenchRow } from './main.js';

/** Of 100 windows in which nothing has changed, at most so many may alarm. */
const ALARM_BAR = 5;
/** Of 100 windows whose verdict is known, at least so many must have it. */
const RIGHT_BAR = 95;
/** Tables of each decision. */
const DECISION_SEEDS = 20;

interface Alarming {
  readonly of: AlarmCase;
  readonly withPeers: boolean;
}

const alarming = (
  kind: string,
  source: (draws: Draws) => Source,
  [reference, rows]: readonly [number, number],
  [references, windows]: readonly [number, number],
  withPeers = false,
): Alarming => ({
  of: {
    name: `${kind}, ${reference.toLocaleString('en-US')} × ${rows.toLocaleString('en-US')}`,
    source,
    reference,
    rows,
    references,
    windows,
  },
  withPeers,
});

const memory = (draws: Draws): Source => autocorrelated(draws, 0.9);

const CASES: readonly Alarming[] = [
  alarming('independent rows', independent, [5000, 50], [20, 15], true),
  alarming('independent rows', independent, [5000, 100], [20, 15], true),
  alarming('independent rows', independent, [5000, 200], [20, 15], true),
  alarming('independent rows', independent, [5000, 500], [20, 10], true),
  alarming('independent rows', independent, [5000, 1000], [20, 5], true),
  alarming('independent rows', independent, [1000, 200], [20, 15]),
  alarming('independent rows', independent, [100_000, 100_000], [2, 1]),
  alarming('AR(1) 0.9', memory, [20_000, 1000], [30, 10]),
  alarming('AR(1) 0.9', memory, [33_600, 336], [30, 10]),
  alarming('daily cycle', daily, [6720, 336], [30, 10]),
  alarming('daily cycle', daily, [5000, 50], [30, 10]),
];

type Say = (line: string) => void;

const percent = (share: number): number => 100 * share;

const alarmRows = async ({ of, withPeers }: Alarming, scale: number, say: Say): Promise<BenchRow[]> => {
  const testCase = { ...of, references: Math.max(1, Math.round(of.references * scale)) };
  const { alarmed, windows } = falseAlarms(testCase);
  const ours = percent(alarmed / windows);
  const interval = wilsonInterval(alarmed, windows);
  const [low, high] = isUndefined(interval) ? [0, 1] : interval;
  say(
    `${of.name}: ${alarmed} of ${windows} windows alarmed, ${ours.toFixed(1)} % (95 % interval ${percent(low).toFixed(1)} to ${percent(high).toFixed(1)} %)`,
  );
  const row: BenchRow = {
    case: `% of windows with any alarm, ${of.name}, at most`,
    ours,
    peer: null,
    ratio: ours / ALARM_BAR,
    bar: ALARM_BAR,
    holds: ours <= ALARM_BAR,
  };
  const peers = withPeers ? await peerAlarms({ ...testCase, references: Math.min(testCase.references, 8) }) : undefined;
  if (peers === undefined) return [row];
  say(`  Evidently ${percent(peers.evidently).toFixed(1)} %, NannyML ${percent(peers.nannyml).toFixed(1)} %`);
  const beside = (name: string, share: number): BenchRow => ({
    case: `% of windows with any alarm, ${of.name}, ${name}`,
    ours,
    peer: percent(share),
    ratio: share === 0 ? 1 : ours / percent(share),
    bar: null,
    holds: true,
  });
  return [row, beside('Evidently', peers.evidently), beside('NannyML', peers.nannyml)];
};

const decisionRows = (seeds: number, say: Say): BenchRow[] =>
  DECISIONS.map(({ name, isRight }) => {
    const right = Array.from({ length: seeds }, (_, seed) => isRight(Math.imul(seed + 1, 0x9e3779b1))).filter(Boolean).length;
    const ours = percent(right / seeds);
    say(`${name}: right in ${right} of ${seeds}`);
    return { case: `% right: ${name}`, ours, peer: null, ratio: ours / RIGHT_BAR, bar: RIGHT_BAR, holds: ours >= RIGHT_BAR };
  });

/** `repetitions`: tables of each decision, 20 unless given; the references of false alarms grow with it. */
export const run = async (options: BenchOptions): Promise<BenchResult> => {
  const seeds = options.repetitions ?? DECISION_SEEDS;
  const say: Say = (line) => options.say(line);
  const rows = decisionRows(seeds, say);
  for (const testCase of CASES) rows.push(...(await alarmRows(testCase, seeds / DECISION_SEEDS, say)));
  return { name: 'decisions', rows };
};
