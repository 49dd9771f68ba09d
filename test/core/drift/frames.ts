/** Small tables for tests of verdicts. */
import { driftReport, type DriftSettings } from '../../../core/drift/drift-report.js';
import { DriftReport } from '../../../core/drift/report.js';
import type { Column, Frame } from '../../../core/frame.js';
import { profileFrame } from '../../../core/profile/profile-frame.js';
import { mulberry32 } from '../../../core/statistics/random.js';

/** Sums of twelve uniforms minus six: near normal, from −6 to 6. */
export const normals = (seed: number): (() => number) => {
  const random = mulberry32(seed);
  return () => {
    let sum = -6;
    for (let i = 0; i < 12; i++) sum += random();
    return sum;
  };
};

export const numbers = (n: number, draw: (i: number) => number): Column => ({
  type: 'number',
  values: Float64Array.from({ length: n }, (_, i) => draw(i)),
});

export const categories = (n: number, names: readonly string[], draw: (i: number) => number): Column => ({
  type: 'category',
  categories: names,
  codes: Int32Array.from({ length: n }, (_, i) => draw(i)),
});

export const frame = (columns: Record<string, Column>): Frame => {
  const [first] = Object.values(columns);
  return { rows: first ? (first.type === 'number' ? first.values : first.codes).length : 0, columns };
};

export const SETTINGS: DriftSettings = { minShift: 0.1, falseAlarmRate: 0.05 };

/** The report as it is read back from JSON, checked against its schema; the reference learns nothing of windows unless told. */
export const compare = (reference: Frame, current: Frame, settings: DriftSettings = SETTINGS, chunkRows = Infinity): DriftReport =>
  DriftReport.parse(
    JSON.parse(JSON.stringify(driftReport(profileFrame(reference, { from: null, to: null, chunkRows }), current, settings))),
  );

export const columnOf = (report: DriftReport, name: string): DriftReport['columns'][number] =>
  report.columns.find((column) => column.name === name)!;

export const codesOf = (report: DriftReport, name: string): string[] => columnOf(report, name).findings.map(({ code }) => code);
