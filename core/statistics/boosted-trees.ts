/** A small learner: gradient boosted trees on binned columns, to tell two classes apart. */

/** Most bins of a column, the last one for missing values. */
export const BINS = 32;

export interface BinnedColumn {
  /** bin of each row, under {@link BINS} */
  readonly bins: Uint8Array;
  /** bins have an order; those of categories are ordered anew at every split, by how the classes share them */
  readonly ordered: boolean;
}

export interface BoostingOptions {
  readonly rounds: number;
  readonly depth: number;
  readonly learningRate: number;
  /** fewest rows of a leaf */
  readonly leafRows: number;
  /** columns that a tree chooses from; drawn anew for each */
  readonly columnsPerTree: number;
  /** 0 … n − 1 in random order */
  readonly permutation: (n: number) => Uint32Array;
}

interface Split {
  readonly column: number;
  /** bins that go left */
  readonly left: Uint8Array;
  readonly gain: number;
}

/** Ridge on the leaves' values: one row cannot say much. */
const LAMBDA = 1;

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));

/** Sums per bin of one column in one node: gradients, curvatures, rows. Filled anew for each, since a tree asks for thousands. */
interface Histogram {
  readonly g: Float64Array;
  readonly h: Float64Array;
  readonly n: Float64Array;
  /** the bins that hold a row, in the order in which they are split */
  readonly order: Uint8Array;
}

const emptyHistogram = (): Histogram => ({
  g: new Float64Array(BINS),
  h: new Float64Array(BINS),
  n: new Float64Array(BINS),
  order: new Uint8Array(BINS),
});

/** @returns how many bins hold a row */
const fill = (
  { g, h, n, order }: Histogram,
  { bins, ordered }: BinnedColumn,
  rows: Uint32Array,
  gradients: Float64Array,
  curvatures: Float64Array,
): number => {
  g.fill(0);
  h.fill(0);
  n.fill(0);
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i]!;
    const bin = bins[row]!;
    g[bin]! += gradients[row]!;
    h[bin]! += curvatures[row]!;
    n[bin]!++;
  }
  let used = 0;
  for (let bin = 0; bin < BINS; bin++) if (n[bin]! > 0) order[used++] = bin;
  if (!ordered) order.subarray(0, used).sort((a, b) => g[a]! / (h[a]! + LAMBDA) - g[b]! / (h[b]! + LAMBDA) || a - b);
  return used;
};

const score = (g: number, h: number): number => (g * g) / (h + LAMBDA);

/** The best cut of the bins in their order; null when none gains, or leaves enough rows on both sides. */
const bestCut = (
  { g, h, n, order }: Histogram,
  used: number,
  leafRows: number,
): { readonly gain: number; readonly last: number } | null => {
  let [totalG, totalH, totalN] = [0, 0, 0];
  for (let at = 0; at < used; at++) {
    totalG += g[order[at]!]!;
    totalH += h[order[at]!]!;
    totalN += n[order[at]!]!;
  }
  const whole = score(totalG, totalH);
  let [leftG, leftH, leftN] = [0, 0, 0];
  let [gain, last] = [1e-9, -1];
  for (let at = 0; at + 1 < used; at++) {
    leftG += g[order[at]!]!;
    leftH += h[order[at]!]!;
    leftN += n[order[at]!]!;
    if (leftN < leafRows || totalN - leftN < leafRows) continue;
    const gained = score(leftG, leftH) + score(totalG - leftG, totalH - leftH) - whole;
    if (gained > gain) [gain, last] = [gained, at];
  }
  return last < 0 ? null : { gain, last };
};

const parted = (rows: Uint32Array, bins: Uint8Array, goesLeft: Uint8Array): [Uint32Array, Uint32Array] => {
  const both = new Uint32Array(rows.length);
  let [left, right] = [0, rows.length];
  for (let i = 0; i < rows.length; i++) {
    if (goesLeft[bins[rows[i]!]!] === 1) both[left++] = rows[i]!;
    else both[--right] = rows[i]!;
  }
  return [both.subarray(0, left), both.subarray(left)];
};

/**
 * Learns on the rows in `train` and scores all rows.
 *
 * @param labels 1 or 0 per row
 * @param weights per row; a class that is rarer can count as much as the other
 * @param gains adds the gain of each split to its column
 * @returns the log-odds of each row
 */
export const boostedScores = (
  columns: readonly BinnedColumn[],
  labels: Uint8Array,
  weights: Float64Array,
  train: Uint32Array,
  { rounds, depth, learningRate, leafRows, columnsPerTree, permutation }: BoostingOptions,
  gains: Float64Array,
): Float64Array => {
  const rows = labels.length;
  const scores = new Float64Array(rows);
  const g = new Float64Array(rows);
  const h = new Float64Array(rows);
  const histogram = emptyHistogram();
  const everyRow = Uint32Array.from({ length: rows }, (_, row) => row);

  /** Adds the tree under a node to the scores: of the rows that learn, and of all that fall into it. */
  const grow = (learning: Uint32Array, falling: Uint32Array, chosen: readonly number[], left: number): void => {
    let split: Split | null = null;
    if (left > 0 && learning.length >= 2 * leafRows)
      for (const column of chosen) {
        const cut = bestCut(histogram, fill(histogram, columns[column]!, learning, g, h), leafRows);
        if (cut === null || cut.gain <= (split?.gain ?? 0)) continue;
        const goes = new Uint8Array(BINS);
        for (let at = 0; at <= cut.last; at++) goes[histogram.order[at]!] = 1;
        split = { column, left: goes, gain: cut.gain };
      }
    if (split === null) {
      let [sumG, sumH] = [0, 0];
      for (const row of learning) {
        sumG += g[row]!;
        sumH += h[row]!;
      }
      const value = (-learningRate * sumG) / (sumH + LAMBDA);
      for (const row of falling) scores[row]! += value;
      return;
    }
    gains[split.column]! += split.gain;
    const { bins } = columns[split.column]!;
    const [learningLeft, learningRight] = parted(learning, bins, split.left);
    const [fallingLeft, fallingRight] = parted(falling, bins, split.left);
    grow(learningLeft, fallingLeft, chosen, left - 1);
    grow(learningRight, fallingRight, chosen, left - 1);
  };

  for (let round = 0; round < rounds; round++) {
    for (const row of train) {
      const p = sigmoid(scores[row]!);
      g[row] = weights[row]! * (p - labels[row]!);
      h[row] = weights[row]! * p * (1 - p);
    }
    const all = columns.map((_, column) => column);
    const chosen = columnsPerTree >= all.length ? all : [...permutation(all.length).subarray(0, columnsPerTree)];
    grow(train, everyRow, chosen, depth);
  }
  return scores;
};
