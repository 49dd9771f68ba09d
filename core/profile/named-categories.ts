/** Which categories of a column a profile names, when it cannot name them all. */

/** Most categories that a profile names; the rows of all the others are counted together. */
export const MAX_NAMED = 1000;

/**
 * Categories of at least so many rows are named, the most frequent first. Rarer ones are not chosen by their frequency: those that were
 * frequent by chance would be, and the next rows, in which they are as rare as they truly are, would look as if they had drifted. At this
 * many rows that bias is a tenth of a category's share at most, too little for any threshold.
 */
const FREQUENT = 100;

/** 32 bits of a name, well mixed: FNV-1a with the last steps of MurmurHash3. */
export const hashOf = (name: string): number => {
  let hash = 0x811c9dc5;
  for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
};

type Counted = readonly [name: string, rows: number];

const byRows = (a: Counted, b: Counted): number => b[1] - a[1] || (a[0] < b[0] ? -1 : 1);

/** `most` of the names by their hash: a choice that knows nothing of the rows, and that two profiles of one stream make alike. */
const byHash = (counted: readonly Counted[], most: number): Counted[] => {
  if (counted.length <= most) return [...counted];
  if (most === 0) return [];
  const hashes = Uint32Array.from(counted, ([name]) => hashOf(name));
  const limit = hashes.slice().sort()[most - 1]!;
  const under = counted.filter((_, i) => hashes[i]! < limit);
  const at = counted.filter((_, i) => hashes[i] === limit).sort(([a], [b]) => (a < b ? -1 : 1));
  return [...under, ...at].slice(0, most);
};

/** @returns the categories to name, all of them when there are few enough */
export const namedOf = (counted: readonly Counted[], most: number = MAX_NAMED): readonly Counted[] => {
  if (counted.length <= most) return counted;
  const frequent = counted
    .filter(([, rows]) => rows >= FREQUENT)
    .sort(byRows)
    .slice(0, most);
  const rare = counted.filter(([, rows]) => rows < FREQUENT);
  return [...frequent, ...byHash(rare, most - frequent.length)];
};
