import type { CategoryColumn } from '../frame.js';
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

/** Rows per category that occurs in the column. */
export const categoryProfile = (column: CategoryColumn): CategoryProfile => {
  const { counts, missing } = countCodes(column);
  const seen = column.categories.flatMap((category, code) => (counts[code]! > 0 ? [[category, counts[code]!] as const] : []));
  return { type: 'category', rows: column.codes.length, missing, counts: Object.fromEntries(seen) };
};

/** Summary of two parts of one column: that of the whole. */
export const mergeCategoryProfiles = (a: CategoryProfile, b: CategoryProfile): CategoryProfile => {
  const counts = new Map(Object.entries(a.counts));
  for (const [category, count] of Object.entries(b.counts)) counts.set(category, (counts.get(category) ?? 0) + count);
  return { type: 'category', rows: a.rows + b.rows, missing: a.missing + b.missing, counts: Object.fromEntries(counts) };
};
