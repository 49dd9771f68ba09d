import { binEdges, histogram } from './binning.js';
import { energyOfSorted } from './energy.js';
import {
  distinctOf,
  evidentlyShares,
  fillEmptyShares,
  finiteSorted,
  pooledSorted,
  type Column,
  type EvidentlyShares,
} from './evidently-bins.js';
import { hellinger } from './hellinger.js';
import { jensenShannon } from './jensen-shannon.js';
import { kullbackLeibler } from './kullback-leibler.js';
import { isUndefined, undefinedBecause, type Undefined } from './undefined.js';
import { normedWasserstein, wassersteinOfSorted } from './wasserstein.js';

/** Evidently's own names for its distances; PSI has a function of its own, `evidentlyPsi`. */
export type EvidentlyMeasure = 'hellinger' | 'kl_div' | 'jensenshannon' | 'wasserstein' | 'ed';

export interface EvidentlyDistance {
  readonly score: number;
  readonly threshold: number;
  readonly drifted: boolean;
  /** for `kl_div` and `jensenshannon` */
  readonly shares?: EvidentlyShares;
}

type Options = Readonly<{ integers?: boolean; threshold?: number }>;
type Score = number | Undefined;

const bothSorted = (reference: Column, current: Column): readonly [Float64Array, Float64Array] | Undefined => {
  if (!(reference instanceof Float64Array) || !(current instanceof Float64Array)) return undefinedBecause('this distance is for numbers');
  const [a, b] = [finiteSorted(reference), finiteSorted(current)];
  return a.length === 0 || b.length === 0 ? undefinedBecause('empty after missing and infinite values are dropped') : [a, b];
};

const ofSorted = (reference: Column, current: Column, measure: (a: Float64Array, b: Float64Array) => Score): Score => {
  const both = bothSorted(reference, current);
  return isUndefined(both) ? both : measure(...both);
};

/** Sturges' bins over the *distinct* values of both sides. */
const numericHellinger = (a: Float64Array, b: Float64Array, options: Options): Score => {
  const edges = binEdges(distinctOf(pooledSorted(a, b)), 'sturges', options);
  return isUndefined(edges) ? edges : hellinger(histogram(a, edges), histogram(b, edges));
};

/**
 * A distance as Evidently 0.7 computes it, with its default threshold of 0.1: to compare reports with, and to move from it without a
 * break in the numbers. Its equal-width bins are stretched by a single outlier until they hide everything; it says nothing of missing
 * values. Our own verdicts rest on KS D and Cramér's V.
 *
 * @param measure Jensen–Shannon in base e; Wasserstein in standard deviations of the reference
 * @param reference numbers (NaN missing) or categories (null missing); infinities are dropped
 * @param current   likewise
 * @param options `integers`: the columns had an integer type, so no bin is narrower than 1
 * @see evidently.legacy.calculations.stattests
 */
export const evidentlyDistance = (
  measure: EvidentlyMeasure,
  reference: Column,
  current: Column,
  options: Options = {},
): EvidentlyDistance | Undefined => {
  const { threshold = 0.1 } = options;
  const answer = (score: Score, shares?: EvidentlyShares): EvidentlyDistance | Undefined =>
    isUndefined(score) ? score : { score, threshold, drifted: score >= threshold, ...(shares ? { shares } : {}) };

  switch (measure) {
    case 'wasserstein':
      return answer(ofSorted(reference, current, (a, b) => normedWasserstein(wassersteinOfSorted(a, b), a)));
    case 'ed': {
      const energy = answer(ofSorted(reference, current, energyOfSorted));
      // the one test of Evidently's for which reaching the threshold is not enough
      return isUndefined(energy) ? energy : { ...energy, drifted: energy.score > threshold };
    }
    case 'hellinger': {
      if (reference instanceof Float64Array) return answer(ofSorted(reference, current, (a, b) => numericHellinger(a, b, options)));
      const shares = evidentlyShares(reference, current);
      return isUndefined(shares) ? shares : answer(hellinger(shares.reference, shares.current));
    }
    case 'kl_div': {
      const shares = evidentlyShares(reference, current, options);
      if (isUndefined(shares)) return shares;
      return answer(kullbackLeibler(fillEmptyShares(shares.reference), fillEmptyShares(shares.current)), shares);
    }
    case 'jensenshannon': {
      const shares = evidentlyShares(reference, current, options);
      if (isUndefined(shares)) return shares;
      const result = jensenShannon(shares.reference, shares.current, { base: Math.E });
      return isUndefined(result) ? result : answer(result.distance, shares);
    }
  }
};
