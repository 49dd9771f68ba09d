/**
 * Vectors of the rooms that watch a model: streaming detectors, quality of regressions, label-free estimates, thresholds, choice of a test.
 */
import { equalCountCalibrationError, equalCountEdges } from '../../core/quality/calibration.js';
import { estimateCbpe, fitCbpe } from '../../core/quality/cbpe.js';
import { EXPECTED_METRICS, expectedQuality } from '../../core/quality/expected.js';
import { isotonicAt, isotonicRegression } from '../../core/quality/isotonic.js';
import { pinballLoss } from '../../core/quality/pinball.js';
import { regressionQuality } from '../../core/quality/regression.js';
import { usualRange, withinLimits, type Range } from '../../core/quality/usual-range.js';
import {
  adwin,
  ddm,
  detectChanges,
  eddm,
  evidentlyVerdict,
  hddmA,
  isUndefined,
  pageHinkley,
  twoProportionZ,
  wilsonInterval,
  type AdwinState,
  type StreamDetector,
  type StreamFindings,
  type StreamState,
} from '../../core/statistics/index.js';
import { bits, categories, numbers } from './recipes.js';
import type { Tolerances } from './tolerance.js';
import { vectorAdapter, type VectorCall, type VectorCalls } from './vectors.js';

type Params = Readonly<Record<string, unknown>>;

const camelCase = (name: string): string => name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());

const detected =
  <S extends StreamState>(make: (options: never) => StreamDetector<S>) =>
  (options: Params, values: Float64Array): StreamFindings<StreamState> =>
    detectChanges(make(options as never), values);

const DETECTORS: Readonly<Record<string, ReturnType<typeof detected>>> = {
  adwin: detected(adwin),
  page_hinkley: detected(pageHinkley),
  ddm: detected(ddm),
  eddm: detected(eddm),
  hddm_a: detected(hddmA),
};

const streaming: VectorCall = ({ inputs, params: { detector, ...given } }) => {
  const detect = DETECTORS[detector as string];
  if (!detect) return null;
  // river's names of parameters are ours in camel case
  const options = Object.fromEntries(Object.entries(given).map(([name, value]) => [camelCase(name), value]));
  const { driftAt: drift_at, warnings: warning_count, firstWarning: first_warning, state } = detect(options, numbers(inputs['stream']));
  const { width, total, squares } = state as AdwinState;
  return { drift_at, warning_count, first_warning, final_width: width, final_estimation: total / width, final_variance: squares };
};

const snakeCase = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

const snakeKeys = (value: object): Record<string, unknown> =>
  Object.fromEntries(Object.entries(value).map(([name, inner]: [string, unknown]) => [snakeCase(name), inner]));

export const regression: VectorCall = ({ inputs, params }) => {
  const weights = inputs['sample_weight'] && numbers(inputs['sample_weight']);
  const [outcomes, predictions] = [numbers(inputs['y_true']), numbers(inputs['y_pred'])];
  const result = regressionQuality(outcomes, predictions, weights);
  if (isUndefined(result)) return result;
  const quantile = params['quantile'] as number | undefined;
  const pinball = quantile === undefined ? {} : { pinball: pinballLoss(outcomes, predictions, quantile, weights) };
  return { ...snakeKeys(result), ...pinball, why_null: snakeKeys(result.whyNull) };
};

const thresholds: VectorCall = ({ inputs, params }) => {
  const { lower, upper, lower_limit, upper_limit } = params as Readonly<Record<string, number | null>>;
  const given: Range = { lower: lower ?? null, upper: upper ?? null };
  const limits: Range = { lower: lower_limit ?? null, upper: upper_limit ?? null };
  const counts = inputs as unknown as Readonly<Record<string, number>>;
  switch (params['kind']) {
    case 'standard_deviation':
      return usualRange(numbers(inputs['values']), given, limits);
    case 'constant':
      return withinLimits(given, limits);
    case 'wilson': {
      const interval = wilsonInterval(counts['successes']!, counts['n']!, params['alpha'] as number);
      return isUndefined(interval) ? interval : { lower: interval[0], upper: interval[1] };
    }
    case 'two_proportion_z': {
      const test = twoProportionZ(counts['k1']!, counts['n1']!, counts['k2']!, counts['n2']!);
      return isUndefined(test) ? test : { z: test.z, pvalue: test.pValue };
    }
    default:
      return null;
  }
};

