/** A classifier of several classes, measured. */
import { RekindleError } from '../../core/errors.js';
import { listed } from '../../core/drift/text.js';
import type { CategoryColumn, NumberColumn } from '../../core/frame.js';
import { expectedCalibrationError, reliability } from '../../core/quality/calibration.js';
import { multiclassIntervals } from '../../core/quality/multiclass-intervals.js';
import { areClassProbabilities, multiclassScores, type MulticlassScores } from '../../core/quality/multiclass-scores.js';
import { confusionMatrix, qualityOfMatrix, type Averages, type ClassQuality } from '../../core/quality/multiclass.js';
import type { MulticlassReport } from '../../core/quality/report.js';
import { delong } from '../../core/statistics/delong.js';
import { isUndefined } from '../../core/statistics/undefined.js';
import { inOrder, positionsOf, speller } from './classes.js';
import { classesOfScores } from './columns.js';
import { mutable } from './evaluate-binary.js';
import { hasClass, hasNumber, leftOut, numbersAt, rowsWhere } from './rows.js';

export interface MulticlassInput {
  readonly file: string;
  readonly targetName: string;
  readonly target: CategoryColumn;
  readonly scores: readonly { readonly name: string; readonly column: NumberColumn }[];
  readonly prediction: CategoryColumn | null;
  readonly weight: NumberColumn | null;
  readonly seed: number;
}

type MulticlassPart = Omit<MulticlassReport, 'schema' | 'rows' | 'columns' | 'latency' | 'checks'>;

/** More classes than this make no table that a person reads, and no matrix that fits a report. */
const MOST_CLASSES = 1000;

const WHY = {
  precision: 'never predicted',
  recall: 'no row is of this class',
  f1: 'neither there nor predicted',
  rocAuc: 'no row is of this class, or every row',
} as const;

const NO_SCORES = 'only decisions were given, no scores';

/** The class with the highest score; the first of those that tie. */
const highest = (scores: readonly Float64Array[], rows: number): Uint32Array => {
  const decided = new Uint32Array(rows);
  for (let row = 0; row < rows; row++) {
    let best = 0;
    for (let i = 1; i < scores.length; i++) if (scores[i]![row]! > scores[best]![row]!) best = i;
    decided[row] = best;
  }
  return decided;
};

type Means = Pick<MulticlassReport['metrics'], `${'macro' | 'micro' | 'weighted'}${'Precision' | 'Recall' | 'F1'}`>;

const meansOf = ({ macro, micro, weighted }: Readonly<Record<'macro' | 'micro' | 'weighted', Averages>>): Means => ({
  macroPrecision: macro.precision,
  macroRecall: macro.recall,
  macroF1: macro.f1,
  microPrecision: micro.precision,
  microRecall: micro.recall,
  microF1: micro.f1,
  weightedPrecision: weighted.precision,
  weightedRecall: weighted.recall,
  weightedF1: weighted.f1,
});

const rankingOf = (ranked: MulticlassScores | null) => {
  const values = {
    rocAucOvrMacro: ranked?.ovrMacro ?? null,
    rocAucOvrWeighted: ranked?.ovrWeighted ?? null,
    rocAucOvoMacro: ranked?.ovoMacro ?? null,
    rocAucOvoWeighted: ranked?.ovoWeighted ?? null,
    logLoss: ranked?.logLoss ?? null,
    brier: ranked?.brier ?? null,
  };
  const names = Object.entries(values).filter(([, value]) => value === null);
  const own = (name: string): string => name.replace(/^rocAucOv(.)/, 'ov$1');
  return { values, whyNull: Object.fromEntries(names.map(([name]) => [name, ranked?.whyNull[own(name)] ?? NO_SCORES])) };
};

const classRow = (
  quality: ClassQuality,
  rocAuc: number | null,
  rocAucInterval: [number, number] | null,
  hasScores: boolean,
): MulticlassReport['perClass'][number] => {
  const { precision, recall, f1, support } = quality;
  const values = { precision, recall, f1, rocAuc };
  const why = Object.entries(values).flatMap(([name, value]) =>
    value === null ? [[name, name === 'rocAuc' && !hasScores ? NO_SCORES : WHY[name as keyof typeof WHY]]] : [],
  );
  return { class: String(quality.label), ...values, support, rocAucInterval, whyNull: Object.fromEntries(why) as Record<string, string> };
};

/** Means of classes of which none has a value. */
const whyNoMean = (values: Readonly<Record<string, number | null>>): Record<string, string> =>
  Object.fromEntries(Object.entries(values).flatMap(([name, value]) => (value === null ? [[name, 'no class has a value']] : [])));

