import { mulberry32 } from '../statistics/random.js';

/** A tree as arrays by node, the root first: plain JSON. */
export interface ErrorTree {
  /** feature that a node asks for; −1 for a leaf */
  readonly feature: readonly number[];
  /** a row goes right when its value is greater; else, and when it is missing, left */
  readonly above: readonly number[];
  /** the left child; the right one is next to it */
  readonly left: readonly number[];
  /** mean of each target in a leaf, target by target */
  readonly means: readonly (readonly number[])[];
}

export interface TreeOptions {
  readonly trees: number;
  /** fewest rows on either side of a split, among those that choose it and among those that fill it */
  readonly leafRows: number;
  readonly depth: number;
  /** at most so many rows choose the splits of a tree */
  readonly structureRows: number;
  readonly seed: number;
}

const BINS = 32;
const MISSING = 0;

/** Bin edges of a feature: quantiles of what is there. Bin b > 0 holds edge b − 1 < x ≤ edge b. */
const edgesOf = (column: Float64Array): Float64Array => {
  const sorted = column.filter((value) => !Number.isNaN(value)).sort();
  const edges = Array.from({ length: BINS - 1 }, (_, i) => sorted[Math.floor(((i + 1) * sorted.length) / BINS)]).filter(
    (edge, i, all): edge is number => edge !== undefined && edge !== all[i - 1] && edge < sorted[sorted.length - 1]!,
  );
  return Float64Array.from(edges);
};

/** Bin of each row: 0 missing, then 1 + number of edges below the value. */
const binned = (column: Float64Array, edges: Float64Array): Uint8Array =>
  Uint8Array.from(column, (value) => {
    if (Number.isNaN(value)) return MISSING;
    let bin = 0;
    while (bin < edges.length && value > edges[bin]!) bin++;
    return bin + 1;
  });

interface Split {
  readonly feature: number;
  /** rows of bins up to this go left */
  readonly bin: number;
}

/** The split that leaves the least squared deviation of the first target, or null when none helps. */
const bestSplit = (bins: readonly Uint8Array[], target: Float64Array, rows: Uint32Array, leafRows: number): Split | null => {
  const counts = new Float64Array(BINS + 1);
  const sums = new Float64Array(BINS + 1);
  let total = 0;
  for (let i = 0; i < rows.length; i++) total += target[rows[i]!]!;
  let best: Split | null = null;
  let bestScore = (total * total) / rows.length + 1e-9;
  for (let feature = 0; feature < bins.length; feature++) {
    const column = bins[feature]!;
    counts.fill(0);
    sums.fill(0);
    for (let i = 0; i < rows.length; i++) {
      const row = rows[i]!;
      const bin = column[row]!;
      counts[bin]!++;
      sums[bin]! += target[row]!;
    }
    let left = 0;
    let leftSum = 0;
    for (let bin = 0; bin < BINS; bin++) {
      left += counts[bin]!;
      leftSum += sums[bin]!;
      const right = rows.length - left;
      if (left < leafRows || right < leafRows || counts[bin] === 0) continue;
      const score = (leftSum * leftSum) / left + (total - leftSum) ** 2 / right;
      if (score <= bestScore) continue;
      bestScore = score;
      best = { feature, bin };
    }
  }
  return best;
};

/** The rows that go left and those that go right, each in their order. */
const parted = (rows: Uint32Array, column: Uint8Array, bin: number): [Uint32Array, Uint32Array] => {
  const both = new Uint32Array(rows.length);
  let left = 0;
  let right = rows.length;
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i]!;
    if (column[row]! <= bin) both[left++] = row;
    else both[--right] = row;
  }
  return [both.subarray(0, left), both.subarray(right).reverse()];
};

const meansOf = (targets: readonly Float64Array[], rows: Uint32Array): number[] =>
  targets.map((target) => rows.reduce((sum, row) => sum + target[row]!, 0) / rows.length);

