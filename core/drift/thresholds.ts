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

interface Strays {
  readonly name: string;
  readonly effects: readonly (number | null)[];
  /** how far the column strays as a rule: root mean square of the effects */
  readonly usual: number;
  /** the same of all chunks but this one, which is to a chunk what `usual` is to a window */
  readonly usualBut: (effect: number) => number;
}

const straysOf = (name: string, effects: readonly (number | null)[]): Strays => {
  const known = effects.filter((effect) => effect !== null);
  const squares = known.reduce((sum, effect) => sum + effect ** 2, 0);
  return {
    name,
    effects,
    usual: Math.sqrt(squares / Math.max(1, known.length)),
    usualBut: (effect) => Math.sqrt(Math.max(0, squares - effect ** 2) / Math.max(1, known.length - 1)),
  };
};

/** No column may stray farther than this many times what its farthest chunk does, however odd a chunk of another column is. */
const FARTHEST = 2;

/** Beyond, not at: where few values are possible many chunks share the largest. */
const BEYOND = 1 + 1e-9;

/**
 * Thresholds per column. `minShift` is what a person calls a shift; but a seasonal or autocorrelated stream strays that far by itself,
 * and p-values, which take rows as independent, do not know it. The reference does: its own chunks, each against the rest, are what
 * the stream does when nothing has changed.
 *
 * A window of many columns alarms when the worst of them does. So each effect is measured in how far its column strays as a rule, and a
 * chunk by its worst column among those that reach `minShift` at all. One more chunk, which is what a window is when nothing has changed,
 * lies beyond the k-th smallest of K with probability 1 − k/(K + 1), however many columns there are and however they hang together: with
 * the smallest k that brings it down to the rate, the k-th chunk says how many times its usual effect each column may stray.
 *
 * @param columns the columns that are compared
 * @see Westfall & Young, Resampling-Based Multiple Testing (1993), for the maximum over tests; Vovk et al., Algorithmic Learning in a
 *   Random World (2005), for K + 1
 */
export const thresholds = (
  chunkEffects: Profile['chunkEffects'],
  columns: readonly string[],
  minShift: number,
  falseAlarmRate: number,
): ReadonlyMap<string, Threshold> => {
  const effectsOf = new Map(Object.entries(chunkEffects));
  const strays = columns.map((name) => straysOf(name, effectsOf.get(name) ?? []));
  const chunks = Math.max(0, ...strays.map(({ effects }) => effects.length));
  if (chunks < fewestChunks(falseAlarmRate)) return new Map(columns.map((name) => [name, { value: minShift, chunks: null }]));

  const worst = Float64Array.from({ length: chunks }, (_, chunk) =>
    strays.reduce((most, { effects, usualBut }) => {
      const effect = effects[chunk] ?? 0;
      return effect < minShift ? most : Math.max(most, effect / usualBut(effect));
    }, 0),
  ).sort();
  const rank = Math.min(chunks, Math.ceil((chunks + 1) * (1 - falseAlarmRate) - 1e-9));
  const times = worst[rank - 1]! * BEYOND;
  return new Map(
    strays.map(({ name, effects, usual }) => {
      const farthest = effects.reduce<number>((most, effect) => Math.max(most, effect ?? 0), 0);
      const limit = farthest === 0 ? 0 : Math.min(1, FARTHEST * farthest, times * usual);
      return [name, limit > minShift ? { value: limit, chunks } : { value: minShift, chunks: null }];
    }),
  );
};
