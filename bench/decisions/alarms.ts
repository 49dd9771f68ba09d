/** How often a verdict is `drift` although nothing has changed. */
import { driftReport } from '../../core/drift/drift-report.js';
import type { Frame } from '../../core/frame.js';
import { profileFrame } from '../../core/profile/profile-frame.js';
import { drawsFrom, type Draws } from './draws.js';
import type { Source } from './tables.js';

export const SETTINGS = { minShift: 0.1, falseAlarmRate: 0.05 };

export interface AlarmCase {
  readonly name: string;
  readonly source: (draws: Draws) => Source;
  /** rows of the reference and of each window */
  readonly reference: number;
  readonly rows: number;
  /** each reference is drawn anew, and so are the windows that are compared with it */
  readonly references: number;
  readonly windows: number;
}

export interface Drawn {
  readonly reference: Frame;
  readonly windows: readonly Frame[];
}

/** One reference and its windows, the same ones for the same seed. */
export const draw = ({ source, reference, rows, windows }: AlarmCase, seed: number): Drawn => {
  const draws = drawsFrom(seed);
  const next = source(draws);
  return {
    reference: next(reference),
    windows: Array.from({ length: windows }, () => {
      next(Math.floor(rows * draws.uniform())); // windows begin at any time of a stream
      return next(rows);
    }),
  };
};

export interface Alarms {
  readonly windows: number;
  /** in which any column alarmed */
  readonly alarmed: number;
  /** columns that alarmed, of all windows together */
  readonly columns: number;
}

export const seedsOf = (name: string, references: number): number[] => {
  let seed = 0;
  for (const character of name) seed = Math.imul(31, seed) + character.codePointAt(0)!;
  return Array.from({ length: references }, (_, i) => Math.imul(seed + i, 0x9e3779b1));
};

/** As `rekindle drift compare` does it: thresholds are learnt from window-sized chunks of the reference where it has enough of them. */
export const falseAlarms = (testCase: AlarmCase): Alarms => {
  let [alarmed, columns] = [0, 0];
  for (const seed of seedsOf(testCase.name, testCase.references)) {
    const { reference, windows } = draw(testCase, seed);
    const profile = profileFrame(reference, { from: null, to: null, chunkRows: testCase.rows });
    for (const window of windows) {
      const report = driftReport(profile, window, SETTINGS);
      if (report.verdict === 'drift') alarmed++;
      columns += report.columns.filter(({ verdict }) => verdict === 'drift').length;
    }
  }
  return { windows: testCase.references * testCase.windows, alarmed, columns };
};
