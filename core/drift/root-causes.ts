/** Which of the drifted columns matter most. */
import type { RootCause } from './report.js';
import { effectText, share, valueText } from './text.js';
import type { DriftSettings, JudgedColumn } from './verdict.js';
import { weightsOf } from './weights.js';

/**
 * Most times its threshold that a move counts. At the default `minShift` of 0.1 it is a column with nothing in common with its reference;
 * a tiny threshold would let any small move outweigh all importance.
 */
const MOST_TIMES = 10;

const times = (value: number, threshold: number): number => Math.min(MOST_TIMES, threshold > 0 ? value / threshold : MOST_TIMES);

/** How many times as far as matters the column has moved, by its effect or its missing values, whichever is further. */
const driftOf = ({ cause, effect, missing }: JudgedColumn, { minShift }: DriftSettings): number => {
  if (cause === 'fault') return MOST_TIMES;
  const byMissing = cause === 'missing' ? times(Math.abs(missing.current - missing.reference), minShift) : 0;
  return Math.max(byMissing, effect === null ? 0 : times(effect.value, effect.threshold));
};

const textOf = (column: JudgedColumn, drift: number, importance: number | null, harm: number | null): string => {
  const moved =
    column.cause === 'fault'
      ? `${column.name} is broken`
      : `${column.name} has moved ${effectText(drift)}${drift === MOST_TIMES ? ' or more' : ''} times as far as matters`;
  const weighs = importance === null ? [] : [`carries ${share(importance)} of the model's importance`];
  const costs = harm === null ? [] : [`is estimated to cost ${valueText(harm)}`];
  const parts = [moved, ...weighs, ...costs];
  return `${parts.length < 3 ? parts.join(' and ') : `${parts[0]}, ${parts[1]} and ${parts[2]}`}.`;
};

/**
 * The drifted columns, ranked by drift × importance × harm: drift in times of the threshold, at most 10; importance and harm as shares of
 * the largest known, 1 where they are not known. So without importance and harm the ranking is that of the moves alone.
 *
 * @param columns worst first, which decides between equals
 */
export const rootCausesOf = (columns: readonly JudgedColumn[], settings: DriftSettings): RootCause[] => {
  const [importance, harm] = [weightsOf(settings.importance), weightsOf(settings.harm)];
  return columns
    .filter(({ verdict }) => verdict === 'drift')
    .map((column) => {
      const drift = driftOf(column, settings);
      const [weight, cost] = [importance.relative(column.name) ?? 1, harm.relative(column.name) ?? 1];
      const carried = importance.share(column.name);
      const estimated = harm.given(column.name);
      return {
        cause: {
          column: column.name,
          score: drift * weight * cost,
          drift,
          importance: carried,
          harm: estimated,
          text: textOf(column, drift, carried, estimated),
        },
        unharmed: drift * weight,
      };
    })
    .sort((a, b) => b.cause.score - a.cause.score || b.unharmed - a.unharmed || b.cause.drift - a.cause.drift)
    .map(({ cause }) => cause);
};
