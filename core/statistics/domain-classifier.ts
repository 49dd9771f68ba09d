import { BINS, boostedScores, type BinnedColumn } from './boosted-trees.js';
import { delong, type DelongTest } from './delong.js';
import { normalQuantile, normalSf } from './distributions/normal.js';
import { invalid } from './invalid.js';
import { numpyRandom, type NumpyRandom } from './mersenne-twister.js';
import { sortedValues } from './sort.js';
import { isUndefined, undefinedBecause, type Undefined } from './undefined.js';

/** One column of one side. */
export type DomainColumn =
  | { readonly type: 'number'; /** NaN is missing */ readonly values: Float64Array }
  | { readonly type: 'category'; /** of a list that both sides share; −1 is missing */ readonly codes: Int32Array };

export interface DomainClassifier {
  /** probability that a row of the current side scores above one of the reference; about 0.5 when they are alike */
  readonly auc: number;
  /** 95 % */
  readonly interval: readonly [number, number];
  /** one-sided: how often an AUC so far above 0.5 comes by chance */
  readonly pValue: number;
  /** rows that were compared */
  readonly rows: { readonly reference: number; readonly current: number };
  /** share of what told the sides apart, per column, in the order given; all 0 when nothing did */
  readonly contributions: readonly number[];
}

export interface DomainClassifierOptions {
  /** same seed, same rows, folds and trees, same answer */
  readonly seed: number;
  /** rows drawn of each side, 2000 unless given */
  readonly maxRows?: number;
}

const ROUNDS = 40;
const DEPTH = 3;
const LEARNING_RATE = 0.2;
const LEAF_ROWS = 20;
/** Beyond this many columns each tree sees so many of them, so that the time does not grow with their number. */
const COLUMNS_PER_TREE = 40;
/** Fewer rows of a side cannot be told from chance. */
const FEWEST_ROWS = 50;
const HALVES = 2;

const lengthOf = (column: DomainColumn): number => (column.type === 'number' ? column.values : column.codes).length;

/** Bins of equal numbers of rows; a value that many share has one of its own. */
const binNumbers = (values: Float64Array): BinnedColumn => {
  const sorted = sortedValues(values);
  const edges: number[] = [];
  for (let i = 1; i < BINS - 1; i++) {
    const edge = sorted[Math.floor((i * sorted.length) / (BINS - 1))];
    if (edge !== undefined && edge > sorted[0]! && edge !== edges.at(-1)) edges.push(edge);
  }
  const bins = Uint8Array.from(values, (value) => {
    if (Number.isNaN(value)) return BINS - 1;
    let [low, high] = [0, edges.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (edges[middle]! <= value) low = middle + 1;
      else high = middle;
    }
    return low;
  });
  return { bins, ordered: true };
};

/** The most frequent categories have bins of their own, all others share one. */
const binCategories = (codes: Int32Array): BinnedColumn => {
  const counts = new Map<number, number>();
  for (const code of codes) if (code >= 0) counts.set(code, (counts.get(code) ?? 0) + 1);
  const ranked = [...counts].sort((a, b) => b[1] - a[1] || a[0] - b[0]).slice(0, BINS - 2);
  const binOf = new Map(ranked.map(([code], bin) => [code, bin]));
  return { bins: Uint8Array.from(codes, (code) => (code < 0 ? BINS - 1 : (binOf.get(code) ?? BINS - 2))), ordered: false };
};

const binned = (reference: DomainColumn, current: DomainColumn, [first, second]: readonly [Uint32Array, Uint32Array]): BinnedColumn => {
  const pooled = <T>(of: (side: DomainColumn, row: number) => T): T[] => [
    ...Array.from(first, (row) => of(reference, row)),
    ...Array.from(second, (row) => of(current, row)),
  ];
  if (reference.type === 'number' && current.type === 'number')
    return binNumbers(Float64Array.from(pooled((side, row) => (side as typeof reference).values[row]!)));
  if (reference.type === 'category' && current.type === 'category')
    return binCategories(Int32Array.from(pooled((side, row) => (side as typeof reference).codes[row]!)));
  throw invalid(`domain classifier: a column is ${reference.type} on one side and ${current.type} on the other`);
};

const drawn = (rows: number, most: number, random: NumpyRandom): Uint32Array =>
  rows <= most ? Uint32Array.from({ length: rows }, (_, row) => row) : random.permutation(rows).subarray(0, most).sort();

