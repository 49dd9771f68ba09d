/**
 * Vectors of numbers. A case is `{ name, inputs, params, expected, source, tol? }`; a call maps its inputs to ours and our answer to its
 * field names, and every expected field is then compared. The name of a file says which call its cases want (`ks.json`, `ks-more.json`);
 * where it does not, the source of a case does.
 */
import { basename } from 'node:path';
import type { Adapter, TestCase, Verdict } from './adapter.js';
import type { Input } from './recipes.js';
import { firstDifference, type Tolerances } from './tolerance.js';

export interface VectorCase {
  readonly name: string;
  readonly inputs: Readonly<Record<string, Input>>;
  readonly params: Readonly<Record<string, unknown>>;
  readonly expected: Readonly<Record<string, unknown>>;
  readonly source: string;
  readonly tol?: Tolerances;
}

/** Our answer under the names of the vectors, or null for a case that no call here knows. */
export type VectorCall = (testCase: VectorCase) => unknown;

/** By name of the file. */
export type VectorCalls = Readonly<Record<string, VectorCall>>;

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A case with everything that a call may ask for, or what is wrong with it. */
const wholeCase = (testCase: TestCase): VectorCase | string => {
  const { name, inputs, params = {}, expected, source, tol } = testCase;
  for (const [part, value] of Object.entries({ inputs, params, expected })) {
    if (!isRecord(value)) return `the case has no object '${part}'`;
  }
  return {
    name,
    inputs,
    params,
    expected,
    source: typeof source === 'string' ? source : '',
    ...(isRecord(tol) ? { tol } : {}),
  } as VectorCase;
};

/** Of files whose names do not say it: what made the values of a case. */
const SOURCES: readonly (readonly [RegExp, string])[] = [
  [/ks_2samp/, 'ks.json'],
  [/psi_stat_test|Yurdakul|drift\.psi/, 'psi.json'],
  [/default_stattest/, 'selection.json'],
  [/proportion_confint|proportions_ztest|calculate_threshold_values/, 'thresholds.json'],
  [/chi2_contingency|chi_stat_test|z_stat_test/, 'chi2.json'],
  [/multipletests/, 'multipletests.json'],
  [/mcnemar/, 'mcnemar.json'],
  [/DeLong/i, 'delong.json'],
  [/histogram_bin_edges|numpy\.quantile/, 'binning.json'],
  [/jensenshannon|JensenShannon/, 'js.json'],
  [/wasserstein|Wasserstein|KolmogorovSmirnovStatistic/, 'wasserstein.json'],
  [/hellinger|Hellinger|kl_div|energy_dist_test|LInfinity/, 'distances.json'],
  [/cramervonmises|mannwhitneyu|ttest_ind|energy_distance|fisher_exact|stats\.entropy/, 'scipy-variants.json'],
  [/^river/, 'streaming.json'],
  [/nannyml|IsotonicRegression/, 'cbpe.json'],
];

/** The same, of inputs that only one call has. */
const INPUTS: readonly (readonly [string, string])[] = [
  ['pvalues', 'multipletests.json'],
  ['only_a_correct', 'mcnemar.json'],
  ['score_a', 'delong.json'],
  ['stream', 'streaming.json'],
  ['successes', 'thresholds.json'],
  ['k1', 'thresholds.json'],
  ['reference_counts', 'psi.json'],
  ['n_reference', 'psi.json'],
];

const byContent = ({ inputs, params, source }: TestCase): string | undefined => {
  const given = isRecord(inputs) ? INPUTS.find(([name]) => name in inputs)?.[1] : undefined;
  if (given !== undefined) return given;
  if (isRecord(params) && params['convention'] === 'quantile') return 'psi.json';
  if (typeof source !== 'string') return undefined;
  const found = SOURCES.find(([made]) => made.test(source))?.[1];
  if (found !== undefined || !source.startsWith('sklearn')) return found;
  return isRecord(params) && params['kind'] !== undefined ? 'classification.json' : 'regression.json';
};

const byName = (fileName: string, calls: VectorCalls): string | undefined => {
  const name = basename(fileName);
  if (name in calls) return name;
  const words = basename(name, '.json').split(/[^a-z0-9]+/i);
  return Object.keys(calls).find((known) => words.includes(basename(known, '.json')));
};

const checked = (call: VectorCall | undefined, testCase: TestCase, tolerances: Tolerances): Verdict => {
  const given = wholeCase(testCase);
  if (typeof given === 'string') return { verdict: 'fail', why: given };
  if (!call) return { verdict: 'skip', why: `no call for source '${given.source}'` };
  let answer: unknown;
  try {
    answer = call(given);
  } catch (error) {
    return { verdict: 'fail', why: error instanceof Error ? `${error.name}: ${error.message}` : String(error) };
  }
  if (answer === null) return { verdict: 'skip', why: `no call for params ${JSON.stringify(given.params)}` };
  const why = firstDifference(given.expected, answer, { ...tolerances, ...given.tol });
  return why === null ? { verdict: 'pass' } : { verdict: 'fail', why };
};

/** @param tolerances where a whole room needs other ones; those of a case win */
export const vectorAdapter = (calls: VectorCalls, tolerances: Tolerances = {}): Adapter => ({
  accepts: (fileName, cases) => byName(fileName, calls) !== undefined || cases.some((testCase) => (byContent(testCase) ?? '') in calls),
  check: (fileName, testCase) => {
    const room = byName(fileName, calls) ?? byContent(testCase);
    return checked(room === undefined ? undefined : calls[room], testCase, tolerances);
  },
});
