import type { DriftReport, DriftVerdict } from './report.js';
import { EFFECT_NAMES, effectText, listed, pText, share } from './text.js';
import type { DriftSettings, JudgedColumn } from './verdict.js';

const MOST_REASONS = 5;

const shiftReason = ({ name, effect, tests }: JudgedColumn): string => {
  const p = tests[0]?.adjustedPValue ?? null;
  const size = `${EFFECT_NAMES[effect!.name]} ${effectText(effect!.value)}, and from ${effectText(effect!.threshold)} on it matters`;
  return `${name} has shifted: ${size}${p === null ? '' : ` (${pText(p)})`}.`;
};

const reasonOf = (column: JudgedColumn): string => {
  switch (column.cause) {
    case 'fault':
      return `${column.name} is broken: ${column.findings[0]!.text} Repair the source; retraining does not.`;
    case 'missing':
      return `${column.name} has shifted: ${share(column.missing.current)} of its values are missing, ${share(column.missing.reference)} were in the reference.`;
    default:
      return shiftReason(column);
  }
};

const largest = (columns: readonly JudgedColumn[]): JudgedColumn | undefined =>
  columns
    .filter(({ effect }) => effect !== null)
    .reduce<JudgedColumn | undefined>((worst, next) => (worst && worst.effect!.value >= next.effect!.value ? worst : next), undefined);

const quietReason = (columns: readonly JudgedColumn[]): string => {
  const worst = largest(columns.filter(({ verdict }) => verdict === 'no_drift'));
  if (!worst?.effect) return 'No column has shifted.';
  const { name, value, threshold } = worst.effect;
  return `No column has shifted: the largest move is ${worst.name}'s, ${EFFECT_NAMES[name]} ${effectText(value)}, and it matters from ${effectText(threshold)} on.`;
};

const untestedReason = (columns: readonly JudgedColumn[], rows: number, { minShift }: DriftSettings): string[] => {
  const untested = columns.filter(({ verdict }) => verdict === 'insufficient_data');
  if (untested.length === 0) return [];
  const visible = untested.flatMap(({ minimumDetectable }) => (minimumDetectable === null ? [] : [minimumDetectable]));
  const atThisSize =
    visible.length === 0
      ? 'there is nothing to compare'
      : Math.min(...visible) > 1
        ? `${rows} rows show no shift at all for certain`
        : `with ${rows} rows a shift is seen for certain only from ${effectText(Math.min(...visible))} on, and ${effectText(minShift)} would matter`;
  return [`Not enough data for ${listed(untested.map(({ name }) => name))}: ${atThisSize}.`];
};

/** What to do, and why, in words. Faults of the data call for a repair, not for a retraining. */
export const recommend = (
  verdict: DriftVerdict,
  columns: readonly JudgedColumn[],
  rows: number,
  settings: DriftSettings,
): DriftReport['recommendation'] => {
  const drifted = columns.filter((column) => column.verdict === 'drift');
  const more = drifted.length > MOST_REASONS ? [`${drifted.length - MOST_REASONS} more columns have drifted.`] : [];
  const untested = untestedReason(columns, rows, settings);
  return {
    retrain: drifted.some(({ cause }) => cause !== 'fault'),
    reasons:
      verdict === 'drift'
        ? [...drifted.slice(0, MOST_REASONS).map(reasonOf), ...more]
        : verdict === 'no_drift'
          ? [quietReason(columns), ...untested]
          : untested,
  };
};
