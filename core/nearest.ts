/** Which of the known words somebody may have meant. */

/** Letters to insert, take away, change, or swap with their neighbour, to make one word of the other (optimal string alignment). */
const distance = (from: string, to: string): number => {
  let [before, row]: [number[], number[]] = [[], Array.from({ length: to.length + 1 }, (_, i) => i)];
  for (let i = 1; i <= from.length; i++) {
    const next = [i];
    for (let j = 1; j <= to.length; j++) {
      const same = from[i - 1] === to[j - 1];
      const swapped = i > 1 && j > 1 && from[i - 1] === to[j - 2] && from[i - 2] === to[j - 1];
      const least = Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (same ? 0 : 1));
      next.push(swapped ? Math.min(least, before[j - 2]! + 1) : least);
    }
    [before, row] = [row, next];
  }
  return row[to.length]!;
};

/** The likeliest first, those as likely in order of the alphabet; upper and lower case count as the same. */
export const byNearness = (word: string, known: readonly string[]): string[] => {
  const far = new Map(known.map((each) => [each, distance(word.toLowerCase(), each.toLowerCase())]));
  return [...known].sort((a, b) => far.get(a)! - far.get(b)! || (a < b ? -1 : 1));
};
