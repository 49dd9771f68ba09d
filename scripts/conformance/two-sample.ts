/** Vectors of distances, two-sample tests and bins. */
import { binEdges, histogram, histogramWithOutside, type BinRule } from '../../core/statistics/binning.js';
import { contingencyOfCounts, countCategories } from '../../core/statistics/contingency.js';
import { cramerVonMises } from '../../core/statistics/cramer-von-mises.js';
import { energyDistance } from '../../core/statistics/energy.js';
import { evidentlyDistance, type EvidentlyMeasure } from '../../core/statistics/evidently.js';
import { fisherExact } from '../../core/statistics/fisher.js';
import { hellinger } from '../../core/statistics/hellinger.js';
import { jensenShannon } from '../../core/statistics/jensen-shannon.js';
import { kullbackLeibler } from '../../core/statistics/kullback-leibler.js';
import { lInfinity } from '../../core/statistics/l-infinity.js';
import { mannWhitney, type MannWhitneyAlternative } from '../../core/statistics/mann-whitney.js';
import { mcnemar } from '../../core/statistics/mcnemar.js';
import { nannymlKs, nannymlWasserstein } from '../../core/statistics/nannyml.js';
import { sortedValues } from '../../core/statistics/sort.js';
import { summarize } from '../../core/statistics/summary.js';
import { isUndefined } from '../../core/statistics/undefined.js';
import { wasserstein } from '../../core/statistics/wasserstein.js';
import { welchTest } from '../../core/statistics/welch.js';
import { categories, numbers } from './recipes.js';
import { vectorAdapter, type VectorCall, type VectorCalls, type VectorCase } from './vectors.js';

const EVIDENTLY: Readonly<Record<string, EvidentlyMeasure>> = {
  hellinger_stat_test: 'hellinger',
  kl_div_stat_test: 'kl_div',
  jensenshannon_stat_test: 'jensenshannon',
  wasserstein_stat_test: 'wasserstein',
  energy_dist_test: 'ed',
};

const evidently: VectorCall = ({ inputs, params, source }) => {
  const measure = EVIDENTLY[source.slice(source.lastIndexOf('.') + 1)];
  if (!measure) return null;
  const read = params['feature_type'] === 'num' ? numbers : categories;
  const threshold = params['threshold'] as number | null;
  const result = evidentlyDistance(measure, read(inputs['reference']), read(inputs['current']), {
    integers: String(params['dtype']).startsWith('int'),
    ...(threshold === null ? {} : { threshold }),
  });
  if (isUndefined(result) || !result.shares) return result;
  const { shares, ...rest } = result;
  return {
    ...rest,
    binning: shares.binning,
    edges: shares.edges,
    reference_fractions: shares.reference,
    current_fractions: shares.current,
  };
};

const distanceOf = (
  measure: unknown,
  reference: ArrayLike<number>,
  current: ArrayLike<number>,
): number | null | ReturnType<typeof hellinger> => {
  if (String(measure).endsWith('HellingerDistance')) return hellinger(reference, current);
  if (String(measure).endsWith('LInfinityDistance')) return lInfinity(reference, current);
  if (!String(measure).endsWith('JensenShannonDistance')) return null;
  const result = jensenShannon(reference, current);
  return isUndefined(result) ? result : result.distance;
};

const nannyml: VectorCall = ({ inputs, params }) => {
  const { method } = params;
  if (params['feature_type'] === 'cat') {
    const [reference, current] = ['reference', 'current'].map((side) => countCategories(categories(inputs[side])));
    const value = distanceOf(method, ...contingencyOfCounts(reference!, current!).table);
    return isUndefined(value) || value === null ? value : { value };
  }
  const [reference, current] = [numbers(inputs['reference']), numbers(inputs['current'])];
  if (method === 'WassersteinDistance' || method === 'KolmogorovSmirnovStatistic') {
    const value = (method === 'WassersteinDistance' ? nannymlWasserstein : nannymlKs)(reference, current);
    return isUndefined(value) ? value : { value };
  }
  const sorted = sortedValues(reference);
  const edges = binEdges(sorted, 'doane');
  if (isUndefined(edges)) return edges;
  const counts = histogram(sorted, edges);
  const value = distanceOf(method, [...counts, 0], histogramWithOutside(sortedValues(current), edges));
  if (isUndefined(value) || value === null) return value;
  return { value, edges, reference_fractions: counts.map((count) => count / sorted.length) };
};

