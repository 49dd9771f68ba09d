import type { CategoryColumn } from '../frame.js';
import { namedOf } from './named-categories.js';
import type { CategoryProfile } from './profile.js';

/** How many of the rows `from` … `to` − 1 fall into each category, by code; and how many are missing. */
export const countCodes = (
  { codes, categories }: CategoryColumn,
  from = 0,
  to: number = codes.length,
): { counts: Float64Array; missing: number } => {
  const counts = new Float64Array(categories.length);
  let missing = 0;
  for (let i = from; i < to; i++) {
    if (codes[i]! < 0) missing++;
    else counts[codes[i]!]!++;
  }
  return { counts, missing };
};

type Counted = readonly [name: string, rows: number];

const rowsOf = (counted: Iterable<Counted>): number => {
  let rows = 0;
  for (const [, count] of counted) rows += count;
  return rows;
};

const profileOf = (
  rows: number,
  missing: number,
  counted: readonly Counted[],
  before: { readonly rows: number; readonly categories: number },
  most?: number,
): CategoryProfile => {
  const named = namedOf(counted, most);
  const other = {
    rows: before.rows + rowsOf(counted) - rowsOf(named),
    categories: before.categories + counted.length - named.length,
  };
  return { type: 'category', rows, missing, counts: Object.fromEntries(named), ...(other.rows > 0 ? { other } : {}) };
};

/**
 * Rows per category that occurs in the column, or of `most` of them and of all others together.
 *
 * @param most 1,000 unless given
 */
export const categoryProfile = (column: CategoryColumn, most?: number): CategoryProfile => {
  const { counts, missing } = countCodes(column);
  const seen = column.categories.flatMap((category, code): Counted[] => (counts[code]! > 0 ? [[category, counts[code]!]] : []));
  return profileOf(column.codes.length, missing, seen, { rows: 0, categories: 0 }, most);
};

/**
 * Summary of two parts of one column: that of the whole. What one part names and the other may have among its others has no known count:
 * it goes to the others, so that every count that is named is exact.
 */
export const mergeCategoryProfiles = (a: CategoryProfile, b: CategoryProfile, most?: number): CategoryProfile => {
  const [left, right] = [new Map(Object.entries(a.counts)), new Map(Object.entries(b.counts))];
  const known: Counted[] = [];
  const lost = { left: 0, right: 0, rows: 0 };
  for (const name of new Set([...left.keys(), ...right.keys()])) {
    const [x, y] = [left.get(name), right.get(name)];
    const rows = (x ?? 0) + (y ?? 0);
    if ((x === undefined && a.other) || (y === undefined && b.other)) {
      lost.rows += rows;
      if (x === undefined) lost.right++;
      else lost.left++;
    } else known.push([name, rows]);
  }
  const other = {
    rows: (a.other?.rows ?? 0) + (b.other?.rows ?? 0) + lost.rows,
    categories: Math.max((a.other?.categories ?? 0) + lost.left, (b.other?.categories ?? 0) + lost.right),
  };
  return profileOf(a.rows + b.rows, a.missing + b.missing, known, other, most);
};
