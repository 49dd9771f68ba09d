/** The error of a regression on rows whose outcome nobody knows yet. */
import { RekindleError } from '../../core/errors.js';
import type { Frame, NumberColumn } from '../../core/frame.js';
import type { WindowEvidence } from '../../core/quality/concept-drift.js';
import { estimateDle, fitDle, type DleChunk } from '../../core/quality/dle.js';
import { OPEN } from '../../core/quality/estimate.js';
import { regressionIntervals } from '../../core/quality/regression-intervals.js';
import { isUndefined } from '../../core/statistics/undefined.js';
import { hasNumber, leftOut, numbersAt, rowsWhere } from './rows.js';

interface Side {
  readonly file: string;
  readonly prediction: NumberColumn;
  readonly target: NumberColumn | null;
  readonly features: Frame;
}

export interface RegressionEstimateInput {
  readonly reference: Side & { readonly target: NumberColumn };
  readonly current: Side;
  readonly targetName: string;
  readonly chunkRows?: number;
  readonly seed: number;
}

const metricsOf = ({ mae, mse, rmse }: DleChunk): Pick<DleChunk, 'mae' | 'mse' | 'rmse'> => ({ mae, mse, rmse });

/** Some rows of a frame. */
const framed = ({ columns }: Frame, rows: Uint32Array): Frame => ({
  rows: rows.length,
  columns: Object.fromEntries(
    Object.entries(columns).map(([name, column]) => [
      name,
      column.type === 'number'
        ? { ...column, values: numbersAt(column, rows) }
        : { ...column, codes: Int32Array.from(rows, (row) => column.codes[row]!) },
    ]),
  ),
});

/** @throws DATA_EMPTY */
export const estimateRegression = (input: RegressionEstimateInput) => {
  const { reference, current, targetName, seed } = input;
  const rows = rowsWhere(reference.prediction.values.length, [hasNumber(reference.target), hasNumber(reference.prediction)]);
  const findings = leftOut(
    reference.file,
    reference.prediction.values.length,
    rows.length,
    `both a number in '${targetName}' and a prediction`,
  );
  const fitted = fitDle(reference.features, reference.prediction.values, reference.target.values, {
    seed,
    ...(input.chunkRows === undefined ? {} : { chunkRows: input.chunkRows }),
  });
  if (isUndefined(fitted)) throw new RekindleError('DATA_EMPTY', `${reference.file}: nothing can be learnt from it: ${fitted.reason}.`);

  const predictions = current.prediction.values;
  const outcomes = current.target?.values;
  const whole = { ...fitted, chunkRows: Math.max(1, predictions.length) };
  const [all] = estimateDle(whole, current.features, predictions, outcomes);
  if (!all || all.rows === 0) throw new RekindleError('DATA_EMPTY', `${current.file}: no row has a prediction.`, { file: current.file });
  const known = current.target
    ? rowsWhere(predictions.length, [hasNumber(current.target), hasNumber(current.prediction)])
    : new Uint32Array(0);
  // what was measured is held against what was to be expected of the same rows
  const [ofKnown] = known.length === 0 ? [all] : estimateDle(whole, framed(current.features, known), numbersAt(current.prediction, known));
  const { value, band } = ofKnown!.mae;
  const interval =
    known.length === 0 ? null : regressionIntervals(numbersAt(current.target!, known), numbersAt(current.prediction, known), { seed }).mae;
  const evidence: Omit<WindowEvidence, 'drift'> = {
    metric: 'mean absolute error',
    higherIsBetter: false,
    usual: fitted.metrics.mae.usual ?? OPEN,
    estimated: value === null ? null : { value, band },
    realized: interval && all.mae.realized !== null ? { value: all.mae.realized, interval, rows: known.length } : null,
  };
  return {
    part: {
      kind: 'regression' as const,
      chunkRows: fitted.chunkRows,
      metrics: metricsOf(all),
      chunks: estimateDle(fitted, current.features, predictions, outcomes).map((chunk) => ({
        start: chunk.start,
        end: chunk.end,
        rows: chunk.rows,
        metrics: metricsOf(chunk),
      })),
    },
    used: rows.length,
    estimated: all.rows,
    labelled: known.length,
    evidence,
    findings,
  };
};