/** Half of each row, 0 or 1, each side spread evenly over both. */
const halvesOf = (sides: readonly number[], random: NumpyRandom): Uint8Array => {
  const half = new Uint8Array(sides.reduce((sum, rows) => sum + rows, 0));
  let start = 0;
  for (const rows of sides) {
    random.permutation(rows).forEach((row, i) => (half[start + row] = i % HALVES));
    start += rows;
  }
  return half;
};

/** Scores of the rows in one half by a learner that saw the other. */
const crossed = (
  half: number,
  halves: Uint8Array,
  learn: (train: Uint32Array) => Float64Array,
  labels: Uint8Array,
): DelongTest | Undefined => {
  const rows = Uint32Array.from({ length: halves.length }, (_, row) => row);
  const scores = learn(rows.filter((row) => halves[row] !== half));
  const scored = rows.filter((row) => halves[row] === half);
  return delong(
    Uint8Array.from(scored, (row) => labels[row]!),
    Float64Array.from(scored, (row) => scores[row]!),
  );
};

/**
 * Can a learner tell current rows from those of the reference? It sees all columns together, and so what no test of single columns can: two
 * columns that stopped moving together while each looks as before. Gradient boosted trees learn on one half of the rows which side a row is
 * of, and score the other half, and the other way round; the mean AUC of the halves is about 0.5 when both sides are alike, and 1 when nothing
 * is. Each half has DeLong's standard error, for its learner never saw it; how the two hang together is not known, so their mean is given the
 * mean of their errors, which it can at most have. (Pooled scores of five folds would be told apart in 15 of 100 pairs of equal samples.)
 *
 * In words of a KS distance: sides whose best score lies D apart give an AUC of at least (1 + D)/2.
 *
 * Rows are taken as independent. In a slow stream, where neighbours resemble each other, a window is told from the rest without any drift.
 *
 * @param reference columns of one length
 * @param current   the same columns, in the same order
 * @returns undefined when a side has fewer than 50 rows
 * @throws RekindleError STATISTIC_OPTIONS_INVALID if the columns of the sides differ in number or type
 * @see Rabanser, Günnemann & Lipton, Failing Loudly (2019), its domain classifier; `delong` for the interval
 */
export const domainClassifier = (
  reference: readonly DomainColumn[],
  current: readonly DomainColumn[],
  { seed, maxRows = 2000 }: DomainClassifierOptions,
): DomainClassifier | Undefined => {
  if (reference.length !== current.length)
    throw invalid(`domain classifier: ${reference.length} reference columns against ${current.length} current columns`);
  const random = numpyRandom(seed);
  const sides = [reference, current].map((side) => drawn(side[0] ? lengthOf(side[0]) : 0, maxRows, random));
  const [first, second] = sides as [Uint32Array, Uint32Array];
  if (first.length < FEWEST_ROWS || second.length < FEWEST_ROWS) return undefinedBecause(`a side has fewer than ${FEWEST_ROWS} rows`);
  const rows = first.length + second.length;
  const columns = reference.map((column, i) => binned(column, current[i]!, [first, second]));
  const labels = Uint8Array.from({ length: rows }, (_, row) => Number(row >= first.length));
  const weights = Float64Array.from(labels, (label) => rows / 2 / (label === 1 ? second.length : first.length));

  const halves = halvesOf([first.length, second.length], random);
  const gains = new Float64Array(columns.length);
  const boosting = {
    rounds: ROUNDS,
    depth: DEPTH,
    learningRate: LEARNING_RATE,
    leafRows: LEAF_ROWS,
    columnsPerTree: COLUMNS_PER_TREE,
    permutation: (n: number) => random.permutation(n),
  };
  const learn = (train: Uint32Array): Float64Array => boostedScores(columns, labels, weights, train, boosting, gains);
  const [a, b] = [crossed(0, halves, learn, labels), crossed(1, halves, learn, labels)];
  if (isUndefined(a)) return a;
  if (isUndefined(b)) return b;
  const auc = (a.auc + b.auc) / 2;
  const standardError = (a.standardError + b.standardError) / 2;
  const reach = normalQuantile(0.975) * standardError;
  const total = gains.reduce((sum, gain) => sum + gain, 0);
  return {
    auc,
    interval: [Math.max(0, auc - reach), Math.min(1, auc + reach)],
    pValue: standardError > 0 ? normalSf((auc - 0.5) / standardError) : Number(auc <= 0.5),
    rows: { reference: first.length, current: second.length },
    contributions: [...gains].map((gain) => (total === 0 ? 0 : gain / total)),
  };
};
