/** `rekindle/statistics`: tests, distances and intervals over typed arrays; values equal scipy's, scikit-learn's and statsmodels'. */
export { binEdges, histogram, histogramWithOutside, type BinRule } from './binning.js';
export { bootstrap, type BootstrapInterval } from './bootstrap.js';
export { chiSquareTest, type ChiSquareTest } from './chi-square.js';
export { contingencyOfCounts, countCategories, type Contingency } from './contingency.js';
export { cramerVonMises, cramerVonMisesOfSorted, type CramerVonMises, type CramerVonMisesMethod } from './cramer-von-mises.js';
export { balancedCramersV, cramersV } from './cramers-v.js';
export { pairedDelongSeries, type SeriesDelongTest } from './delong-series.js';
export { delong, pairedDelong, type AucEstimate, type DelongTest, type PairedDelongTest } from './delong.js';
export { chiSquaredIsf, chiSquaredSf, noncentralChiSquaredSf } from './distributions/chi-squared.js';
export { kolmogorovSmirnovSf } from './distributions/kolmogorov-smirnov.js';
export { kolmogorovIsf, kolmogorovSf } from './distributions/kolmogorov.js';
export { normalCdf, normalQuantile, normalSf, normalTwoSided } from './distributions/normal.js';
export { smirnovSf } from './distributions/smirnov.js';
export { studentCritical, studentTwoSided } from './distributions/student-t.js';
export { energyDistance, energyOfSorted } from './energy.js';
export { evidentlyMethod, evidentlyVerdict, type EvidentlyMethod, type EvidentlyVerdict } from './evidently-choice.js';
export { evidentlyDistance, type EvidentlyDistance, type EvidentlyMeasure } from './evidently.js';
export { fisherExactTable } from './fisher-table.js';
export { fisherExact, type FisherAlternative, type FisherTest } from './fisher.js';
export { goodnessOfFit } from './goodness-of-fit.js';
export { hellinger } from './hellinger.js';
export { jensenShannon, type JensenShannon } from './jensen-shannon.js';
export {
  ksDistance,
  ksLimitPValue,
  ksPValue,
  ksTest,
  type KsAlternative,
  type KsDistance,
  type KsMethod,
  type KsPValue,
  type KsTest,
} from './ks.js';
export { kullbackLeibler } from './kullback-leibler.js';
export { lInfinity } from './l-infinity.js';
export { sumVariance, type SumVariance } from './long-run-variance.js';
export { mannWhitney, mannWhitneyOfSorted, type MannWhitney, type MannWhitneyAlternative, type MannWhitneyMethod } from './mann-whitney.js';
export { mcnemar, type McNemar } from './mcnemar.js';
export { mmd, type Mmd, type MmdOptions } from './mmd.js';
export { adjustPValues, type Adjustment } from './multiple-testing.js';
export { nannymlKs, nannymlWasserstein } from './nannyml.js';
export { smallestVisibleKs, smallestVisibleV } from './power.js';
export { evidentlyPsi, type EvidentlyPsi } from './psi-evidently.js';
export { quantilePsi, type QuantilePsi } from './psi-quantile.js';
export { criticalPsi, psiLevel, psiOfCounts, psiOfShares, type PsiLevel } from './psi.js';
export { quantile } from './quantile.js';
export { mulberry32 } from './random.js';
export { rocAuc } from './roc-auc.js';
export { sortedValues } from './sort.js';
export { adwin, type AdwinOptions, type AdwinState } from './streaming/adwin.js';
export { ddm, type DdmOptions, type DdmState } from './streaming/ddm.js';
export { detectChanges, type StreamDetector, type StreamFindings, type StreamState } from './streaming/detector.js';
export { eddm, type EddmOptions, type EddmState } from './streaming/eddm.js';
export { hddmA, type HddmAOptions, type HddmAState } from './streaming/hddm-a.js';
export { pageHinkley, type PageHinkleyOptions, type PageHinkleyState } from './streaming/page-hinkley.js';
export { summarize, type Summary } from './summary.js';
export { STATISTICS, type StatisticEntry, type StatisticName } from './table.js';
export { twoProportionZ } from './two-proportion-z.js';
export { isUndefined, type Undefined } from './undefined.js';
export { normedWasserstein, wasserstein, wassersteinOfSorted, type Wasserstein } from './wasserstein.js';
export { welchTest, type WelchTest } from './welch.js';
export { wilsonInterval } from './wilson.js';
