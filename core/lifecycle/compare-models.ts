/** Does the challenger replace the champion? Both are scored on the same fresh rows and judged by the model's gates. */
import { binaryMetrics } from '../quality/binary-metrics.js';
import { metricInterval } from '../quality/metric-interval.js';
import { pairedDifference, type PairedDifference } from '../quality/paired.js';
import { undefinedBecause, type Undefined } from '../statistics/undefined.js';
import { judgeBetter, judgeBound, judgeDrop, judgeNotWorse, type MetricValues } from './gate-rules.js';
import type { BinaryMetrics, GateResult, Outcome } from './gates.js';
import type { Gate, GateMetric, ModelSpec } from './model-spec.js';

export interface CompareModels {
  /** what happened, 1 for the positive class; rows in time order, so that the comparison can allow for neighbours being alike */
  readonly labels: Uint8Array;
  /** probabilities of the positive class in the serving runtime; null when nothing serves yet */
  readonly championScores: Float64Array | null;
  /** likewise, for the same rows */
  readonly challengerScores: Float64Array;
  readonly gates: ModelSpec['gates'];
  /** at least this is a positive prediction, 0.5 */
  readonly threshold?: number;
  /** of the challenger in the serving runtime; null or left out when it was not measured */
  readonly latencyP99Ms?: number | null;
  /** of the bootstrap: same seed, same verdict */
  readonly seed: number;
}

export interface ModelComparison {
  readonly outcome: Outcome;
  readonly champion: BinaryMetrics | null;
  readonly challenger: BinaryMetrics;
  readonly gates: GateResult[];
  readonly failedGates: string[];
  /** why the outcome is what it is; gates that could not apply are named at the end */
  readonly reasons: string[];
}

/** Level of the intervals of gates that name no alpha of their own. */
const DEFAULT_ALPHA = 0.05;

const isProbability = (score: number): boolean => score >= 0 && score <= 1;

/** A row without a probability would silently drop out of every metric, so such rows are a gate of their own. */
const judgeScores = (scores: Float64Array | null, who: 'champion' | 'challenger'): GateResult[] => {
  const broken = scores?.filter((score) => !isProbability(score)).length ?? 0;
  if (scores === null || broken === 0) return [];
  return [
    {
      gate: `scores.${who}`,
      verdict: who === 'challenger' ? 'fail' : 'inconclusive',
      n: scores.length,
      champion: null,
      challenger: null,
      interval: null,
      threshold: null,
      pValue: null,
      reason: `The ${who} answered ${broken} of ${scores.length} rows with something that is no probability.`,
    },
  ];
};

/** The rows that everybody answered. */
const answered = (input: CompareModels): CompareModels => {
  const { labels, championScores, challengerScores } = input;
  const usable = (i: number): boolean =>
    isProbability(challengerScores[i]!) && (championScores === null || isProbability(championScores[i]!));
  return {
    ...input,
    labels: labels.filter((_, i) => usable(i)),
    championScores: championScores && championScores.filter((_, i) => usable(i)),
    challengerScores: challengerScores.filter((_, i) => usable(i)),
  };
};

interface Evidence {
  readonly input: CompareModels;
  readonly threshold: number;
  readonly champion: BinaryMetrics | null;
  readonly challenger: BinaryMetrics;
}

const valuesOf = (metric: GateMetric, { input, champion, challenger }: Evidence): MetricValues =>
  metric === 'latencyP99Ms'
    ? { metric, n: challenger.n, champion: null, challenger: input.latencyP99Ms ?? null }
    : { metric, n: challenger.n, champion: champion?.[metric] ?? null, challenger: challenger[metric] };

const differenceIn = (metric: GateMetric, alpha: number, { input, threshold }: Evidence): PairedDifference | Undefined => {
  const { labels, championScores, challengerScores, seed } = input;
  if (metric === 'latencyP99Ms') return undefinedBecause("the champion's was not measured");
  if (!championScores) return undefinedBecause('nothing serves yet');
  return pairedDifference(metric, { labels, champion: championScores, challenger: challengerScores, threshold }, { alpha, seed });
};

const intervalOf = (metric: GateMetric, alpha: number, { input, threshold }: Evidence): readonly [number, number] | Undefined | null =>
  metric === 'latencyP99Ms'
    ? null
    : metricInterval(metric, { labels: input.labels, scores: input.challengerScores, threshold }, { alpha, seed: input.seed });

