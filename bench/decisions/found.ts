/** Shifts that must be found or passed over, among them each reproduced fault of a peer. */
import { driftReport } from '../../core/drift/drift-report.js';
import type { ColumnReport, DriftReport } from '../../core/drift/report.js';
import type { Column, Frame } from '../../core/frame.js';
import { profileFrame } from '../../core/profile/profile-frame.js';
import { SETTINGS } from './alarms.js';
import { drawsFrom } from './draws.js';

/** What is asked of one pair of tables; true when the verdict is the right one. */
export interface Decision {
  readonly name: string;
  readonly isRight: (seed: number) => boolean;
}

type Draw = (row: number) => number;

const numbers = (rows: number, draw: Draw): Column => ({ type: 'number', values: Float64Array.from({ length: rows }, (_, i) => draw(i)) });

const frame = (rows: number, columns: Record<string, Column>): Frame => ({ rows, columns });

const compare = (reference: Frame, current: Frame, minShift: number = SETTINGS.minShift): DriftReport =>
  driftReport(profileFrame(reference, { from: null, to: null, chunkRows: current.rows }), current, { ...SETTINGS, minShift });

const columnOf = (report: DriftReport, name: string): ColumnReport => report.columns.find((column) => column.name === name)!;

/** One column of normal numbers on each side. */
const pair = (seed: number, [n, m]: readonly [number, number], before: (z: number, row: number) => number, now = before) => {
  const { normal } = drawsFrom(seed);
  return {
    reference: frame(n, { x: numbers(n, (row) => before(normal(), row)), steady: numbers(n, normal) }),
    current: frame(m, { x: numbers(m, (row) => now(normal(), row)), steady: numbers(m, normal) }),
  };
};

const same = (z: number): number => z;
const shifted = (by: number) => (z: number) => z + by;

/** The column has drifted, and the one beside it has its own result. */
const finds = (report: DriftReport): boolean =>
  columnOf(report, 'x').verdict === 'drift' && columnOf(report, 'steady').verdict === 'no_drift';

const LEVELS = ['a', 'b', 'c', 'd', 'e', 'new'];
const levels = (rows: number, seed: number, fresh: number): Frame => {
  const { uniform } = drawsFrom(seed);
  const codes = Int32Array.from({ length: rows }, (_, row) => (row < fresh ? 5 : Math.floor(5 * uniform())));
  return frame(rows, { c: { type: 'category', categories: LEVELS, codes } });
};

export const SMALL_SHIFT = 0.05;

export const DECISIONS: readonly Decision[] = [
  {
    name: `shift of ${SMALL_SHIFT} sd, 100 k × 100 k, found with --min-shift 0.01`,
    isRight: (seed) => {
      const { reference, current } = pair(seed, [100_000, 100_000], same, shifted(SMALL_SHIFT));
      return columnOf(compare(reference, current, 0.01), 'x').verdict === 'drift';
    },
  },
  {
    name: `shift of ${SMALL_SHIFT} sd, 100 k × 100 k, significant and too small to matter`,
    isRight: (seed) => {
      const { reference, current } = pair(seed, [100_000, 100_000], same, shifted(SMALL_SHIFT));
      const { verdict, tests } = columnOf(compare(reference, current), 'x');
      return verdict === 'no_drift' && tests[0]!.adjustedPValue! < SETTINGS.falseAlarmRate;
    },
  },
  {
    name: 'shift of 2 sd behind one outlier of 1e6 in the reference (Evidently: PSI 0.00007)',
    isRight: (seed) => {
      const { reference, current } = pair(seed, [5001, 5000], (z, row) => (row === 0 ? 1e6 : z), shifted(2));
      const report = compare(reference, current);
      return finds(report) && Math.abs(columnOf(report, 'x').effect!.value - 0.68) < 0.03; // 2Φ(1) − 1
    },
  },
  {
    name: 'shift of 1 sd behind one outlier of 1e7, reference of 20,000 (NannyML: D 0.00005)',
    isRight: (seed) => {
      const { reference, current } = pair(seed, [20_000, 5000], (z, row) => (row === 0 ? 1e7 : z), shifted(1));
      const report = compare(reference, current);
      return finds(report) && Math.abs(columnOf(report, 'x').effect!.value - 0.38) < 0.03; // 2Φ(½) − 1
    },
  },
  {
    name: 'column gone 95 % missing (Evidently: dropped before the test)',
    isRight: (seed) => {
      const { reference, current } = pair(seed, [2000, 2000], same, (z, row) => (row % 20 === 0 ? z : NaN));
      const report = compare(reference, current);
      return finds(report) && columnOf(report, 'x').findings.some(({ code }) => code === 'missing_rate_changed');
    },
  },
  {
    name: 'empty column costs the others nothing (Evidently: no report at all)',
    isRight: (seed) => {
      const { reference, current } = pair(seed, [2000, 2000], same, () => NaN);
      const report = compare(reference, current);
      return finds(report) && columnOf(report, 'x').findings.some(({ code }) => code === 'column_empty');
    },
  },
  {
    name: 'a shift down is found like one up (Evidently MWU: p = 1)',
    isRight: (seed) =>
      [-1, 1].every((by) => {
        const { reference, current } = pair(seed, [1000, 1000], same, shifted(by));
        return finds(compare(reference, current));
      }),
  },
  {
    name: 'categories of sides of unequal size (Evidently G-test: ValueError)',
    isRight: (seed) => {
      const report = compare(levels(1000, seed, 0), levels(1200, seed + 1, 0));
      return columnOf(report, 'c').verdict === 'no_drift';
    },
  },
  {
    name: '12 of 600 rows of an unseen category: a finding with its share, and p is not 0 (Evidently chi²: p = 0)',
    isRight: (seed) => {
      const { findings, tests } = columnOf(compare(levels(5000, seed, 0), levels(600, seed + 1, 12)), 'c');
      return findings.some(({ code, text }) => code === 'new_categories' && text.startsWith('2.0 %')) && tests[0]!.pValue! > 1e-4;
    },
  },
  {
    name: 'shift of 1 sd in one column, window of 100 rows',
    isRight: (seed) => {
      const { reference, current } = pair(seed, [5000, 100], same, shifted(1));
      return columnOf(compare(reference, current), 'x').verdict === 'drift';
    },
  },
];
