/** Vectors of the statistics room and of classifiers. */
import { binaryQuality, decisionQuality } from '../../core/quality/binary.js';
import { multiclassScores } from '../../core/quality/multiclass-scores.js';
import { multiclassQuality, type Label } from '../../core/quality/multiclass.js';
import {
  adjustPValues,
  chiSquareTest,
  contingencyOfCounts,
  countCategories,
  cramersV,
  criticalPsi,
  delong,
  evidentlyPsi,
  goodnessOfFit,
  isUndefined,
  ksLimitPValue,
  ksTest,
  pairedDelong,
  psiOfCounts,
  quantilePsi,
  twoProportionZ,
  type Adjustment,
  type KsAlternative,
  type KsMethod,
} from '../../core/statistics/index.js';
import { bits, categories, numbers, type Input } from './recipes.js';
import { regression } from './streaming-and-quality.js';
import { vectorAdapter, type VectorCall, type VectorCalls } from './vectors.js';

const ks: VectorCall = ({ inputs, params }) => {
  const { alternative = 'two-sided', method = 'auto' } = params as Readonly<Record<string, string>>;
  if (!['two-sided', 'less', 'greater'].includes(alternative) || !['auto', 'exact', 'asymp'].includes(method)) return null;
  const result = ksTest(numbers(inputs['x']), numbers(inputs['y']), {
    alternative: alternative as KsAlternative,
    method: method as KsMethod,
  });
  if (isUndefined(result)) return result;
  return {
    statistic: result.statistic,
    pvalue: result.pValue,
    statistic_location: result.location,
    statistic_sign: result.sign,
    method_used: result.method,
    n1: result.n1,
    n2: result.n2,
    pvalue_kolmogorov_limit: ksLimitPValue(result.statistic, result.n1, result.n2),
  };
};

const psi: VectorCall = ({ inputs, params }) => {
  if (inputs['bins'] !== undefined) {
    const { bins, n_reference: n, n_current: m } = inputs as unknown as Readonly<Record<string, number>>;
    return { critical_psi: criticalPsi(bins!, n!, m!, params['alpha'] as number) };
  }
  switch (params['convention']) {
    case 'counts': {
      const value = psiOfCounts(numbers(inputs['reference_counts']), numbers(inputs['current_counts']), params['eps'] as number);
      return isUndefined(value) ? value : { psi: value };
    }
    case 'quantile': {
      const result = quantilePsi(numbers(inputs['reference']), numbers(inputs['current']), {
        bins: params['bins'] as number,
        floor: params['eps'] as number,
        missingBin: params['missing_bin'] as boolean,
      });
      if (isUndefined(result)) return result;
      const { innerEdges: inner_edges, referenceCounts: reference_counts, currentCounts: current_counts } = result;
      return { psi: result.psi, level: result.level, inner_edges, reference_counts, current_counts };
    }
    case 'evidently': {
      const read = params['feature_type'] === 'num' ? numbers : categories;
      const threshold = params['threshold'] as number | null;
      const result = evidentlyPsi(read(inputs['reference']), read(inputs['current']), {
        integers: String(params['dtype']).startsWith('int'),
        ...(threshold === null ? {} : { threshold }),
      });
      if (isUndefined(result)) return result;
      const { referenceShares: reference_fractions, currentShares: current_fractions, ...rest } = result;
      return { ...rest, reference_fractions, current_fractions };
    }
    default:
      return null;
  }
};

const contingency = (
  table: readonly (readonly number[])[],
  correction: boolean,
): Record<string, unknown> | ReturnType<typeof chiSquareTest> => {
  const test = chiSquareTest(table, { correction });
  if (isUndefined(test)) return test;
  const v = cramersV(table);
  return {
    statistic: test.statistic,
    pvalue: test.pValue,
    dof: test.dof,
    expected_freq: test.expected,
    cramers_v: isUndefined(v) ? null : v,
  };
};

const chi2: VectorCall = ({ inputs, params, source }) => {
  const correction = params['correction'] as boolean;
  if (inputs['table'] !== undefined) return contingency(inputs['table'] as unknown as readonly (readonly number[])[], correction);
  const counts = [inputs['reference']!, inputs['current']!].map((side) => countCategories(categories(side)));
  const { categories: names, table } = contingencyOfCounts(counts[0]!, counts[1]!);
  if (params['convention'] === 'evidently') {
    // Evidently's z test is of the share of rows that are not the first category
    const notFirst = (row: readonly number[]): number => row.slice(1).reduce((a, b) => a + b, 0);
    const total = (row: readonly number[]): number => (row[0] ?? 0) + notFirst(row);
    const test = source.includes('z_stat_test')
      ? twoProportionZ(notFirst(table[0]), total(table[0]), notFirst(table[1]), total(table[1]))
      : goodnessOfFit(table[0], table[1]);
    if (isUndefined(test)) return test;
    const threshold = (params['threshold'] as number | null) ?? 0.05;
    return { score: test.pValue, threshold, drifted: test.pValue < threshold };
  }
  const test = contingency(table, correction);
  return isUndefined(test) ? test : { ...test, categories: names, table };
};

