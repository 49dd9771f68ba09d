/** Reports to render. */
import type { ColumnReport, DriftReport, DriftVerdict } from '../../core/drift/report.js';
import { driftReport } from '../../core/drift/drift-report.js';
import type { Column, Frame } from '../../core/frame.js';
import { profileFrame } from '../../core/profile/profile-frame.js';
import type { ReportContext } from '../../platform/report/drift-report.js';
import { distributionsOf } from '../../platform/report/distributions.js';

export const numbers = (values: readonly number[]): Column => ({ type: 'number', values: Float64Array.from(values) });

export const categories = (values: readonly string[]): Column => {
  const names = [...new Set(values)];
  return { type: 'category', categories: names, codes: Int32Array.from(values, (value) => names.indexOf(value)) };
};

export const profileOf = (columns: Record<string, Column>, rows: number) =>
  profileFrame({ rows, columns }, { from: null, to: null, chunkRows: rows });

/** mulberry32: the same numbers from 0 to 1 for the same seed. */
const chance = (seed: number) => () => {
  seed = (seed + 0x6d2b79f5) | 0;
  let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
  return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
};

const ROWS = 2000;

/** Every third column is of categories with long names, the others are of numbers that share no grid. */
const table = (columns: number, seed: number, shift: number): Frame => {
  const next = chance(seed);
  const one = (i: number): Column =>
    i % 3 === 2
      ? categories(Array.from({ length: ROWS }, () => `a category with a long name, number ${Math.floor(40 * next() ** (1 + shift))}`))
      : numbers(Array.from({ length: ROWS }, () => Math.log(next()) * 1234.5678 + (i % 2) * shift * 500));
  return { rows: ROWS, columns: Object.fromEntries(Array.from({ length: columns }, (_, i) => [`measurement_of_something_${i}`, one(i)])) };
};

const SETTINGS = { minShift: 0.1, falseAlarmRate: 0.05 };

/** A report that our own engine makes of two drawn tables, with all the pictures there can be. */
export const drawnReport = (columns: number): { report: DriftReport; context: ReportContext } => {
  const [before, after] = [table(columns, 1, 0), table(columns, 2, 1)];
  const [reference, current] = [before, after].map((frame) => profileFrame(frame, { from: null, to: null, chunkRows: ROWS }));
  return {
    report: driftReport(reference!, after, SETTINGS),
    context: {
      title: 'electricity',
      names: { reference: 'before.parquet', current: 'after.csv' },
      settings: SETTINGS,
      distributions: distributionsOf(reference!, current!),
    },
  };
};

export const column = (name: string, verdict: DriftVerdict, rest: Partial<ColumnReport> = {}): ColumnReport => ({
  name,
  type: 'number',
  verdict,
  effect: { name: 'ks_d', value: verdict === 'drift' ? 0.5 : 0.01, threshold: 0.1 },
  tests: [{ name: 'ks', statistic: 0.5, pValue: 0.0001, adjustedPValue: 0.0002 }],
  missing: { reference: 0, current: 0 },
  findings: [],
  minimumDetectable: 0.05,
  ...rest,
});

export const reportOf = (columns: readonly ColumnReport[], rest: Partial<DriftReport> = {}): DriftReport => ({
  schema: 'rekindle/drift-report/1',
  verdict: 'drift',
  recommendation: { retrain: true, reasons: ['demand has shifted.'] },
  reference: { rows: 1000 },
  current: { rows: 500 },
  columns: [...columns],
  findings: [],
  ...rest,
});
