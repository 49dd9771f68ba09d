/** Predictions in a file, measured against what happened. */
import { RekindleError } from '../../core/errors.js';
import type { CategoryColumn, NumberColumn } from '../../core/frame.js';
import { checkQuality, type QualityRule } from '../../core/quality/checks.js';
import type { ProblemKind, QualityReport } from '../../core/quality/report.js';
import type { FileTable } from '../tables/messy/file-table.js';
import type { ReadAs } from '../tables/messy/kinds.js';
import { withFiles } from '../tables/messy/open-files.js';
import { findColumns, type AskedColumns, type FoundColumns } from './columns.js';
import { evaluateBinary } from './evaluate-binary.js';
import { evaluateMulticlass } from './evaluate-multiclass.js';
import { evaluateRegression } from './evaluate-regression.js';
import { kindOfProblem } from './kind.js';
import { latencyOf } from './latency.js';
import { checkWeights } from './rows.js';

export interface EvaluateOptions extends AskedColumns {
  /** found by itself when not given */
  readonly kind?: ProblemKind;
  /** the positive class; may be left out where the target is 0/1, true/false, or yes/no */
  readonly positive?: string;
  /** at least this is a positive prediction; 0.5 */
  readonly threshold?: number;
  /** which quantile a regression predicted */
  readonly quantile?: number;
  /** bounds that metrics must keep */
  readonly rules?: readonly QualityRule[];
  /** of the bootstrap; 1 */
  readonly seed?: number;
  readonly onProgress?: (what: string, share?: number) => void;
  readonly signal?: AbortSignal;
}

const planOf = (kind: ProblemKind, columns: FoundColumns): Map<string, ReadAs> => {
  const { target, score, scores, prediction, weight, latency } = columns;
  const words = kind === 'regression' ? 'number' : 'category';
  const plan = new Map<string, ReadAs>([[target, words]]);
  if (prediction !== null) plan.set(prediction, words);
  for (const name of [score, ...scores, weight, latency]) if (name !== null) plan.set(name, 'number');
  return plan;
};

/** A column that was named for what it cannot be. */
const refuse = (kind: ProblemKind, { score, scores, prediction }: FoundColumns): void => {
  const wrong = (why: string): RekindleError => new RekindleError('USAGE', why);
  if (kind === 'regression' && prediction === null)
    throw wrong('A regression has numbers that were predicted: name their column with --prediction.');
  if (kind === 'regression' && (score !== null || scores.length > 0))
    throw wrong('--score and --scores are for classifiers; a regression has --prediction.');
  if (kind === 'multiclass' && score !== null) throw wrong('--score is for two classes; name the scores of several with --scores.');
  if (kind === 'binary' && scores.length > 0)
    throw wrong('--scores is for several classes; name the score of the positive one with --score.');
};

const measured = (
  table: FileTable,
  kind: ProblemKind,
  columns: FoundColumns,
  read: Readonly<Record<string, unknown>>,
  options: EvaluateOptions,
) => {
  const number = (name: string | null): NumberColumn | null => (name === null ? null : (read[name] as NumberColumn));
  const words = (name: string | null): CategoryColumn | null => (name === null ? null : (read[name] as CategoryColumn));
  const weight = number(columns.weight);
  if (weight) checkWeights(table.name, columns.weight!, weight);
  const common = { file: table.name, targetName: columns.target, weight, seed: options.seed ?? 1 };
  switch (kind) {
    case 'binary':
      return evaluateBinary({
        ...common,
        target: words(columns.target)!,
        score: number(columns.score),
        prediction: words(columns.prediction),
        threshold: options.threshold ?? 0.5,
        ...(options.positive === undefined ? {} : { positive: options.positive }),
      });
    case 'multiclass':
      return evaluateMulticlass({
        ...common,
        target: words(columns.target)!,
        prediction: words(columns.prediction),
        scores: columns.scores.map((name) => ({ name, column: number(name)! })),
      });
    case 'regression':
      return evaluateRegression({
        ...common,
        predictionName: columns.prediction!,
        target: number(columns.target)!,
        prediction: number(columns.prediction)!,
        ...(options.quantile === undefined ? {} : { quantile: options.quantile }),
      });
  }
};

/** Each column stands for one thing. */
const refuseTwice = (columns: FoundColumns): void => {
  const { target, score, scores, prediction } = columns;
  const twice = [score, ...scores, prediction].find((name) => name === target);
  if (typeof twice === 'string') throw new RekindleError('USAGE', `Column '${twice}' cannot be both what happened and what was predicted.`);
};

/** @throws FILE_NOT_FOUND FILE_EMPTY FILE_UNREADABLE USAGE DATA_EMPTY */
export const evaluateFile = (file: string, options: EvaluateOptions): Promise<QualityReport> =>
  withFiles(
    async (open) => {
      const { onProgress = () => undefined } = options;
      const table = await open(file, (share) => onProgress(`Reading ${file}`, share));
      const { columns, findings } = findColumns(table, options, options.kind === 'regression' ? 'prediction' : undefined);
      refuseTwice(columns);
      const found = options.kind ? { kind: options.kind, finding: null } : await kindOfProblem(table, columns);
      refuse(found.kind, columns);
      const plan = planOf(found.kind, columns);
      const { columns: read } = await table.read(plan);
      // classes may well be numbers
      const cells = (await table.cellFindings(plan)).filter(({ code }) => code !== 'read_as_category');
      onProgress('Measuring');
      const part = measured(table, found.kind, columns, read, options);
      const latency = columns.latency === null ? null : latencyOf(read[columns.latency] as NumberColumn);
      const report = {
        schema: 'rekindle/quality-report/1',
        rows: table.rows,
        columns: { ...columns, scores: [...columns.scores] },
        ...part,
        latency,
        checks: checkQuality({ ...part, latency }, options.rules ?? []),
        findings: [...table.findings, ...findings, ...(found.finding ? [found.finding] : []), ...cells, ...part.findings],
      };
      return report as QualityReport;
    },
    options.signal ? { signal: options.signal } : {},
  );
