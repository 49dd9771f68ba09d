/** How much a column weighs: what the model makes of it, and what its move is estimated to cost. */

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
