/** What this room can measure: one row per statistic, for reports, documentation and tools that let a person choose. */
export interface StatisticEntry {
  readonly name: string;
  /** what it is applied to */
  readonly of: 'numbers' | 'categories' | 'counts' | 'scores' | 'p-values' | 'proportions' | 'stream' | 'any';
  readonly what: string;
  /** range of the value; p-values always lie in [0, 1] */
  readonly range: string;
  /** the implementation whose values it equals */
  readonly equals: string;
}

export const STATISTICS = [
  { name: 'ks', of: 'numbers', what: 'largest distance between two distribution functions', range: '0 … 1', equals: 'scipy ks_2samp' },
  {
    name: 'quantile_psi',
    of: 'numbers',
    what: 'population stability index over the deciles of the reference',
    range: '0 … ∞',
    equals: 'definition',
  },
  { name: 'evidently_psi', of: 'any', what: "population stability index over Evidently's bins", range: '0 … ∞', equals: 'Evidently' },
  { name: 'psi_of_counts', of: 'counts', what: 'population stability index over given bins', range: '0 … ∞', equals: 'definition' },
  {
    name: 'chi_square',
    of: 'counts',
    what: 'independence of the rows and columns of a table',
    range: '0 … ∞',
    equals: 'scipy chi2_contingency',
  },
  { name: 'cramers_v', of: 'counts', what: 'strength of that dependence', range: '0 … 1', equals: 'definition' },
  { name: 'balanced_cramers_v', of: 'counts', what: 'the same as if both samples had one size', range: '0 … 1', equals: 'definition' },
  {
    name: 'goodness_of_fit',
    of: 'counts',
    what: 'counts against shares taken as exact',
    range: '0 … ∞',
    equals: 'scipy chisquare, Evidently',
  },
  {
    name: 'wasserstein',
    of: 'numbers',
    what: 'how far the average row must move, raw or in standard deviations of the reference',
    range: '0 … ∞',
    equals: 'scipy wasserstein_distance, Evidently',
  },
  {
    name: 'energy',
    of: 'numbers',
    what: 'squared gap of two distribution functions, integrated',
    range: '0 … ∞',
    equals: 'scipy energy_distance',
  },
  {
    name: 'cramer_von_mises',
    of: 'numbers',
    what: 'squared gap of two distribution functions over all values',
    range: '0 … ∞',
    equals: 'scipy cramervonmises_2samp',
  },
  { name: 'mann_whitney', of: 'numbers', what: 'does one sample tend to larger values', range: '0 … n·m', equals: 'scipy mannwhitneyu' },
  { name: 'welch', of: 'numbers', what: 'difference of two means, variances free', range: '−∞ … ∞', equals: 'scipy ttest_ind' },
  {
    name: 'jensen_shannon',
    of: 'counts',
    what: 'distance of two distributions from their average, base 2',
    range: '0 … 1',
    equals: 'scipy jensenshannon, NannyML',
  },
  { name: 'hellinger', of: 'counts', what: 'distance of the square roots of the shares', range: '0 … 1', equals: 'NannyML' },
  {
    name: 'kullback_leibler',
    of: 'counts',
    what: 'extra nats to encode the reference as the current sample',
    range: '0 … ∞',
    equals: 'scipy entropy',
  },
  { name: 'l_infinity', of: 'counts', what: 'largest change of the share of one category', range: '0 … 1', equals: 'NannyML' },
  {
    name: 'fisher',
    of: 'counts',
    what: 'independence of a tiny table, by counting',
    range: '0 … ∞',
    equals: 'scipy fisher_exact',
  },
  {
    name: 'mcnemar',
    of: 'counts',
    what: 'does one of two classifiers err more often on the same rows',
    range: '0 … ∞',
    equals: 'statsmodels mcnemar',
  },
  { name: 'mmd', of: 'numbers', what: 'change of a set of columns together, by seeded permutation', range: '0 … 2', equals: 'definition' },
  {
    name: 'domain_classifier',
    of: 'any',
    what: 'AUC of telling one sample from another by all columns together, by seeded boosted trees',
    range: '0 … 1',
    equals: 'definition',
  },
  { name: 'evidently_distance', of: 'any', what: "Evidently's distances over its own bins", range: '0 … ∞', equals: 'Evidently' },
  { name: 'nannyml_ks', of: 'numbers', what: "NannyML's estimate of KS", range: '0 … 1', equals: 'NannyML' },
  { name: 'nannyml_wasserstein', of: 'numbers', what: "NannyML's estimate of Wasserstein", range: '0 … ∞', equals: 'NannyML' },
  {
    name: 'two_proportion_z',
    of: 'proportions',
    what: 'difference of two proportions',
    range: '−∞ … ∞',
    equals: 'statsmodels proportions_ztest',
  },
  { name: 'wilson', of: 'proportions', what: 'interval of a proportion', range: '0 … 1', equals: 'statsmodels proportion_confint' },
  {
    name: 'roc_auc',
    of: 'scores',
    what: 'probability that a positive scores above a negative',
    range: '0 … 1',
    equals: 'scikit-learn roc_auc_score',
  },
  { name: 'delong', of: 'scores', what: 'interval of an AUC, and test of two on the same rows', range: '0 … 1', equals: 'definition' },
  { name: 'delong_series', of: 'scores', what: 'test of two AUCs on rows in time order', range: '−1 … 1', equals: 'definition' },
  {
    name: 'bootstrap',
    of: 'any',
    what: 'interval of any statistic by seeded resampling',
    range: 'that of the statistic',
    equals: 'definition',
  },
  { name: 'adjust', of: 'p-values', what: 'correction for many tests', range: '0 … 1', equals: 'statsmodels multipletests' },
  {
    name: 'adwin',
    of: 'stream',
    what: 'change of the mean of any numbers, by a window of its own length',
    range: 'drift or not',
    equals: 'river ADWIN',
  },
  {
    name: 'page_hinkley',
    of: 'stream',
    what: 'change of the mean, by a cumulative sum',
    range: 'drift or not',
    equals: 'river PageHinkley',
  },
  { name: 'ddm', of: 'stream', what: 'rise of an error rate over its best', range: 'drift, warning or neither', equals: 'river DDM' },
  { name: 'eddm', of: 'stream', what: 'errors that come closer together', range: 'drift, warning or neither', equals: 'river EDDM' },
  { name: 'hddm_a', of: 'stream', what: "rise of a mean by Hoeffding's bound", range: 'drift, warning or neither', equals: 'river HDDMA' },
] as const satisfies readonly StatisticEntry[];

export type StatisticName = (typeof STATISTICS)[number]['name'];
