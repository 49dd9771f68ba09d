/** From what a column shows to its verdict. */
import type { Evidence } from './evidence.js';
import type { ColumnReport, DriftVerdict, Finding } from './report.js';
import type { SeasonSettings } from './seasonal-reference.js';
import { effectText, share } from './text.js';
import type { Threshold } from './thresholds.js';

export interface DriftSettings {
  /** the smallest effect that matters, 0 to 1 */
  readonly minShift: number;
  /** accepted share of windows in which anything alarms although nothing changed */
  readonly falseAlarmRate: number;
  /** what the model makes of its columns, in any unit: the larger, the more it relies on one */
  readonly importance?: Readonly<Record<string, number>>;
  /** estimated loss per column, in one unit, such as a fall of the AUC */
  readonly harm?: Readonly<Record<string, number>>;
  /** compare with the reference's rows of the same hours or weekdays, where its profile has them */
  readonly season?: SeasonSettings;
  /** also test the columns together, where the reference's profile keeps rows */
  readonly multivariate?: boolean;
}

/** p-values after adjustment for all the tests that decide; null where there is no test. */
export interface Adjusted {
  readonly effect: number | null;
  readonly missing: number | null;
}

/** In fewer rows than this missing values prove nothing: the normal law of the test does not hold yet. */
const MISSING_FROM_ROWS = 10;

const significant = (p: number | null, rate: number): boolean => p !== null && p <= rate;

export interface JudgedColumn extends ColumnReport {
  /** what to say in the recommendation when the verdict is drift */
  readonly cause: 'shift' | 'missing' | 'fault' | null;
}

const missingFinding = ({ missing }: Evidence): Finding => ({
  code: 'missing_rate_changed',
  text: `${share(missing.current)} of the values are missing; in the reference ${share(missing.reference)} were.`,
});

const thresholdFinding = ({ value, chunks }: Threshold, minShift: number): Finding => ({
  code: 'threshold_calibrated',
  text: `The reference itself moves: its ${chunks} chunks stray up to this threshold, so it is ${effectText(value)} instead of ${effectText(minShift)}.`,
});

/**
 * Effect and significance together: a shift counts when it is large enough to matter *and* is not chance. When it does not count
 * although the rows are too few to see a shift that would, the answer is that nobody knows.
 *
 * @param alpha level of a single test after adjustment, for the smallest visible effect
 * @param rows of the current data
 */
export const judgeColumn = (
  evidence: Evidence,
  adjusted: Adjusted,
  threshold: Threshold,
  alpha: number,
  rows: number,
  { minShift, falseAlarmRate }: DriftSettings,
): JudgedColumn => {
  const { name, type, effect, missing, empty } = evidence;
  const missingCounts = rows >= MISSING_FROM_ROWS && significant(adjusted.missing, falseAlarmRate);
  const fault = evidence.fault ?? (missingCounts ? empty : null);
  const visible = evidence.smallestVisible(alpha);
  const shifted = effect !== null && effect.value >= threshold.value && significant(adjusted.effect, falseAlarmRate);
  const missingMoved = missingCounts && Math.abs(missing.current - missing.reference) >= minShift;
  const cause = fault ? 'fault' : shifted ? 'shift' : missingMoved ? 'missing' : null;
  const enough = effect !== null && visible <= minShift;
  const verdict: DriftVerdict = cause ? 'drift' : enough ? 'no_drift' : 'insufficient_data';
  const tests = [...evidence.tests, ...(evidence.missingTest ? [evidence.missingTest] : [])];
  return {
    name,
    type,
    verdict,
    effect: effect && { ...effect, threshold: threshold.value },
    tests: tests.map((test, i) => ({
      ...test,
      adjustedPValue: test === evidence.missingTest ? adjusted.missing : i === 0 ? adjusted.effect : null,
    })),
    missing,
    findings: [
      ...(evidence.fault ? [evidence.fault] : empty && rows > 0 ? [empty] : missingMoved ? [missingFinding(evidence)] : []),
      ...evidence.findings,
      ...(threshold.chunks === null ? [] : [thresholdFinding(threshold, minShift)]),
    ],
    minimumDetectable: Number.isFinite(visible) ? visible : null,
    cause,
  };
};