/** @throws USAGE DATA_EMPTY */
export const evaluateMulticlass = (input: MulticlassInput): MulticlassPart => {
  const { file, targetName, target, prediction, weight, seed } = input;
  const occurring = [...target.categories, ...(prediction?.categories ?? [])];
  const columns = input.scores.map(({ name }) => name);
  const spellTarget = speller(occurring);
  const named = classesOfScores(columns, inOrder(occurring.map(spellTarget)));
  const spell = speller([...occurring, ...named]);
  const classes = columns.length > 0 ? named.map(spell) : inOrder(occurring.map(spell));
  const foreign = [...new Set(occurring.map(spell))].filter((name) => !classes.includes(name));
  if (foreign.length > 0)
    throw new RekindleError(
      'USAGE',
      `--scores: class ${listed(foreign)} of ${file} has no column of scores; there are ${listed(columns)}, for ${listed(classes)}.`,
      { classes: foreign },
    );
  if (classes.length > MOST_CLASSES)
    throw new RekindleError(
      'USAGE',
      `Column '${targetName}' of ${file} has ${classes.length} classes; ${MOST_CLASSES} can be told apart. Is it a number? Then say --kind regression.`,
    );
  const rows = rowsWhere(target.codes.length, [
    hasClass(target),
    ...(prediction ? [hasClass(prediction)] : []),
    ...input.scores.map(({ column }) => hasNumber(column)),
    ...(weight ? [hasNumber(weight)] : []),
  ]);
  const findings = leftOut(
    file,
    target.codes.length,
    rows.length,
    `both a value of '${targetName}' and ${columns.length > 0 ? 'scores of all classes' : 'a prediction'}${weight ? ', and a weight' : ''}`,
  );
  const positions = (column: CategoryColumn): Uint32Array => {
    const of = positionsOf(column, classes, spell);
    return Uint32Array.from(rows, (row) => of[row]!);
  };
  const scores = columns.length > 0 ? input.scores.map(({ column }) => numbersAt(column, rows)) : null;
  const weights = weight ? numbersAt(weight, rows) : undefined;
  const weighted = weights ? { weights } : {};
  const truth = positions(target);
  const decided = prediction ? positions(prediction) : highest(scores!, rows.length);

  const { matrix, incorrect } = confusionMatrix(truth, decided, classes.length, weights);
  const quality = qualityOfMatrix(matrix, classes);
  const ranked = scores && multiclassScores(truth, scores, weights);
  if (isUndefined(ranked)) throw new RekindleError('DATA_EMPTY', `${file}: ${ranked.reason}.`);
  const { values, whyNull } = rankingOf(ranked);
  const probabilities = scores !== null && areClassProbabilities(scores);
  const right = truth.length > 0 ? Uint8Array.from(truth, (is, row) => Number(is === decided[row])) : new Uint8Array(0);
  const sure = probabilities ? Float64Array.from(decided, (is, row) => scores[is]![row]!) : null;
  const means = meansOf(quality);
  const calibrationError = sure && expectedCalibrationError(right, sure, 10, weights);
  const aucInterval = (i: number): [number, number] | null => {
    if (!scores || weights) return null;
    const auc = delong(
      Uint8Array.from(truth, (is) => Number(is === i)),
      scores[i]!,
    );
    return isUndefined(auc) ? null : [...auc.interval];
  };
  return {
    kind: 'multiclass',
    labelled: rows.length,
    classes,
    metrics: {
      n: rows.length,
      incorrect,
      accuracy: quality.accuracy,
      ...means,
      mcc: quality.mcc,
      cohenKappa: quality.cohenKappa,
      ...values,
      calibrationError,
      whyNull: {
        ...(quality.accuracy === null && { accuracy: 'no weight on any row' }),
        ...whyNoMean(means),
        ...(quality.cohenKappa === null && { cohenKappa: 'chance alone would always agree' }),
        ...whyNull,
        ...(calibrationError === null && { calibrationError: whyNull['logLoss'] ?? NO_SCORES }),
      },
    },
    intervals: mutable(multiclassIntervals({ truth, decided, classes: classes.length, scores, ...weighted }, { seed })),
    perClass: quality.perClass.map((of, i) => classRow(of, ranked?.perClass[i] ?? null, aucInterval(i), scores !== null)),
    confusionMatrix: matrix,
    calibration: sure ? reliability(right, sure, 10, weights) : [],
    findings,
  };
};
