import { numpyRandom, type NumpyRandom } from '../statistics/mersenne-twister.js';
import { undefinedBecause, type Undefined } from '../statistics/undefined.js';

/** How many of `draws` fall to each class by its share; what rounding leaves goes to the largest remainders, ties by lot. */
const allotted = (counts: readonly number[], draws: number, random: NumpyRandom): number[] => {
  const total = counts.reduce((a, b) => a + b, 0);
  const exact = counts.map((count) => (count / total) * draws);
  const given = exact.map(Math.floor);
  let left = draws - given.reduce((a, b) => a + b, 0);
  const remainders = exact.map((share, i) => share - given[i]!);
  for (const remainder of [...new Set(remainders)].sort((a, b) => b - a)) {
    if (left === 0) break;
    const classes = remainders.flatMap((value, i) => (value === remainder ? [i] : []));
    const drawn = random.permutation(classes.length).subarray(0, Math.min(classes.length, left));
    for (const i of drawn) given[classes[i]!]!++;
    left -= drawn.length;
  }
  return given;
};

/**
 * Random halves of labelled rows, again and again: each time a share is set apart for the test, as many of either class as it has
 * rows. Drawn as scikit-learn draws them, so that a decision that rests on them is the peer's decision.
 *
 * @param labels 0 or 1
 * @returns the rows set apart, in each split; undefined when a class has fewer than two rows or the test would have fewer than two
 * @see `sklearn.model_selection.StratifiedShuffleSplit`
 */
export const stratifiedShuffleSplits = (
  labels: Uint8Array,
  options: { readonly splits: number; readonly testShare: number; readonly seed: number },
): readonly Uint32Array[] | Undefined => {
  const rowsOf: readonly Uint32Array[] = [0, 1].map((label) => {
    const rows = new Uint32Array(labels.length);
    let n = 0;
    for (let i = 0; i < labels.length; i++) if (labels[i] === label) rows[n++] = i;
    return rows.slice(0, n);
  });
  const counts = rowsOf.map((rows) => rows.length);
  const testRows = Math.ceil(options.testShare * labels.length);
  const trainRows = labels.length - testRows;
  if (Math.min(...counts) < 2) return undefinedBecause('a class has fewer than two rows');
  if (testRows < 2 || trainRows < 2) return undefinedBecause('too few rows to set some apart');

  const random = numpyRandom(options.seed);
  return Array.from({ length: options.splits }, () => {
    const train = allotted(counts, trainRows, random);
    const test = allotted(
      counts.map((count, i) => count - train[i]!),
      testRows,
      random,
    );
    const apart = rowsOf.map((rows, i) => {
      const order = random.permutation(rows.length);
      return order.subarray(train[i], train[i]! + test[i]!).map((place) => rows[place]!);
    });
    // the peer also shuffles what it returns: the draws must be made, the order is of no use here
    random.skipPermutation(trainRows);
    random.skipPermutation(testRows);
    const rows = new Uint32Array(testRows);
    rows.set(apart[0]!);
    rows.set(apart[1]!, apart[0]!.length);
    return rows;
  });
};
