/** How much a column weighs: what the model makes of it, and what its move is estimated to cost. */
import { present } from '../profile/number-profile.js';
import type { ColumnProfile, Profile } from '../profile/profile.js';

/** Drifted columns that together carry less of the model's importance than this call for no retraining. */
export const LITTLE_IMPORTANCE = 0.01;

export interface Weights {
  /** share of all the columns' importance, 0 to 1; null when it is not known */
  readonly share: (column: string) => number | null;
  /** 1 for the largest, 0 for nothing; null when it is not known */
  readonly relative: (column: string) => number | null;
  /** as it was given; null when it was not */
  readonly given: (column: string) => number | null;
}

/**
 * A column that is not in the record is unknown, not weightless: the record of a model names its features, while a table may also have the
 * score or the target. Measured importance is a little below 0 by chance where there is none, and counts as 0; when nothing is above 0,
 * nothing is known.
 */
export const weightsOf = (record: Readonly<Record<string, number>> | undefined): Weights => {
  const given = new Map(Object.entries(record ?? {}).filter(([, value]) => Number.isFinite(value)));
  const positive = [...given.values()].filter((value) => value > 0);
  const total = positive.reduce((sum, value) => sum + value, 0);
  const largest = positive.reduce((most, value) => Math.max(most, value), 0);
  const per = (column: string, unit: number): number | null => {
    const value = given.get(column);
    return value === undefined || unit === 0 ? null : Math.max(0, value) / unit;
  };
  return {
    share: (column) => per(column, total),
    relative: (column) => per(column, largest),
    given: (column) => given.get(column) ?? null,
  };
};

/** A value that so many of the reference's rows have leaves too few others to learn from. */
const NEARLY_ALL = 0.99;

const largestShare = (column: ColumnProfile): number => {
  const n = present(column);
  if (n === 0) return 1;
  const counts =
    column.type === 'number' ? column.cumulative.map((rows, i) => rows - (column.cumulative[i - 1] ?? 0)) : Object.values(column.counts);
  return counts.reduce((most, rows) => Math.max(most, rows), 0) / n;
};

/**
 * Importance of the columns of which it can be known. A column that had one value in nearly all of the reference taught the model nothing,
 * so shuffling it costs nothing; when it begins to move, that says nothing of how much it matters.
 */
export const knownImportance = (
  importance: Readonly<Record<string, number>> | undefined,
  { columns }: Profile,
): Readonly<Record<string, number>> | undefined => {
  if (importance === undefined) return undefined;
  const profiles = new Map(Object.entries(columns));
  return Object.fromEntries(
    Object.entries(importance).filter(([name]) => {
      const profile = profiles.get(name);
      return profile === undefined || largestShare(profile) < NEARLY_ALL;
    }),
  );
};
