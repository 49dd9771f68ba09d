/** The quality of a classifier of two classes on rows whose outcome nobody knows yet. */
import { RekindleError } from '../../core/errors.js';
import type { CategoryColumn, NumberColumn } from '../../core/frame.js';
import { estimateCbpe, fitCbpe, UNKNOWN_LABEL, type CbpeChunk } from '../../core/quality/cbpe.js';
import type { WindowEvidence } from '../../core/quality/concept-drift.js';
import { OPEN } from '../../core/quality/estimate.js';
import { EXPECTED_METRICS } from '../../core/quality/expected.js';
import { delong } from '../../core/statistics/delong.js';
import { isUndefined } from '../../core/statistics/undefined.js';
import { inOrder, positionsOf, positiveClass, speller } from './classes.js';
import { hasClass, hasNumber, leftOut, numbersAt, rowsWhere } from './rows.js';

interface Side {
  readonly file: string;
  readonly target: CategoryColumn | null;
  readonly score: NumberColumn;
}

export interface BinaryEstimateInput {
  readonly reference: Side & { readonly target: CategoryColumn };
  readonly current: Side;
  readonly targetName: string;
  readonly positive?: string;
  readonly threshold: number;
  readonly chunkRows?: number;
}

const labelsOf = ({ target, score }: Side, positive: string, spell: (name: string) => string): Uint8Array => {
  if (!target) return new Uint8Array(score.values.length).fill(UNKNOWN_LABEL);
  const of = positionsOf(target, [positive], spell);
  return Uint8Array.from(target.codes, (code, row) => (code < 0 ? UNKNOWN_LABEL : Number(of[row] === 0)));
};

const metricsOf = (chunk: CbpeChunk) =>
  Object.fromEntries(EXPECTED_METRICS.map((metric) => [metric, chunk[metric]])) as Pick<CbpeChunk, (typeof EXPECTED_METRICS)[number]>;

/** @throws USAGE DATA_EMPTY */
export const estimateBinary = (input: BinaryEstimateInput) => {
  const { reference, current, targetName, threshold } = input;
  const names = [
    ...reference.target.categories,
    ...(current.target?.categories ?? []),
    ...(input.positive === undefined ? [] : [input.positive]),
  ];
  const spell = speller(names);
  const classes = inOrder(reference.target.categories.map(spell));
  const positive = positiveClass(
    { file: reference.file, target: targetName },
    classes,
    input.positive === undefined ? undefined : spell(input.positive),
  );
  const rows = rowsWhere(reference.score.values.length, [hasClass(reference.target), hasNumber(reference.score)]);
  const findings = leftOut(reference.file, reference.score.values.length, rows.length, `both a value of '${targetName}' and a score`);
  const labels = labelsOf(reference, positive, spell);
  const fitted = fitCbpe(
    Uint8Array.from(rows, (row) => labels[row]!),
    numbersAt(reference.score, rows),
    { threshold, ...(input.chunkRows === undefined ? {} : { chunkRows: input.chunkRows }) },
  );
  if (isUndefined(fitted)) throw new RekindleError('DATA_EMPTY', `${reference.file}: nothing can be learnt from it: ${fitted.reason}.`);

  const scores = current.score.values;
  const outcomes = labelsOf(current, positive, spell);
  const whole = { ...fitted, chunkRows: Math.max(1, scores.length) };
  const [all] = estimateCbpe(whole, scores, outcomes);
  if (!all || all.rows === 0) throw new RekindleError('DATA_EMPTY', `${current.file}: no row has a score.`, { file: current.file });
  const known = rowsWhere(scores.length, [(row) => outcomes[row] !== UNKNOWN_LABEL, hasNumber(current.score)]);
  const knownLabels = Uint8Array.from(known, (row) => outcomes[row]!);
  const knownScores = numbersAt(current.score, known);
  // what was measured is held against what was to be expected of the same rows
  const { rocAuc: estimated } = known.length === 0 ? all : estimateCbpe(whole, knownScores)[0]!;
  const auc = delong(knownLabels, knownScores);
  const evidence: Omit<WindowEvidence, 'drift'> = {
    metric: 'ROC AUC',
    higherIsBetter: true,
    usual: fitted.metrics.rocAuc.usual ?? OPEN,
    estimated: estimated.value === null ? null : { value: estimated.value, band: estimated.band },
    realized: isUndefined(auc) ? null : { value: auc.auc, interval: auc.interval, rows: known.length },
  };
  return {
    part: {
      kind: 'binary' as const,
      positive,
      threshold,
      calibration: fitted.calibrator.reason,
      chunkRows: fitted.chunkRows,
      metrics: metricsOf(all),
      chunks: estimateCbpe(fitted, scores, outcomes).map((chunk) => ({
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
