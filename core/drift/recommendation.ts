import type { DriftReport, DriftVerdict, TableTest } from './report.js';
import { EFFECT_NAMES, effectText, listed, pText, share } from './text.js';
import type { DriftSettings, JudgedColumn } from './verdict.js';
import { LITTLE_IMPORTANCE, weightsOf, type Weights } from './weights.js';

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

/** Said of a column that drifted and that the model hardly reads. */
const littleReason = (name: string, importance: Weights): string => {
  const carried = importance.share(name);
  return carried === null || carried >= LITTLE_IMPORTANCE
    ? ''
    : ` It carries ${share(carried)} of the model's importance: by itself it is no reason to retrain.`;
};

/** Columns that are not broken and have drifted: do they matter to the model? Those whose importance is not known do. */
const weighs = (shifted: readonly JudgedColumn[], importance: Weights): boolean => {
  const shares = shifted.map(({ name }) => importance.share(name));
  return shares.some((each) => each === null) || shares.reduce<number>((sum, each) => sum + each!, 0) >= LITTLE_IMPORTANCE;
};

/** Columns of little importance each, and enough together. */
const togetherReason = (shifted: readonly JudgedColumn[], importance: Weights): string[] => {
  const shares = shifted.map(({ name }) => importance.share(name));
  const sum = shares.reduce<number>((total, each) => total + (each ?? 1), 0);
  return shifted.length > 1 && sum >= LITTLE_IMPORTANCE && shares.every((each) => each !== null && each < LITTLE_IMPORTANCE)
    ? [`Together the drifted columns carry ${share(sum)} of the model's importance.`]
    : [];
};

/**
 * What to do, and why, in words. Faults of the data call for a repair, not for a retraining; columns that the model
 * hardly reads, as far as that is known, call for nothing.
 *
 * @param together tests of the whole table that say drift
 */
export const recommend = (
  verdict: DriftVerdict,
  columns: readonly JudgedColumn[],
  together: readonly TableTest[],
  rows: number,
  settings: DriftSettings,
): DriftReport['recommendation'] => {
  const importance = weightsOf(settings.importance);
  const drifted = columns.filter((column) => column.verdict === 'drift');
  const shifted = drifted.filter(({ cause }) => cause !== 'fault');
  const named = drifted
    .slice(0, MOST_REASONS)
    .map((column) => reasonOf(column) + (column.cause === 'fault' ? '' : littleReason(column.name, importance)));
  const more = drifted.length > MOST_REASONS ? [`${drifted.length - MOST_REASONS} more columns have drifted.`] : [];
  // where a column has drifted a learner sees that too: it adds nothing
  const unseen = drifted.length > 0 ? [] : together.map(({ text }) => text);
  const untested = untestedReason(columns, rows, settings);
  return {
    retrain: (shifted.length > 0 && weighs(shifted, importance)) || unseen.length > 0,
    reasons:
      verdict === 'drift'
        ? [...named, ...more, ...togetherReason(shifted, importance), ...unseen]
        : verdict === 'no_drift'
          ? [quietReason(columns), ...untested]
          : untested,
  };
};
