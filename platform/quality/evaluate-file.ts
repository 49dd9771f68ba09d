/** Predictions in a file, measured against what happened. */
import type { Finding } from '../../core/drift/report.js';
import { listed } from '../../core/drift/text.js';
import { RekindleError } from '../../core/errors.js';
import type { CategoryColumn, NumberColumn } from '../../core/frame.js';
import { binaryQuality, type BinaryQuality } from '../../core/quality/binary.js';
import { reliability, type ReliabilityBin } from '../../core/quality/calibration.js';
import { delong } from '../../core/statistics/delong.js';
import { isUndefined } from '../../core/statistics/undefined.js';
import { wilsonInterval } from '../../core/statistics/wilson.js';
import { withFiles } from '../tables/messy/open-files.js';

export interface EvaluateOptions {
  /** column that says what happened */
  readonly target: string;
  /** column with the score of the positive class */
  readonly score: string;
  /** the positive class; may be left out where the target is 0/1, true/false, or yes/no */
  readonly positive?: string;
  /** at least this is a positive prediction */
  readonly threshold: number;
  readonly onProgress?: (what: string, share?: number) => void;
  readonly signal?: AbortSignal;
}

type Interval = readonly [number, number];

export interface QualityReport {
  readonly schema: 'rekindle/quality-report/1';
  readonly kind: 'binary';
  readonly rows: number;
  /** rows with both a score and a label: what was measured */
  readonly labelled: number;
  readonly positive: string;
  readonly threshold: number;
  readonly metrics: BinaryQuality;
  /** 95 %: DeLong's for the AUC, Wilson's for shares; null where a metric has none */
  readonly intervals: Readonly<Record<'rocAuc' | 'accuracy' | 'precision' | 'recall', Interval | null>>;
  /** rows by score: what was promised and what happened; empty when the scores are not probabilities */
  readonly calibration: readonly ReliabilityBin[];
  readonly findings: readonly Finding[];
}

/** Pairs that name their positive class by themselves. */
const POSITIVES = ['true', 'yes', 'y', 't'];
const NEGATIVES = ['false', 'no', 'n', 'f'];

const positiveOf = (file: string, { target, positive }: EvaluateOptions, classes: readonly string[]): string => {
  if (positive !== undefined) {
    if (classes.length === 0 || classes.includes(positive) || classes.length === 1) return positive;
    throw new RekindleError('USAGE', `--positive: column '${target}' of ${file} has no '${positive}'; it has ${listed(classes)}.`, {
      classes,
    });
  }
  const named = classes.filter((name) => POSITIVES.includes(name.toLowerCase()) || Number(name) === 1);
  if (classes.length <= 2 && named.length === 1) return named[0]!;
  if (classes.length === 1 && (NEGATIVES.includes(classes[0]!.toLowerCase()) || Number(classes[0]) === 0)) return '1';
  throw new RekindleError(
    'USAGE',
    `Column '${target}' of ${file} has ${listed(classes)}: say with --positive which of them is the positive class.`,
    {
      classes,
    },
  );
};

/** Rows that have both. */
const scored = (target: CategoryColumn, score: NumberColumn, positive: string): { labels: Uint8Array; scores: Float64Array } => {
  const code = target.categories.indexOf(positive);
  const rows: number[] = [];
  for (let row = 0; row < target.codes.length; row++) if (target.codes[row]! >= 0 && !Number.isNaN(score.values[row]!)) rows.push(row);
  return {
    labels: Uint8Array.from(rows, (row) => Number(target.codes[row] === code)),
    scores: Float64Array.from(rows, (row) => score.values[row]!),
  };
};

const known = (interval: ReturnType<typeof wilsonInterval>): Interval | null => (isUndefined(interval) ? null : interval);

const intervalsOf = (labels: Uint8Array, scores: Float64Array, { tp, fp, fn, tn, n }: BinaryQuality): QualityReport['intervals'] => {
  const auc = delong(labels, scores);
  return {
    rocAuc: isUndefined(auc) ? null : auc.interval,
    accuracy: known(wilsonInterval(tp + tn, n)),
    precision: tp + fp === 0 ? null : known(wilsonInterval(tp, tp + fp)),
    recall: tp + fn === 0 ? null : known(wilsonInterval(tp, tp + fn)),
  };
};

const areProbabilities = (scores: Float64Array): boolean => scores.every((score) => score >= 0 && score <= 1);

/** @throws FILE_NOT_FOUND FILE_EMPTY FILE_UNREADABLE USAGE DATA_EMPTY */
export const evaluateFile = (file: string, options: EvaluateOptions): Promise<QualityReport> =>
  withFiles(
    async (open) => {
      const { target, score, threshold, onProgress = () => undefined } = options;
      const table = await open(file, (share) => onProgress(`Reading ${file}`, share));
      const unknown = [target, score].filter((name) => !table.columns.has(name));
      if (unknown.length > 0)
        throw new RekindleError('USAGE', `${file} has no column ${listed(unknown)}; it has ${[...table.columns.keys()].join(', ')}.`, {
          columns: unknown,
        });
      const plan = new Map([
        [target, 'category'],
        [score, 'number'],
      ] as const);
      const { columns } = await table.read(plan);
      const [happened, said] = [columns[target] as CategoryColumn, columns[score] as NumberColumn];
      const cells = await table.cellFindings(plan);
      const positive = positiveOf(file, options, happened.categories);
      const { labels, scores } = scored(happened, said, positive);
      const metrics = binaryQuality(labels, scores, { threshold });
      if (isUndefined(metrics))
        throw new RekindleError('DATA_EMPTY', `${file}: no row has both a value of '${target}' and a number in '${score}'.`, { file });
      const left = table.rows - labels.length;
      const without: Finding[] =
        left === 0
          ? []
          : [
              {
                code: 'rows_without_label_or_score',
                text: `${left.toLocaleString('en-US')} rows without label or score were left out.`,
                file,
              },
            ];
      return {
        schema: 'rekindle/quality-report/1',
        kind: 'binary',
        rows: table.rows,
        labelled: labels.length,
        positive,
        threshold,
        metrics,
        intervals: intervalsOf(labels, scores, metrics),
        calibration: areProbabilities(scores) ? reliability(labels, scores) : [],
        findings: [...table.findings, ...cells, ...without],
      };
    },
    options.signal ? { signal: options.signal } : {},
  );