const isotonic: VectorCall = ({ inputs }) => {
  const weights = inputs['sample_weight'] && numbers(inputs['sample_weight']);
  const fit = isotonicRegression(numbers(inputs['score']), numbers(inputs['label']), weights);
  if (isUndefined(fit)) return fit;
  return {
    predicted: isotonicAt(fit, numbers(inputs['query'])),
    x_thresholds: fit.thresholds,
    y_thresholds: fit.values,
    knots: fit.values.length,
  };
};

const estimate: VectorCall = ({ inputs, params }) => {
  const probabilities = numbers(inputs['calibrated_proba']);
  const scores = inputs['raw_score'] && numbers(inputs['raw_score']);
  const result = expectedQuality(probabilities, scores, params['threshold'] as number);
  if (isUndefined(result)) return result;
  const { rocAuc, ...cells } = result;
  // NannyML calls a ratio 0/0 zero; ours is null
  const named = Object.entries(cells).map(([name, value]) => [name, value ?? 0]);
  return { ...Object.fromEntries(named), roc_auc: rocAuc, why_null: rocAuc === null ? { roc_auc: 'only one class is possible' } : {} };
};

const endToEnd: VectorCall = ({ inputs, params }) => {
  const reference = fitCbpe(bits(inputs['reference_label']), numbers(inputs['reference_score']), {
    threshold: params['threshold'] as number,
    chunkRows: params['chunk_size'] as number,
  });
  if (isUndefined(reference)) return reference;
  const chunks = estimateCbpe(reference, numbers(inputs['current_score']), inputs['current_label'] && bits(inputs['current_label']));
  return {
    needs_calibration: reference.calibrator.isotonic !== null,
    chunks: chunks.map((chunk) => ({
      start: chunk.start,
      end: chunk.end,
      ...Object.fromEntries(
        EXPECTED_METRICS.map((metric) => {
          const { value, realized, samplingError: sampling_error, band, usual, alert } = chunk[metric];
          const bounds = { lower_confidence_boundary: band.lower, upper_confidence_boundary: band.upper };
          const limits = { lower_threshold: usual.lower, upper_threshold: usual.upper };
          return [snakeCase(metric), { value, realized, sampling_error, ...bounds, ...limits, alert }];
        }),
      ),
    })),
  };
};

const cbpe: VectorCall = (testCase) => {
  const { inputs, params } = testCase;
  switch (params['kind']) {
    case 'estimate':
      return estimate(testCase);
    case 'isotonic':
      return isotonic(testCase);
    case 'ece_equal_frequency': {
      const [labels, bins] = [bits(inputs['y_true']), params['bins'] as number];
      return { ece: equalCountCalibrationError(labels, numbers(inputs['y_score']), bins), edges: equalCountEdges(labels.length, bins) };
    }
    case 'end_to_end':
      return endToEnd(testCase);
    default:
      return null;
  }
};

const selection: VectorCall = ({ inputs, params }) => {
  const read = params['feature_type'] === 'num' ? numbers : categories;
  const result = evidentlyVerdict(read(inputs['reference']), read(inputs['current']));
  return isUndefined(result) ? result : { ...snakeKeys(result), n_reference: result.referenceRows, n_unique_combined: result.distinct };
};

/** NannyML rounds the sums of an estimated AUC to five digits; the bounds of its band are that estimate ± 3 sampling errors. */
export const ROUNDED: Tolerances = { lower_confidence_boundary: { abs: 1e-6 }, upper_confidence_boundary: { abs: 1e-6 } };

export const streamingAndQualityCalls = {
  'streaming.json': streaming,
  'cbpe.json': cbpe,
  'selection.json': selection,
  'regression.json': regression,
  'thresholds.json': thresholds,
} satisfies VectorCalls;

export const streamingAndQualityAdapter = vectorAdapter(streamingAndQualityCalls, ROUNDED);
