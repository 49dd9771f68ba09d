import { RekindleError } from '../errors.js';
import type { QualityCheck, QualityReport } from './report.js';

/** A bound that a metric must keep. */
export interface QualityRule {
  /** `rocAuc`, or as people type it: `roc-auc` */
  readonly metric: string;
  readonly rule: 'min' | 'max';
  readonly threshold: number;
}

const camelCase = (name: string): string => name.replace(/-([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());

/** `roc-auc`, as it is typed on the command line. */
export const kebabCase = (name: string): string => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

const digits = (value: number): string => String(Number(value.toPrecision(4)));

type Measured = Pick<QualityReport, 'metrics' | 'intervals' | 'latency'>;

/** Everything that can be bounded, by name. */
const valuesOf = ({ metrics: { whyNull: _, ...metrics }, latency }: Measured): Readonly<Record<string, number | null>> => ({
  ...metrics,
  ...(latency && {
    latencyMean: latency.mean,
    latencyMedian: latency.median,
    latencyP95: latency.p95,
    latencyP99: latency.p99,
    latencyMax: latency.max,
  }),
});

/**
 * Holds metrics against the bounds that were asked for. A metric without a value is `inconclusive`: no evidence is never a pass.
 *
 * @throws RekindleError USAGE for a metric that the report does not have
 */
export const checkQuality = (measured: Measured, rules: readonly QualityRule[]): QualityCheck[] => {
  const values = valuesOf(measured);
  const intervals: Readonly<Record<string, readonly [number, number] | null>> = measured.intervals;
  return rules.map(({ metric: typed, rule, threshold }) => {
    const metric = camelCase(typed);
    if (!Object.hasOwn(values, metric)) {
      const known = Object.keys(values).map(kebabCase);
      throw new RekindleError('USAGE', `--${rule} ${typed}: there is no such metric; there are ${known.join(', ')}.`, { metric: typed });
    }
    const value = values[metric]!;
    const name = kebabCase(metric);
    if (value === null) {
      const why = measured.metrics.whyNull[metric] ?? 'it has no value';
      return { metric, rule, threshold, value, verdict: 'inconclusive', reason: `${name} cannot be measured: ${why}.` };
    }
    const kept = rule === 'min' ? value >= threshold : value <= threshold;
    const interval = intervals[metric];
    const range = interval ? ` (${digits(interval[0])} to ${digits(interval[1])})` : '';
    const side = rule === 'min' ? (kept ? 'at least' : 'below') : kept ? 'at most' : 'above';
    return {
      metric,
      rule,
      threshold,
      value,
      verdict: kept ? 'pass' : 'fail',
      reason: `${name} is ${digits(value)}${range}, ${side} ${digits(threshold)}.`,
    };
  });
};
