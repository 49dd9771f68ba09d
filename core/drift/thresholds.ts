import type { Profile } from '../profile/profile.js';

/** How large an effect must be to matter, and what says so. */
export interface Threshold {
  readonly value: number;
  /** chunks of the reference that raised it over `minShift`; null when `minShift` rules */
  readonly chunks: number | null;
}

/**
 * Fewest chunks to learn a threshold from. With fewer than 1/rate of them the share of alarms that is allowed is less than one chunk, so
 * the chunks could only say what their maximum is, not what is exceeded that rarely.
 */
export const fewestChunks = (falseAlarmRate: number): number => Math.ceil(1 / falseAlarmRate - 1e-9);

/** The r-th largest value (from 1), nulls left out; 0 when there are fewer. */
const nthLargest = (effects: readonly (number | null)[], r: number): number =>
  effects.filter((effect) => effect !== null).sort((a, b) => b - a)[r - 1] ?? 0;

/**
 * Thresholds per column. `minShift` is what a person calls a shift; but a seasonal or autocorrelated stream strays that far by itself,
 * and p-values, which take rows as independent, do not know it. The reference does: its own chunks, each against the rest, are what
 * the stream does when nothing has changed. So a threshold is the larger of `minShift` and the effect that the chunks exceed in a
 * share of at most `falseAlarmRate`: their (1 − rate) quantile. With several columns the quantile is raised until the share of *chunks
 * in which any column alarms* is within the rate, for a table with many columns would otherwise alarm almost always.
 *
 * @param columns the columns that are compared
 */
export const thresholds = (
  chunkEffects: Profile['chunkEffects'],
  columns: readonly string[],
  minShift: number,
  falseAlarmRate: number,
): ReadonlyMap<string, Threshold> => {
  const effectsOf = new Map(Object.entries(chunkEffects));
  const calibrated = columns.map((name) => ({ name, effects: effectsOf.get(name) ?? [] }));
  const chunks = Math.max(0, ...calibrated.map(({ effects }) => effects.length));
  const plain = new Map<string, Threshold>(columns.map((name) => [name, { value: minShift, chunks: null }]));
  if (chunks < fewestChunks(falseAlarmRate)) return plain;

  const allowed = Math.floor(falseAlarmRate * chunks + 1e-9);
  for (let r = allowed + 1; r >= 1; r--) {
    const limits = calibrated.map(({ name, effects }) => ({ name, effects, limit: Math.max(minShift, nthLargest(effects, r)) }));
    const alarms = Array.from({ length: chunks }, (_, chunk) => limits.some(({ effects, limit }) => (effects[chunk] ?? 0) > limit)).filter(
      Boolean,
    ).length;
    if (alarms > allowed) continue;
    return new Map(limits.map(({ name, limit }) => [name, { value: limit, chunks: limit > minShift ? chunks : null }]));
  }
  return plain; // not reached: above the largest effects (r = 1) no chunk alarms
};