/** One tree: `structure` rows choose the splits, `filling` rows say what is in the leaves. */
const grow = (
  bins: readonly Uint8Array[],
  edges: readonly Float64Array[],
  targets: readonly Float64Array[],
  structure: Uint32Array,
  filling: Uint32Array,
  { leafRows, depth }: TreeOptions,
): ErrorTree => {
  const feature: number[] = [];
  const above: number[] = [];
  const left: number[] = [];
  const means: number[][] = targets.map(() => []);
  const queue = [{ structure, filling, level: 0 }];
  for (let node = 0; node < queue.length; node++) {
    const { structure: choosing, filling: inside, level } = queue[node]!;
    meansOf(targets, inside).forEach((mean, target) => (means[target]![node] = mean));
    const split = level < depth ? bestSplit(bins, targets[0]!, choosing, leafRows) : null;
    const column = split && bins[split.feature]!;
    const sides = split && column && parted(inside, column, split.bin);
    if (!split || !column || !sides || Math.min(sides[0].length, sides[1].length) < leafRows) {
      [feature[node], above[node], left[node]] = [-1, 0, 0];
      continue;
    }
    // bin 0 alone on the left: every value that is there goes right
    const edge = split.bin === MISSING ? -Number.MAX_VALUE : edges[split.feature]![split.bin - 1]!;
    [feature[node], above[node], left[node]] = [split.feature, edge, queue.length];
    const [chooseLeft, chooseRight] = parted(choosing, column, split.bin);
    queue.push({ structure: chooseLeft, filling: sides[0], level: level + 1 });
    queue.push({ structure: chooseRight, filling: sides[1], level: level + 1 });
    queue[node] = { structure: choosing.subarray(0, 0), filling: inside.subarray(0, 0), level };
  }
  return { feature, above, left, means };
};

/** Row numbers in random order. */
const shuffled = (rows: number, random: () => number): Uint32Array => {
  const order = Uint32Array.from({ length: rows }, (_, i) => i);
  for (let i = rows - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    const swapped = order[i]!;
    order[i] = order[j]!;
    order[j] = swapped;
  }
  return order;
};

/**
 * Averages of small regression trees that are *honest*: of each tree, half of the rows choose where to split, the other half say what
 * the leaves hold. A leaf is then an unbiased mean of rows like it, not of those that were picked for it. Weaker than boosted trees where
 * errors depend on many features at once; small, deterministic, and without a dependency.
 *
 * @param features columns of numbers, NaN missing
 * @param targets what to average; the first decides the splits
 * @see Athey & Imbens, Recursive Partitioning for Heterogeneous Causal Effects (2016)
 */
export const growErrorTrees = (features: readonly Float64Array[], targets: readonly Float64Array[], options: TreeOptions): ErrorTree[] => {
  const rows = targets[0]!.length;
  const edges = features.map(edgesOf);
  const bins = features.map((column, i) => binned(column, edges[i]!));
  const random = mulberry32(options.seed);
  return Array.from({ length: options.trees }, () => {
    const order = shuffled(rows, random);
    const half = order.length >> 1;
    return grow(bins, edges, targets, order.subarray(0, Math.min(half, options.structureRows)), order.subarray(half), options);
  });
};

/** Mean over rows and trees of what the leaves hold, target by target. */
export const averageOfTrees = (trees: readonly ErrorTree[], features: readonly Float64Array[], rows: ArrayLike<number>): number[] => {
  const sums = trees[0]!.means.map(() => 0);
  for (const { feature, above, left, means } of trees) {
    for (let i = 0; i < rows.length; i++) {
      let node = 0;
      while (feature[node]! >= 0) node = left[node]! + (features[feature[node]!]![rows[i]!]! > above[node]! ? 1 : 0);
      for (let target = 0; target < sums.length; target++) sums[target]! += means[target]![node]!;
    }
  }
  return sums.map((sum) => sum / (trees.length * rows.length));
};
