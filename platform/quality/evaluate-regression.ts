/** A regression, measured. */
import { RekindleError } from '../../core/errors.js';
import type { NumberColumn } from '../../core/frame.js';
import { pinballLoss } from '../../core/quality/pinball.js';
import { regressionIntervals } from '../../core/quality/regression-intervals.js';
import { regressionQuality } from '../../core/quality/regression.js';
import type { RegressionReport } from '../../core/quality/report.js';
import { isUndefined } from '../../core/statistics/undefined.js';
import { mutable } from './evaluate-binary.js';
import { hasNumber, leftOut, numbersAt, rowsWhere } from './rows.js';

export interface RegressionInput {
  readonly file: string;
  readonly targetName: string;
  readonly predictionName: string;
  readonly target: NumberColumn;
  readonly prediction: NumberColumn;
  readonly weight: NumberColumn | null;
  /** which quantile was predicted */
  readonly quantile?: number;
  readonly seed: number;
}

type RegressionPart = Omit<RegressionReport, 'schema' | 'rows' | 'columns' | 'latency' | 'checks'>;

const INFINITE = 'infinite values among the rows';

/** JSON has no infinity: a metric that is infinite has no value, and the reason says so. */
const finite = (metrics: RegressionReport['metrics']): RegressionReport['metrics'] => {
  const lost = Object.entries(metrics).filter(([, value]) => typeof value === 'number' && !Number.isFinite(value));
  return {
    ...metrics,
    ...(Object.fromEntries(lost.map(([name]) => [name, null])) as Partial<RegressionReport['metrics']>),
    whyNull: { ...metrics.whyNull, ...Object.fromEntries(lost.map(([name]) => [name, INFINITE])) },
  };
};

/** @throws DATA_EMPTY */
export const evaluateRegression = (input: RegressionInput): RegressionPart => {
  const { file, targetName, predictionName, target, prediction, weight, quantile, seed } = input;
  const rows = rowsWhere(target.values.length, [hasNumber(target), hasNumber(prediction), ...(weight ? [hasNumber(weight)] : [])]);
  const findings = leftOut(
    file,
    target.values.length,
    rows.length,
    `both a number in '${targetName}' and one in '${predictionName}'${weight ? ', and a weight' : ''}`,
  );
  const [y, p] = [numbersAt(target, rows), numbersAt(prediction, rows)];
  const weights = weight ? numbersAt(weight, rows) : undefined;
  const quality = regressionQuality(y, p, weights);
  if (isUndefined(quality)) throw new RekindleError('DATA_EMPTY', `${file}: ${quality.reason}.`);
  const pinball = quantile === undefined ? null : pinballLoss(y, p, quantile, weights);
  const metrics = finite({
    ...quality,
    pinball: pinball === null || isUndefined(pinball) ? null : pinball,
    whyNull: {
      ...quality.whyNull,
      ...(pinball === null && { pinball: 'no quantile was named' }),
      ...(isUndefined(pinball) && { pinball: pinball.reason }),
    },
  });
  const found = mutable(
    regressionIntervals(y, p, { seed, ...(quantile === undefined ? {} : { quantile }), ...(weights ? { weights } : {}) }),
  );
  const intervals = Object.fromEntries(
    Object.entries(found).map(([name, interval]) => {
      const known = metrics[name as keyof typeof found] !== null && interval !== null && interval.every(Number.isFinite);
      return [name, known ? interval : null];
    }),
  ) as typeof found;
  return { kind: 'regression', labelled: rows.length, quantile: quantile ?? null, metrics, intervals, findings };
};
