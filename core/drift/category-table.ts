/** Both sides of a category column over the same categories. */
import type { CategoryColumn } from '../frame.js';
import { countCodes } from '../profile/category-profile.js';
import type { CategoryProfile } from '../profile/profile.js';

export interface CategoryTable {
  /** those that the reference names, then those that only the current rows have */
  readonly categories: readonly string[];
  /** rows of the reference, then of the current side, parallel to `categories`; one more place at the end when there is `other` */
  readonly counts: readonly [readonly number[], readonly number[]];
  /** the last place stands for all categories that the reference does not name; null when it names all that it had */
  readonly other: { readonly categories: number } | null;
}

/**
 * Where the reference names all its categories, one that it lacks is a new one. Where it does not, a category that it does not name
 * belongs to the others, whether it was there or not. So V is too small by what the others hide, and never too large: joining categories
 * only takes differences away. V² is at most 2·p·q/(p + q) larger, p and q the shares of the others on the two sides.
 */
export const categoryTable = (reference: CategoryProfile, column: CategoryColumn): CategoryTable => {
  const { counts } = countCodes(column);
  const categories = Object.keys(reference.counts);
  const before = Object.values(reference.counts);
  const now = new Array<number>(categories.length).fill(0);
  const places = new Map(categories.map((category, place) => [category, place]));
  let others = 0;
  for (let code = 0; code < counts.length; code++) {
    const rows = counts[code]!;
    if (rows === 0) continue;
    const place = places.get(column.categories[code]!);
    if (place !== undefined) now[place]! += rows;
    else if (reference.other) others += rows;
    else {
      categories.push(column.categories[code]!);
      before.push(0);
      now.push(rows);
    }
  }
  if (!reference.other) return { categories, counts: [before, now], other: null };
  return {
    categories,
    counts: [
      [...before, reference.other.rows],
      [...now, others],
    ],
    other: { categories: reference.other.categories },
  };
};