const distances: VectorCall = (testCase) => {
  switch (testCase.params['convention']) {
    case 'evidently':
      return evidently(testCase);
    case 'nannyml':
      return nannyml(testCase);
    default:
      return null;
  }
};

const js: VectorCall = (testCase) => {
  const { inputs, params } = testCase;
  if (params['convention'] !== 'scipy') return distances(testCase);
  return jensenShannon(numbers(inputs['p']), numbers(inputs['q']), { base: (params['base'] as number | null) ?? Math.E });
};

const wassersteinCall: VectorCall = (testCase) => {
  const { inputs, params } = testCase;
  if (params['convention'] !== 'scipy') return distances(testCase);
  const [referenceWeights, currentWeights] = ['x_weights', 'y_weights'].map((name) => inputs[name] && numbers(inputs[name]));
  const result = wasserstein(numbers(inputs['x']), numbers(inputs['y']), {
    ...(referenceWeights ? { referenceWeights } : {}),
    ...(currentWeights ? { currentWeights } : {}),
  });
  return isUndefined(result) ? result : { distance: result.distance, normed_by_reference_std: result.normed };
};

/** The vectors' name of a method is scipy's. */
const methodOf = (params: VectorCase['params']): 'auto' | 'exact' | 'asymp' =>
  params['method'] === 'asymptotic' ? 'asymp' : ((params['method'] as 'auto' | 'exact' | undefined) ?? 'auto');

const twoSample: VectorCall = (testCase) => {
  const { inputs, params } = testCase;
  const alternative = (params['alternative'] as MannWhitneyAlternative | undefined) ?? 'two-sided';
  if (params['test'] === 'fisher') {
    const { oddsRatio, pValue } = fisherExact(inputs['table'] as unknown as Parameters<typeof fisherExact>[0], { alternative });
    return { statistic: oddsRatio, pvalue: pValue };
  }
  if (params['test'] === 'kl') {
    const base = params['base'] as number | null;
    const divergence = kullbackLeibler(numbers(inputs['p']), numbers(inputs['q']), base === null ? {} : { base });
    return isUndefined(divergence) ? divergence : { divergence };
  }
  const [x, y] = [numbers(inputs['x']), numbers(inputs['y'])];
  switch (params['test']) {
    case 'cramervonmises': {
      const result = cramerVonMises(x, y, { method: methodOf(params) });
      return isUndefined(result) ? result : { statistic: result.statistic, pvalue: result.pValue };
    }
    case 'mannwhitney': {
      const result = mannWhitney(x, y, { alternative, method: methodOf(params) });
      return isUndefined(result) ? result : { statistic: result.statistic, pvalue: result.pValue };
    }
    case 'welch_t': {
      const result = welchTest(x, y);
      return isUndefined(result) ? result : { statistic: result.statistic, pvalue: result.pValue, df: result.dof };
    }
    case 'energy': {
      const distance = energyDistance(x, y);
      return isUndefined(distance) ? distance : { distance };
    }
    default:
      return null;
  }
};

const mcnemarCall: VectorCall = ({ inputs, params }) => {
  const { only_a_correct: onlyA, only_b_correct: onlyB } = inputs as unknown as Readonly<Record<string, number>>;
  const { statistic, pValue } = mcnemar(onlyA!, onlyB!, { exact: params['exact'] as boolean, correction: params['correction'] as boolean });
  return { statistic, pvalue: pValue };
};

const binning: VectorCall = ({ inputs, params }) => {
  const values = numbers(inputs['x']);
  switch (params['kind']) {
    case 'bin_edges': {
      const sorted = sortedValues(values);
      const edges = binEdges(sorted, params['rule'] as BinRule, { integers: String(params['dtype']).startsWith('int') });
      return isUndefined(edges) ? edges : { edges, counts: histogram(sorted, edges) };
    }
    case 'quantiles': {
      const summary = summarize(values, params['q'] as readonly number[]);
      if (isUndefined(summary)) return summary;
      const { stdPopulation, stdSample, ...rest } = summary;
      return { ...rest, std_pop: stdPopulation, std_sample: stdSample };
    }
    default:
      return null;
  }
};

export const twoSampleCalls = {
  'distances.json': distances,
  'js.json': js,
  'wasserstein.json': wassersteinCall,
  'twosample.json': twoSample,
  'scipy-variants.json': twoSample,
  'mcnemar.json': mcnemarCall,
  'binning.json': binning,
} satisfies VectorCalls;

export const twoSampleAdapter = vectorAdapter(twoSampleCalls);
