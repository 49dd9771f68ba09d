/** One condition of one gate, judged. Each answers with a verdict and a sentence; no evidence is never a pass. */
import type { PairedDifference } from '../quality/paired.js';
import { isUndefined, type Undefined } from '../statistics/undefined.js';
import type { GateResult } from './gates.js';
import type { GateMetric } from './model-spec.js';

/** Both models' values of one metric on the same rows; null where it is undefined. */
export interface MetricValues {
  readonly metric: GateMetric;
  readonly n: number;
  readonly champion: number | null;
  readonly challenger: number | null;
}

const TITLES: Readonly<Record<GateMetric, string>> = {
  rocAuc: 'ROC-AUC',
  f1: 'F1',
  precision: 'Precision',
  recall: 'Recall',
  logLoss: 'Log loss',
  latencyP99Ms: 'Latency (99th percentile)',
};

/** Is a smaller value the better one? */
const SMALLER_IS_BETTER: ReadonlySet<GateMetric> = new Set(['logLoss', 'latencyP99Ms']);

const show = (value: number): string => value.toFixed(3);
const unitOf = (metric: GateMetric): string => (metric === 'latencyP99Ms' ? ' ms' : '');
const showP = (p: number): string => (p < 0.001 ? 'p < 0.001' : `p = ${p.toFixed(3)}`);
const among = ({ n }: MetricValues): string => `on the same ${n} rows`;
const against = ({ metric, champion, challenger }: MetricValues): string =>
  `${TITLES[metric]} ${show(challenger!)} against the champion's ${show(champion!)}`;

type Judged = Pick<GateResult, 'verdict' | 'interval' | 'threshold' | 'pValue' | 'reason'>;

const result = (values: MetricValues, condition: string, judged: Judged): GateResult => ({
  gate: `${values.metric}.${condition}`,
  n: values.n,
  champion: values.champion,
  challenger: values.challenger,
  ...judged,
});

const unmeasured = (values: MetricValues, condition: string, threshold: number | null, why: string): GateResult =>
  result(values, condition, {
    verdict: 'inconclusive',
    interval: null,
    threshold,
    pValue: null,
    reason: `${TITLES[values.metric]} is unknown: ${why}.`,
  });

/**
 * The challenger's own value against a floor (`min`) or a ceiling (`max`). The point estimate decides; the interval is shown.
 *
 * @param interval of the value; undefined says why it cannot be had, and then nothing passes
 */
export const judgeBound = (
  values: MetricValues,
  condition: 'min' | 'max',
  bound: number,
  interval: readonly [number, number] | Undefined | null,
): GateResult => {
  const { challenger, metric } = values;
  if (isUndefined(interval)) return unmeasured(values, condition, bound, interval.reason);
  if (challenger === null) return unmeasured(values, condition, bound, 'it was not measured');
  const holds = condition === 'min' ? challenger >= bound : challenger <= bound;
  const word = condition === 'min' ? (holds ? 'reaches' : 'is under') : holds ? 'is within' : 'is over';
  return result(values, condition, {
    verdict: holds ? 'pass' : 'fail',
    interval: interval && [...interval],
    threshold: bound,
    pValue: null,
    reason: `${TITLES[metric]} ${show(challenger)}${unitOf(metric)} ${word} the ${condition === 'min' ? 'floor' : 'ceiling'} of ${bound}${unitOf(metric)}.`,
  });
};

/** How much better the challenger is, whichever way the metric points. */
const gainOf = (metric: GateMetric, { difference, interval }: PairedDifference): { gain: number; interval: [number, number] } =>
  SMALLER_IS_BETTER.has(metric)
    ? { gain: -difference, interval: [-interval[1], -interval[0]] }
    : { gain: difference, interval: [...interval] };

/**
 * `alpha` without `maxDrop`: a newcomer must beat the champion, and not by chance. No better is a fail, an equal one too: swapping
 * models for nothing has a cost. Better, but perhaps by chance, is inconclusive.
 */
export const judgeBetter = (values: MetricValues, alpha: number, measured: PairedDifference | Undefined): GateResult => {
  if (isUndefined(measured)) return unmeasured(values, 'alpha', 0, measured.reason);
  const { gain, interval } = gainOf(values.metric, measured);
  const { pValue } = measured;
  const verdict = gain <= 0 ? 'fail' : pValue <= alpha ? 'pass' : 'inconclusive';
  const said = {
    pass: `better (${showP(pValue)})`,
    fail: gain === 0 ? 'no better' : 'worse',
    inconclusive: `better, but it may be chance (${showP(pValue)}, wanted at most ${alpha})`,
  }[verdict];
  return result(values, 'alpha', {
    verdict,
    interval,
    threshold: 0,
    pValue,
    reason: `${against(values)} ${among(values)}: ${said}.`,
  });
};

/**
 * `maxDrop`: how much worse than the champion it may be. Beyond it by the point estimate is a fail. With `alpha`, the whole interval
 * must keep within it, else the answer is inconclusive; without, the point estimate decides and the reason says what the interval allows.
 */
export const judgeDrop = (
  values: MetricValues,
  maxDrop: number,
  alpha: number | undefined,
  measured: PairedDifference | Undefined,
): GateResult => {
  if (isUndefined(measured)) return unmeasured(values, 'maxDrop', maxDrop, measured.reason);
  const { gain, interval } = gainOf(values.metric, measured);
  const drop = -gain;
  const worst = -interval[0];
  const crosses = worst > maxDrop;
  const verdict = drop > maxDrop ? 'fail' : crosses && alpha !== undefined ? 'inconclusive' : 'pass';
  const size = drop > 0 ? `worse by ${show(drop)}` : 'no worse';
  const note = verdict !== 'fail' && crosses ? `; it could be worse by up to ${show(worst)}` : '';
  return result(values, 'maxDrop', {
    verdict,
    interval: [-interval[1], -interval[0]],
    threshold: maxDrop,
    pValue: measured.pValue,
    reason: `${against(values)} ${among(values)}: ${size}, ${maxDrop} is allowed${note}.`,
  });
};

/** Level of the check that every challenger gets against a champion, asked for or not. */
const NOT_WORSE_ALPHA = 0.05;

/** A challenger must never be significantly worse at ranking than what serves. */
export const judgeNotWorse = (values: MetricValues, measured: PairedDifference | Undefined): GateResult => {
  if (isUndefined(measured)) return unmeasured(values, 'notWorse', 0, measured.reason);
  const { gain, interval } = gainOf(values.metric, measured);
  const worse = gain < 0 && measured.pValue <= NOT_WORSE_ALPHA;
  return result(values, 'notWorse', {
    verdict: worse ? 'fail' : 'pass',
    interval,
    threshold: 0,
    pValue: measured.pValue,
    reason: `${against(values)} ${among(values)}: ${worse ? 'significantly worse' : 'not significantly worse'} (${showP(measured.pValue)}).`,
  });
};
