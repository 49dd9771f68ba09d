/** How far window-sized chunks lie from the rest of the rows of their own slots: what is left when the season is taken out. */
import type { CategoryColumn, Frame, NumberColumn } from '../frame.js';
import { balancedCramersV } from '../statistics/cramers-v.js';
import { isUndefined } from '../statistics/undefined.js';
import { ksDistanceTo } from './compare.js';
import { orderedValues, present } from './number-profile.js';
import type { CategoryProfile, ColumnProfile, NumberProfile } from './profile.js';
import { mixSteps, slotSteps } from './slot-steps.js';

type Effects = (number | null)[];

interface Chunks {
  /** place of each row's slot among the slots that there are, −1 for a row without */
  readonly places: Int16Array;
  readonly starts: readonly number[];
  readonly chunkRows: number;
}

/** Present rows of the chunk per slot; null when some have no slot, or no other row has it. */
const rowsPerSlot = (
  isPresent: (row: number) => boolean,
  places: Int16Array,
  [from, to]: readonly [number, number],
  sizes: readonly number[],
): Float64Array | null => {
  const rows = new Float64Array(sizes.length);
  for (let row = from; row < to; row++) {
    if (!isPresent(row)) continue;
    if (places[row]! < 0) return null;
    rows[places[row]!]!++;
  }
  const comparable = sizes.every((size, place) => rows[place] === 0 || size > rows[place]!);
  return comparable && rows.some((count) => count > 0) ? rows : null;
};

/**
 * KS D of each chunk against the mixture of its slots. The chunk itself is part of them: without it the distance is n/(n − k) times that
 * in a slot of n rows of which k are the chunk's, and on average over the slots here.
 */
const numberEffects = ({ values }: NumberColumn, slots: readonly NumberProfile[], { places, starts, chunkRows }: Chunks): Effects => {
  const steps = slotSteps(slots);
  const sizes = slots.map(present);
  return starts.map((from) => {
    const to = from + chunkRows;
    const rows = rowsPerSlot((row) => !Number.isNaN(values[row]), places, [from, to], sizes);
    if (rows === null) return null;
    const n = rows.reduce((sum, count) => sum + count, 0);
    const inflation = sizes.reduce((sum, size, place) => sum + ((rows[place]! / n) * size) / (size - rows[place]! || 1), 0);
    const scale = rows.map((count, place) => (sizes[place] === 0 ? 0 : count / sizes[place]!));
    const mixed = { ...slots[0]!, ...mixSteps(steps, scale), rows: n, missing: 0 };
    const distance = ksDistanceTo(mixed, orderedValues(values.subarray(from, to)));
    return distance === null ? null : Math.min(1, distance * inflation);
  });
};

/** Balanced Cramér's V of each chunk against the mixture of the rest of its slots. */
const categoryEffects = (column: CategoryColumn, slots: readonly CategoryProfile[], { places, starts, chunkRows }: Chunks): Effects => {
  const names = [...new Set(slots.flatMap(({ counts }) => Object.keys(counts)))];
  const index = new Map(names.map((name, i) => [name, i]));
  const size = names.length + 1;
  const codes = Int32Array.from(column.categories, (name) => index.get(name) ?? names.length);
  const wholes = slots.map(({ counts, other }) => {
    const whole = new Float64Array(size);
    for (const [name, rows] of Object.entries(counts)) whole[index.get(name)!] = rows;
    whole[names.length] = other?.rows ?? 0;
    return whole;
  });
  const sizes = slots.map(present);
  return starts.map((from) => {
    const to = from + chunkRows;
    const rows = rowsPerSlot((row) => column.codes[row]! >= 0, places, [from, to], sizes);
    if (rows === null) return null;
    const chunk = slots.map(() => new Float64Array(size));
    for (let row = from; row < to; row++) if (column.codes[row]! >= 0) chunk[places[row]!]![codes[column.codes[row]!]!]!++;
    const rest = new Float64Array(size);
    const now = new Float64Array(size);
    rows.forEach((count, place) => {
      if (count === 0) return;
      for (let i = 0; i < size; i++) {
        now[i]! += chunk[place]![i]!;
        rest[i]! += (count * (wholes[place]![i]! - chunk[place]![i]!)) / (sizes[place]! - count);
      }
    });
    const v = balancedCramersV(rest, now);
    return isUndefined(v) ? null : v;
  });
};

const isNumber = (profile: ColumnProfile | undefined): profile is NumberProfile => profile?.type === 'number';
const isCategory = (profile: ColumnProfile | undefined): profile is CategoryProfile => profile?.type === 'category';

/** @param slots of each row */
export const seasonChunkEffects = (
  frame: Frame,
  bySlot: Readonly<Record<string, { readonly columns: Readonly<Record<string, ColumnProfile>> }>>,
  slots: Int16Array,
  starts: readonly number[],
  chunkRows: number,
): Record<string, Effects> => {
  const keys = Object.keys(bySlot);
  const place = new Map(keys.map((key, i) => [Number(key), i]));
  const chunks: Chunks = { places: slots.map((slot) => place.get(slot) ?? -1), starts, chunkRows };
  const effects: Record<string, Effects> = {};
  for (const [name, column] of Object.entries(frame.columns)) {
    const profiles = keys.map((key) => bySlot[key]!.columns[name]);
    effects[name] =
      column.type === 'number'
        ? numberEffects(column, profiles.filter(isNumber), chunks)
        : categoryEffects(column, profiles.filter(isCategory), chunks);
  }
  return effects;
};
