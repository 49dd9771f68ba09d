/**
 * `rekindle/statistics`: tests, distances, intervals, detectors and the quality of predictions, over typed arrays; values equal scipy's,
 * scikit-learn's, statsmodels', river's and NannyML's.
 *
 * Two conventions hold in all of it. A call that is wrong (columns of different length, a negative count, an option outside of its range)
 * throws a `RekindleError` with code `STATISTIC_OPTIONS_INVALID`. Data that give no answer (no rows, one class, 0/0) are no error: the answer
 * is an `Undefined` with its reason, or null beside a reason in `whyNull`, never 0 or NaN.
 */
export { isRekindleError, RekindleError } from '../errors.js';
export type { CategoryColumn, Column, Frame, NumberColumn } from '../frame.js';
export { binaryIntervals, type BinaryIntervalMetric, type BinaryPredictions } from '../quality/binary-intervals.js';
export { areProbabilities, binaryQuality, decisionQuality, type BinaryQuality, type DecisionQuality } from '../quality/binary.js';
export { brierScore } from '../quality/brier.js';
export { equalCountCalibrationError, expectedCalibrationError, reliability, type ReliabilityBin } from '../quality/calibration.js';
export { calibratorFor, type Calibrator } from '../quality/calibrator.js';
export { estimateCbpe, fitCbpe, UNKNOWN_LABEL, type CbpeChunk, type CbpeOptions, type CbpeReference } from '../quality/cbpe.js';
export { readConceptDrift, type ConceptReading, type Reading, type WindowEvidence } from '../quality/concept-drift.js';
export { confusionAt, type Confusion } from '../quality/confusion.js';
export { estimateDle, fitDle, type DleChunk, type DleOptions, type DleReference } from '../quality/dle.js';
export type { Chunk, MetricEstimate } from '../quality/estimate.js';
export { expectedQuality, type ExpectedMetric, type ExpectedQuality } from '../quality/expected.js';
export type { Interval, IntervalOptions, Intervals } from '../quality/intervals.js';
export { isotonicAt, isotonicRegression, type Isotonic } from '../quality/isotonic.js';
export { logLoss } from '../quality/log-loss.js';
export { metricInterval, type Scored } from '../quality/metric-interval.js';
export { multiclassIntervals, type MulticlassIntervalMetric, type MulticlassPredictions } from '../quality/multiclass-intervals.js';
export { multiclassScores, ovrMacroInterval, type MulticlassScores } from '../quality/multiclass-scores.js';
export {
  confusionMatrix,
  multiclassQuality,
  type Averages,
  type ClassQuality,
  type Label,
  type MulticlassQuality,
} from '../quality/multiclass.js';
export { pairedDifference, type PairedDifference, type PairedMetric, type ScoredPair } from '../quality/paired.js';
export { pinballLoss } from '../quality/pinball.js';
export { ranking, type Ranking } from '../quality/ranking.js';
export { regressionIntervals, type RegressionIntervalMetric, type RegressionIntervalOptions } from '../quality/regression-intervals.js';
export { regressionQuality, type RegressionQuality } from '../quality/regression.js';
export { isUnusual, usualRange, type Range } from '../quality/usual-range.js';
export { binEdges, histogram, histogramWithOutside, type BinRule } from './binning.js';
export { bootstrap, bootstrapAll, type BootstrapInterval, type BootstrapOptions } from './bootstrap.js';
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
export { domainClassifier, type DomainClassifier, type DomainClassifierOptions, type DomainColumn } from './domain-classifier.js';
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
