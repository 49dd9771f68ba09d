/** The rows of a table by season: a small profile for each slot, and how far windows stray from the rows of their own slots. */
import type { CategoryColumn, Column, Frame } from '../frame.js';
import { categoryProfile, mergeCategoryProfiles } from './category-profile.js';
import { mergeNumberProfiles, numberProfile, orderedValues } from './number-profile.js';
import type { CategoryProfile, ColumnProfile, SeasonProfile } from './profile.js';
import { seasonChunkEffects } from './season-chunks.js';
import { SLOTS, slotsOf, type Season } from './season.js';

/** Points of a numeric column in all slots together, as many as the whole has, but not fewer per slot than say anything of a tail. */
const POINTS = 4096;
const FEWEST_POINTS = 64;
const NAMES = 4000;
const FEWEST_NAMES = 100;

const pointsOf = (season: Season): number => Math.max(FEWEST_POINTS, Math.floor(POINTS / SLOTS[season]));
const namesOf = (season: Season): number => Math.max(FEWEST_NAMES, Math.floor(NAMES / SLOTS[season]));

const taken = (column: Column, rows: Uint32Array): Column =>
  column.type === 'number'
    ? { type: 'number', values: Float64Array.from(rows, (row) => column.values[row]!) }
    : { type: 'category', categories: column.categories, codes: Int32Array.from(rows, (row) => column.codes[row]!) };

/** What all slots name alike, so that they can be mixed: the most frequent of the names of the whole. */
const slotNames = ({ counts, other }: CategoryProfile, season: Season): { names: ReadonlySet<string>; all: boolean } => {
  const ranked = Object.entries(counts).sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
  const names = ranked.slice(0, namesOf(season)).map(([name]) => name);
  return { names: new Set(names), all: other === undefined && names.length === ranked.length };
};

const slotCategories = (column: CategoryColumn, { names, all }: ReturnType<typeof slotNames>): CategoryProfile => {
  const whole = categoryProfile(column, Infinity);
  if (all) return whole;
  const known = new Map(Object.entries(whole.counts));
  const rest = [...known].filter(([name]) => !names.has(name));
  const rows = rest.reduce((sum, [, count]) => sum + count, 0);
  // a name that does not occur here is known not to: it is not among the others
  const counts = Object.fromEntries([...names].map((name) => [name, known.get(name) ?? 0]));
  return { ...whole, counts, other: { rows, categories: rest.length } };
};

/** @param wholes profiles of the whole columns */
const slotProfile = (frame: Frame, wholes: Readonly<Record<string, ColumnProfile>>, rows: Uint32Array, season: Season) => {
  const columns: Record<string, ColumnProfile> = {};
  for (const [name, column] of Object.entries(frame.columns)) {
    const whole = wholes[name]!;
    const part = taken(column, rows);
    if (part.type === 'number') columns[name] = numberProfile(orderedValues(part.values), rows.length, pointsOf(season));
    else if (whole.type === 'category') columns[name] = slotCategories(part, slotNames(whole, season));
  }
  return { rows: rows.length, columns };
};

const rowsBySlot = (slots: Int16Array, season: Season): Map<number, Uint32Array> => {
  const sizes = new Uint32Array(SLOTS[season]);
  for (const slot of slots) if (slot >= 0) sizes[slot]!++;
  const rows = Array.from(sizes, (size) => new Uint32Array(size));
  const filled = new Uint32Array(SLOTS[season]);
  slots.forEach((slot, row) => {
    if (slot >= 0) rows[slot]![filled[slot]!++] = row;
  });
  return new Map([...rows.entries()].filter(([, list]) => list.length > 0));
};

/**
 * @param wholes profiles of the whole columns
 * @param times event time of each row, in milliseconds since 1970
 * @param starts first rows of the chunks
 */
export const seasonProfile = (
  frame: Frame,
  wholes: Readonly<Record<string, ColumnProfile>>,
  season: Season,
  times: ArrayLike<number>,
  { starts, chunkRows }: { readonly starts: readonly number[]; readonly chunkRows: number },
): SeasonProfile => {
  const slots = slotsOf(season, times);
  const parts = [...rowsBySlot(slots, season)].map(([slot, rows]) => [String(slot), slotProfile(frame, wholes, rows, season)] as const);
  const bySlot = Object.fromEntries(parts);
  return {
    by: season,
    slots: bySlot,
    chunkEffects: starts.length === 0 ? {} : seasonChunkEffects(frame, bySlot, slots, starts, chunkRows),
  };
};

const mergeSlotColumns = (a: ColumnProfile, b: ColumnProfile, season: Season): ColumnProfile =>
  a.type === 'number' && b.type === 'number'
    ? mergeNumberProfiles(a, b, pointsOf(season))
    : mergeCategoryProfiles(a as CategoryProfile, b as CategoryProfile, namesOf(season));

/** Both parts by season: undefined unless both are, by the same one. Chunk effects do not merge. */
export const mergeSeasons = (a: SeasonProfile | undefined, b: SeasonProfile | undefined): SeasonProfile | undefined => {
  if (!a || !b || a.by !== b.by) return undefined;
  const slots = { ...a.slots };
  for (const [slot, part] of Object.entries(b.slots)) {
    const before = slots[slot];
    slots[slot] = before
      ? {
          rows: before.rows + part.rows,
          columns: Object.fromEntries(
            Object.entries(part.columns).map(([name, column]) => [name, mergeSlotColumns(before.columns[name]!, column, a.by)]),
          ),
        }
      : part;
  }
  return { by: a.by, slots, chunkEffects: {} };
};