/** The conditions of one gate that ask for a champion. */
const judgeRelative = (metric: GateMetric, { maxDrop, alpha }: Gate, evidence: Evidence): GateResult[] => {
  const values = valuesOf(metric, evidence);
  const measured = (): PairedDifference | Undefined => differenceIn(metric, alpha ?? DEFAULT_ALPHA, evidence);
  if (maxDrop !== undefined) return [judgeDrop(values, maxDrop, alpha, measured())];
  return alpha === undefined ? [] : [judgeBetter(values, alpha, measured())];
};

/** The conditions of one gate that look at the challenger alone. */
const judgeAbsolute = (metric: GateMetric, gate: Gate, evidence: Evidence): GateResult[] => {
  const values = valuesOf(metric, evidence);
  return (['min', 'max'] as const).flatMap((condition) => {
    const bound = gate[condition];
    return bound === undefined ? [] : [judgeBound(values, condition, bound, intervalOf(metric, gate.alpha ?? DEFAULT_ALPHA, evidence))];
  });
};

const isRelative = ({ maxDrop, alpha }: Gate): boolean => maxDrop !== undefined || alpha !== undefined;

const outcomeOf = (gates: readonly GateResult[]): Outcome => {
  if (gates.some(({ verdict }) => verdict === 'fail')) return 'keep';
  return gates.some(({ verdict }) => verdict === 'inconclusive') ? 'inconclusive' : 'promote';
};

/** The sentences that decided: of the failed gates, else of the open ones, else of all. */
const deciding = (gates: readonly GateResult[], outcome: Outcome): string[] => {
  const verdict = { keep: 'fail', inconclusive: 'inconclusive', promote: 'pass' }[outcome];
  return gates.filter((gate) => gate.verdict === verdict).map(({ reason }) => reason);
};

/**
 * Judges a challenger. Any failed gate keeps the champion; else any gate without enough evidence makes the outcome inconclusive, for the
 * model's policy to decide; only when all pass is the challenger promoted.
 *
 * A gate is `min` or `max` (the challenger's own value, by its point estimate), `maxDrop` (how much worse than the champion it may be),
 * `alpha` alone (it must beat the champion at this level). Beside them every challenger must not rank significantly worse than the
 * champion. Without a champion only `min` and `max` can apply; the rest are named in the reasons and count for nothing.
 *
 * @throws RangeError if labels and scores differ in length
 */
export const compareModels = (given: CompareModels): ModelComparison => {
  const sizes = [given.labels, given.challengerScores, given.championScores ?? given.labels].map(({ length }) => length);
  if (new Set(sizes).size > 1) throw new RangeError(`compareModels: labels and scores differ in length: ${sizes.join(', ')}`);
  const broken = [...judgeScores(given.challengerScores, 'challenger'), ...judgeScores(given.championScores, 'champion')];
  const input = broken.length === 0 ? given : answered(given);
  const { labels, championScores, challengerScores, threshold = 0.5 } = input;
  const champion = championScores && binaryMetrics(labels, championScores, threshold);
  const challenger = binaryMetrics(labels, challengerScores, threshold);
  const evidence: Evidence = { input, threshold, champion, challenger };
  const declared = Object.entries(input.gates) as [GateMetric, Gate][];

  const absolute = declared.flatMap(([metric, gate]) => judgeAbsolute(metric, gate, evidence));
  const relative = champion ? declared.flatMap(([metric, gate]) => judgeRelative(metric, gate, evidence)) : [];
  const proven = relative.some(({ gate }) => gate === 'rocAuc.alpha');
  const notWorse =
    champion && !proven ? [judgeNotWorse(valuesOf('rocAuc', evidence), differenceIn('rocAuc', DEFAULT_ALPHA, evidence))] : [];

  const gates = [...broken, ...absolute, ...relative, ...notWorse];
  const outcome = outcomeOf(gates);
  const waived = champion ? [] : declared.filter(([, gate]) => isRelative(gate)).map(([metric]) => metric);
  return {
    outcome,
    champion,
    challenger,
    gates,
    failedGates: gates.filter(({ verdict }) => verdict === 'fail').map(({ gate }) => gate),
    reasons: [
      ...deciding(gates, outcome),
      ...(gates.length === 0 ? ['No gate applies, so nothing speaks against the challenger.'] : []),
      ...(waived.length > 0 ? [`Nothing serves yet: the comparisons with a champion (${waived.join(', ')}) do not apply.`] : []),
    ],
  };
};
