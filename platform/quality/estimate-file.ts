/** How good predictions in a file will turn out to be, learnt from a file in which the outcomes are known. */
import { RekindleError } from '../../core/errors.js';
import type { CategoryColumn, Frame, NumberColumn } from '../../core/frame.js';
import { readConceptDrift } from '../../core/quality/concept-drift.js';
import type { QualityEstimate } from '../../core/quality/estimate-report.js';
import type { ProblemKind } from '../../core/quality/report.js';
import type { FileTable } from '../tables/messy/file-table.js';
import type { ReadAs } from '../tables/messy/kinds.js';
import { withFiles } from '../tables/messy/open-files.js';
import { findColumns } from './columns.js';
import { estimateBinary } from './estimate-binary.js';
import { estimateRegression } from './estimate-regression.js';
import { compareInputs, findInputs } from './inputs.js';
import { kindOfProblem } from './kind.js';

export interface EstimateOptions {
  /** found by itself when not given */
  readonly kind?: ProblemKind;
  readonly target?: string;
  /** score of the positive class */
  readonly score?: string;
  /** the number that was predicted */
  readonly prediction?: string;
  readonly positive?: string;
  readonly threshold?: number;
  /** what the model was given; the columns that both files have besides */
  readonly features?: readonly string[];
  /** rows of a chunk; a tenth of the reference */
  readonly chunkRows?: number;
  readonly seed?: number;
  readonly onProgress?: (what: string, share?: number) => void;
  readonly signal?: AbortSignal;
}

const mustHave = ({ name, columns }: FileTable, column: string): void => {
  if (!columns.has(column))
    throw new RekindleError('USAGE', `${name} has no column '${column}'; it has ${[...columns.keys()].join(', ')}.`);
};

/** Columns of one file with what was unusual in their cells. */
const readColumns = async (table: FileTable, plan: ReadonlyMap<string, ReadAs>) => {
  const { columns } = await table.read(plan);
  // classes may well be numbers
  const cells = (await table.cellFindings(plan)).filter(({ code }) => code !== 'read_as_category');
  return { columns, findings: [...table.findings, ...cells] };
};

/**
 * @param reference a file with predictions and what happened, which the model was not trained on
 * @param current a file with predictions; where it has outcomes as well, what they say stands beside the estimate
 * @throws FILE_NOT_FOUND FILE_EMPTY FILE_UNREADABLE USAGE DATA_EMPTY
 */
export const estimateFile = (reference: string, current: string, options: EstimateOptions): Promise<QualityEstimate> =>
  withFiles(
    async (open) => {
      const { onProgress = () => undefined, seed = 1 } = options;
      const before = await open(reference, (share) => onProgress(`Reading ${reference}`, share));
      const now = await open(current, (share) => onProgress(`Reading ${current}`, share));
      const found = findColumns(before, options, options.kind === 'regression' ? 'prediction' : undefined);
      const { target, score, prediction } = found.columns;
      const kind = options.kind ?? (await kindOfProblem(before, found.columns)).kind;
      const said = kind === 'binary' ? score : prediction;
      if (kind === 'multiclass')
        throw new RekindleError(
          'USAGE',
          'Quality is estimated of two classes (--score) and of numbers (--prediction), not of several classes.',
        );
      if (said === null)
        throw new RekindleError(
          'USAGE',
          `Name the column with ${kind === 'binary' ? 'the score of the positive class with --score' : 'the predicted numbers with --prediction'}.`,
        );
      mustHave(now, said);
      const hasOutcomes = now.columns.has(target);
      const inputs = findInputs(before, now, new Set([target, ...[score, prediction].filter((name) => name !== null)]), options.features);
      const compared = await compareInputs(before, now, inputs, onProgress);

      const own = new Map<string, ReadAs>([
        [said, 'number'],
        [target, kind === 'binary' ? 'category' : 'number'],
      ]);
      const features = kind === 'regression' ? inputs.columns : new Map<string, ReadAs>();
      const nowOwn = new Map([...own].filter(([name]) => name === said || hasOutcomes));
      onProgress('Reading');
      const was = await readColumns(before, new Map([...own, ...features]));
      const is = await readColumns(now, new Map([...nowOwn, ...features]));
      onProgress('Estimating');
      const chunkRows = options.chunkRows === undefined ? {} : { chunkRows: options.chunkRows };
      const frame = ({ columns }: typeof was, rows: number): Frame => ({
        rows,
        columns: Object.fromEntries([...features.keys()].map((name) => [name, columns[name]!])),
      });
      const result =
        kind === 'binary'
          ? estimateBinary({
              reference: { file: reference, target: was.columns[target] as CategoryColumn, score: was.columns[said] as NumberColumn },
              current: {
                file: current,
                target: hasOutcomes ? (is.columns[target] as CategoryColumn) : null,
                score: is.columns[said] as NumberColumn,
              },
              targetName: target,
              threshold: options.threshold ?? 0.5,
              ...(options.positive === undefined ? {} : { positive: options.positive }),
              ...chunkRows,
            })
          : estimateRegression({
              reference: {
                file: reference,
                target: was.columns[target] as NumberColumn,
                prediction: was.columns[said] as NumberColumn,
                features: frame(was, before.rows),
              },
              current: {
                file: current,
                target: hasOutcomes ? (is.columns[target] as NumberColumn) : null,
                prediction: is.columns[said] as NumberColumn,
                features: frame(is, now.rows),
              },
              targetName: target,
              seed,
              ...chunkRows,
            });
      const { part, used, estimated, labelled, evidence } = result;
      const reading = readConceptDrift({ ...evidence, drift: compared?.verdict ?? null });
      const columns = kind === 'binary' ? { target, score: said } : { target, prediction: said, features: [...features.keys()] };
      return {
        schema: 'rekindle/quality-estimate/1',
        ...part,
        reference: { rows: before.rows, used },
        predictions: { rows: now.rows, estimated, labelled },
        columns,
        inputs: compared,
        reading: { metric: evidence.metric, ...reading },
        findings: [...found.findings, ...was.findings, ...is.findings, ...inputs.findings, ...result.findings],
      } as unknown as QualityEstimate;
    },
    options.signal ? { signal: options.signal } : {},
  );
