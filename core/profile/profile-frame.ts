import type { Column, Frame } from '../frame.js';
import { categoryProfile, mergeCategoryProfiles } from './category-profile.js';
import { chunkEffects, chunkStarts } from './chunk-effects.js';
import { mergeNumberProfiles, numberProfile, orderedValues } from './number-profile.js';
import type { ColumnProfile, Profile } from './profile.js';
import { mergeSamples, sampleRows } from './row-sample.js';
import { mergeSeasons, seasonProfile } from './season-profile.js';
import type { Season } from './season.js';

export interface ProfileFrameOptions {
  /** event times, half-open, when known */
  readonly from: string | null;
  readonly to: string | null;
  /** rows of the windows that will be compared with this profile; rows must be in time order for its chunks to mean anything */
  readonly chunkRows: number;
  /** also keep the rows by season; needs `times` */
  readonly season?: Season;
  /** event time of each row, in milliseconds since 1970 */
  readonly times?: ArrayLike<number>;
  /** also keep a sample of at most 2,000 rows, drawn by this seed: tests of the columns together need them */
  readonly sampleSeed?: number;
}

const profileColumn = (column: Column): ColumnProfile =>
  column.type === 'number' ? numberProfile(orderedValues(column.values), column.values.length) : categoryProfile(column);

/**
 * Profile of a table: what is stored as the reference, so that later checks read live data only.
 *
 * @param frame rows in time order
 * @throws RangeError if a season is asked for and not every row has a time
 */
export const profileFrame = (frame: Frame, { from, to, chunkRows, season, times, sampleSeed }: ProfileFrameOptions): Profile => {
  if (season !== undefined && times?.length !== frame.rows)
    throw new RangeError(`a profile by season needs a time for each of the ${frame.rows} rows; there are ${times?.length ?? 0}`);
  const starts = chunkStarts(frame.rows, Math.max(1, chunkRows));
  const columns: Record<string, ColumnProfile> = {};
  const effects: Record<string, (number | null)[]> = {};
  for (const [name, column] of Object.entries(frame.columns)) {
    const profile = profileColumn(column);
    columns[name] = profile;
    if (starts.length > 0) effects[name] = chunkEffects(column, profile, starts, chunkRows);
  }
  return {
    schema: 'rekindle/profile/1',
    rows: frame.rows,
    from,
    to,
    columns,
    chunkEffects: effects,
    ...(season && times ? { seasons: seasonProfile(frame, columns, season, times, { starts, chunkRows }) } : {}),
    ...(sampleSeed === undefined ? {} : { sample: sampleRows(frame, sampleSeed) }),
  };
};

const mergeColumns = (name: string, a: ColumnProfile | undefined, b: ColumnProfile | undefined): ColumnProfile => {
  if (a?.type === 'number' && b?.type === 'number') return mergeNumberProfiles(a, b);
  if (a?.type === 'category' && b?.type === 'category') return mergeCategoryProfiles(a, b);
  throw new RangeError(
    `profiles cannot be merged: column '${name}' is ${a?.type ?? 'absent'} in one and ${b?.type ?? 'absent'} in the other`,
  );
};

const first = (a: string | null, b: string | null): string | null => (a === null || b === null ? null : a < b ? a : b);
const last = (a: string | null, b: string | null): string | null => (a === null || b === null ? null : a > b ? a : b);

/**
 * Profile of two parts of one table, such as two days. Chunk effects do not merge: each was measured against its own rest.
 *
 * @throws RangeError if the columns differ
 */
export const mergeProfiles = (a: Profile, b: Profile): Profile => {
  const [left, right] = [new Map(Object.entries(a.columns)), new Map(Object.entries(b.columns))];
  const names = [...new Set([...left.keys(), ...right.keys()])];
  const columns = names.map((name) => [name, mergeColumns(name, left.get(name), right.get(name))] as const);
  const seasons = mergeSeasons(a.seasons, b.seasons);
  return {
    schema: 'rekindle/profile/1',
    rows: a.rows + b.rows,
    from: first(a.from, b.from),
    to: last(a.to, b.to),
    columns: Object.fromEntries(columns),
    chunkEffects: {},
    ...(seasons ? { seasons } : {}),
    ...(a.sample && b.sample ? { sample: mergeSamples({ sample: a.sample, of: a.rows }, { sample: b.sample, of: b.rows }) } : {}),
  };
};

/**
 * Profile of many parts, such as the hours of a month: neighbours first, then pairs of them, and so on. Every merge adds to the bound what
 * it leaves out, at most 0.00025; so the bound grows with the logarithm of the number of parts, and not with the number.
 *
 * @throws RangeError if there is no part, or their columns differ
 */
export const mergeAllProfiles = (parts: readonly Profile[]): Profile => {
  if (parts.length === 0) throw new RangeError('there is no profile to merge');
  let level = parts;
  while (level.length > 1) {
    const pairs = Array.from({ length: Math.ceil(level.length / 2) }, (_, i) => [level[2 * i]!, level[2 * i + 1]] as const);
    level = pairs.map(([left, right]) => (right ? mergeProfiles(left, right) : left));
  }
  return level[0]!;
};
