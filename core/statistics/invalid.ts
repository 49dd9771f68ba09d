import { RekindleError } from '../errors.js';

/**
 * What every function of this room throws when it is called wrongly: columns of different length, a negative count, an option outside of
 * its range. Data that are right and still give no answer (no rows, one class, 0/0) are no error: they get an `Undefined` with its reason.
 *
 * @param why names who asks and what was given
 */
export const invalid = (why: string): RekindleError => new RekindleError('STATISTIC_OPTIONS_INVALID', why);

/**
 * @param columns by what they are called
 * @throws RekindleError STATISTIC_OPTIONS_INVALID unless all have one length
 */
export const sameLength = (who: string, columns: Readonly<Record<string, { readonly length: number } | undefined>>): void => {
  const given = Object.entries(columns).flatMap(([name, column]) => (column ? [{ name, length: column.length }] : []));
  if (given.every(({ length }) => length === given[0]!.length)) return;
  throw invalid(`${who}: columns of different length, ${given.map(({ name, length }) => `${length} ${name}`).join(', ')}`);
};

/** @throws RekindleError STATISTIC_OPTIONS_INVALID unless every count is a finite number from 0 up */
export const checkCounts = (who: string, counts: ArrayLike<number>): void => {
  for (let i = 0; i < counts.length; i++) {
    if (!(counts[i]! >= 0 && counts[i]! < Infinity)) throw invalid(`${who}: a count is a finite number ≥ 0, not ${counts[i]}`);
  }
};

/** @throws RekindleError STATISTIC_OPTIONS_INVALID unless every count is an integer from 0 up */
export const checkWholeCounts = (who: string, counts: readonly number[]): void => {
  for (const count of counts)
    if (!(Number.isInteger(count) && count >= 0)) throw invalid(`${who}: a count is an integer ≥ 0, not ${count}`);
};
