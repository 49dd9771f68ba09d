/** A classifier of two classes, measured. */
import { RekindleError } from '../../core/errors.js';
import type { CategoryColumn, NumberColumn } from '../../core/frame.js';
import { binaryIntervals } from '../../core/quality/binary-intervals.js';
import { areProbabilities, binaryQuality, decisionQuality, type BinaryQuality } from '../../core/quality/binary.js';
import { reliability } from '../../core/quality/calibration.js';
import type { BinaryReport } from '../../core/quality/report.js';
import { isUndefined } from '../../core/statistics/undefined.js';
import { inOrder, positionsOf, positiveClass, speller } from './classes.js';
import { hasClass, hasNumber, leftOut, numbersAt, rowsWhere } from './rows.js';

export interface BinaryInput {
  readonly file: string;
  readonly targetName: string;
  readonly target: CategoryColumn;
  readonly score: NumberColumn | null;
  /** decides in the place of the threshold */
  readonly prediction: CategoryColumn | null;
  readonly weight: NumberColumn | null;
  readonly positive?: string;
  readonly threshold: number;
  readonly seed: number;
}

type BinaryPart = Pick<BinaryReport, 'kind' | 'labelled' | 'positive' | 'threshold' | 'metrics' | 'intervals' | 'calibration' | 'findings'>;

const NO_SCORES = 'only decisions were given, no scores';
const OF_SCORES = ['rocAuc', 'averagePrecision', 'brier', 'logLoss', 'calibrationError'] as const;

/** Metrics of decisions that do not come from the scores at the threshold. */
const decided = (
  labels: Uint8Array,
  decisions: Uint8Array,
  scores: Float64Array | null,
  weights: Float64Array | undefined,
): BinaryQuality => {
  const said = decisionQuality(labels, decisions, weights);
  const ranked = scores && binaryQuality(labels, scores, weights ? { weights } : {});
  if (isUndefined(said) || isUndefined(ranked)) throw new RekindleError('DATA_EMPTY', 'No row is left to measure.');
  const ofScores = Object.fromEntries(OF_SCORES.map((name) => [name, ranked?.[name] ?? null])) as Pick<
    BinaryQuality,
    (typeof OF_SCORES)[number]
  >;
  const why = OF_SCORES.filter((name) => ofScores[name] === null).map((name) => [name, ranked?.whyNull[name] ?? NO_SCORES] as const);
  return { ...said, ...ofScores, whyNull: { ...said.whyNull, ...Object.fromEntries(why) } };
};

/** @throws USAGE DATA_EMPTY */
export const evaluateBinary = (input: BinaryInput): BinaryPart => {
  const { file, targetName, target, score, prediction, weight, threshold, seed } = input;
  const spell = speller([
    ...target.categories,
    ...(prediction?.categories ?? []),
    ...(input.positive === undefined ? [] : [input.positive]),
  ]);
  const classes = inOrder([...target.categories, ...(prediction?.categories ?? [])].map(spell));
  const positive = positiveClass({ file, target: targetName }, classes, input.positive === undefined ? undefined : spell(input.positive));
  if (prediction && classes.length > 2 && input.positive === undefined)
    throw new RekindleError('USAGE', `${file} has ${classes.length} classes: say --kind multiclass.`, { classes });
  const [is, said] = [target, prediction].map((column) => column && positionsOf(column, classes, spell));
  const rows = rowsWhere(target.codes.length, [
    hasClass(target),
    ...(score ? [hasNumber(score)] : []),
    ...(prediction ? [hasClass(prediction)] : []),
    ...(weight ? [hasNumber(weight)] : []),
  ]);
  const findings = leftOut(
    file,
    target.codes.length,
    rows.length,
    `both a value of '${targetName}' and ${score ? 'a score' : 'a prediction'}${weight ? ', and a weight' : ''}`,
  );
  const code = classes.indexOf(positive);
  const labels = Uint8Array.from(rows, (row) => Number(is![row] === code));
  const scores = score && numbersAt(score, rows);
  const weights = weight ? numbersAt(weight, rows) : undefined;
  const decisions = said
    ? Uint8Array.from(rows, (row) => Number(said[row] === code))
    : Uint8Array.from(scores!, (value) => Number(value >= threshold));
  const metrics = decided(labels, decisions, scores, weights);
  const weighted = weights ? { weights } : {};
  return {
    kind: 'binary',
    labelled: rows.length,
    positive,
    threshold: said ? null : threshold,
    metrics: { ...metrics },
    intervals: mutable(binaryIntervals({ labels, decided: decisions, scores, ...weighted }, { seed })),
    calibration: scores && areProbabilities(scores) ? reliability(labels, scores, 10, weights) : [],
    findings,
  };
};

/** As the report has them. */
export const mutable = <K extends string>(
  intervals: Readonly<Record<K, readonly [number, number] | null>>,
): Record<K, [number, number] | null> =>
  Object.fromEntries(
    Object.entries(intervals).map(([name, interval]) => [name, interval && [...(interval as [number, number])]]),
  ) as Record<K, [number, number] | null>;