const snakeCase = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

const binary: VectorCall = ({ inputs, params }) => {
  const labels = bits(inputs['y_true']);
  const weights = inputs['sample_weight'] && numbers(inputs['sample_weight']);
  const result = inputs['y_score']
    ? binaryQuality(labels, numbers(inputs['y_score']), {
        threshold: params['threshold'] as number,
        ...(weights ? { weights } : {}),
      })
    : decisionQuality(labels, bits(inputs['y_pred']), weights);
  if (isUndefined(result)) return result;
  const named = Object.fromEntries(Object.entries(result).map(([name, value]) => [snakeCase(name), value as unknown]));
  const why_null = Object.fromEntries(Object.entries(result.whyNull).map(([name, reason]) => [snakeCase(name), reason]));
  return { ...named, ece_equal_width_10: named['calibration_error'], why_null };
};

const labelsOf = (input: Input, like: readonly Label[]): Label[] =>
  typeof like[0] === 'string' ? categories(input).map((label) => label ?? '') : [...numbers(input)];

const multiclass: VectorCall = ({ inputs, params }) => {
  const labels = params['labels'] as readonly Label[];
  const weights = inputs['sample_weight'] && numbers(inputs['sample_weight']);
  const result = multiclassQuality(labelsOf(inputs['y_true']!, labels), labelsOf(inputs['y_pred']!, labels), {
    labels,
    zeroDivision: params['zero_division'] as number,
    ...(weights ? { weights } : {}),
  });
  if (isUndefined(result)) return result;
  const { confusionMatrix: confusion_matrix, perClass: per_class, cohenKappa: cohen_kappa, ...rest } = result;
  return { ...rest, confusion_matrix, per_class, cohen_kappa };
};

/** p_ij = (raw_ij + sharp·[y_i = j]) / Σ_j (…) */
const multiclassProbabilities = (truth: Uint32Array, raw: readonly Float64Array[], sharp: number): Float64Array[] => {
  const lifted = raw.map((column, j) => column.map((value, i) => value + (truth[i] === j ? sharp : 0)));
  const totals = lifted[0]!.map((_, i) => lifted.reduce((sum, column) => sum + column[i]!, 0));
  return lifted.map((column) => column.map((value, i) => value / totals[i]!));
};

const multiclassRanking: VectorCall = ({ inputs, params }) => {
  const truth = Uint32Array.from(numbers(inputs['y_true']));
  const columns = (name: string): Float64Array[] | undefined => (inputs[name] as unknown as readonly Input[] | undefined)?.map(numbers);
  const weights = inputs['sample_weight'] && numbers(inputs['sample_weight']);
  const scores = columns('scores') ?? multiclassProbabilities(truth, columns('raw_columns') ?? [], params['sharp'] as number);
  const result = multiclassScores(truth, scores, weights);
  if (isUndefined(result)) return result;
  return {
    roc_auc_ovr_macro: result.ovrMacro,
    roc_auc_ovr_weighted: result.ovrWeighted,
    roc_auc_ovo_macro: result.ovoMacro,
    roc_auc_ovo_weighted: result.ovoWeighted,
    log_loss: result.logLoss,
    brier: result.brier,
    per_class: result.perClass,
  };
};

const classification: VectorCall = (testCase) => {
  switch (testCase.params['kind']) {
    case 'binary':
      return binary(testCase);
    case 'multiclass':
      return multiclass(testCase);
    case 'multiclass_scores':
      return multiclassRanking(testCase);
    case 'regression':
      return regression(testCase);
    default:
      return null;
  }
};

const delongCall: VectorCall = ({ inputs, params }) => {
  const labels = bits(inputs['y_true']);
  const alpha = params['alpha'] as number;
  const scores = numbers(inputs['score_a']);
  const one = delong(labels, scores, alpha);
  if (isUndefined(one)) return one;
  const { positives, negatives } = one;
  const ofA = { auc_a: one.auc, variance_a: one.variance, se_a: one.standardError, ci_a: one.interval, positives, negatives };
  if (!inputs['score_b']) return ofA;
  const pair = pairedDelong(labels, scores, numbers(inputs['score_b']), alpha);
  if (isUndefined(pair)) return pair;
  const { covariance, difference, z, pValue: pvalue } = pair;
  return { ...ofA, auc_b: pair.b.auc, variance_b: pair.b.variance, covariance, difference, z, pvalue };
};

const multipleTests: VectorCall = ({ inputs, params }) => {
  const given = Array.from(numbers(inputs['pvalues']), (p) => (Number.isNaN(p) ? null : p));
  const adjusted = adjustPValues(given, params['method'] as Adjustment);
  return { adjusted, rejected: adjusted.map((p) => p !== null && p <= (params['alpha'] as number)) };
};

export const statisticsCalls = {
  'ks.json': ks,
  'psi.json': psi,
  'chi2.json': chi2,
  'classification.json': classification,
  'sklearn-variants.json': classification,
  'delong.json': delongCall,
  'multipletests.json': multipleTests,
} satisfies VectorCalls;

export const statisticsAdapter = vectorAdapter(statisticsCalls);
