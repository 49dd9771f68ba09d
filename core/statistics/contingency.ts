/** Order of code points, the same on every machine and in every language (JavaScript's default is by UTF-16 units). */
export const byCodePoint = (a: string, b: string): number => {
  const left = a[Symbol.iterator]();
  const right = b[Symbol.iterator]();
  for (;;) {
    const x = left.next();
    const y = right.next();
    if (x.done || y.done) return Number(y.done ?? false) - Number(x.done ?? false);
    if (x.value !== y.value) return x.value.codePointAt(0)! - y.value.codePointAt(0)!;
  }
};

export interface Contingency {
  /** union of the categories seen, in code-point order */
  readonly categories: readonly string[];
  /** counts of the reference, then of the current sample */
  readonly table: readonly [readonly number[], readonly number[]];
}

/** Counts of each category on both sides; a category absent on one side counts 0 there, one absent on both is left out. */
export const contingencyOfCounts = (reference: ReadonlyMap<string, number>, current: ReadonlyMap<string, number>): Contingency => {
  const seen = (category: string): boolean => (reference.get(category) ?? 0) + (current.get(category) ?? 0) > 0;
  const categories = [...new Set([...reference.keys(), ...current.keys()])].filter(seen).sort(byCodePoint);
  const row = (counts: ReadonlyMap<string, number>): number[] => categories.map((category) => counts.get(category) ?? 0);
  return { categories, table: [row(reference), row(current)] };
};

/** Counts of the categories of a sample; null is missing and dropped. */
export const countCategories = (values: Iterable<string | null>): Map<string, number> => {
  const counts = new Map<string, number>();
  for (const value of values) if (value !== null) counts.set(value, (counts.get(value) ?? 0) + 1);
  return counts;
};
