import { RekindleError } from '../errors.js';
import type { Column, Frame } from '../frame.js';
import { lowerBound } from '../statistics/groups.js';
import { invalid, sameLength } from '../statistics/invalid.js';
import { undefinedBecause, type Undefined } from '../statistics/undefined.js';
import { averageOfTrees, growErrorTrees, type ErrorTree } from './error-trees.js';
import { chunkBounds, defaultChunkRows, estimateOf, usualOfChunks, type Chunk, type MetricEstimate } from './estimate.js';
import { samplingErrorOf } from './sampling-error.js';
import type { Range } from './usual-range.js';

/** Metrics of a regression that are estimated. */
const ERROR_METRICS = ['mae', 'mse', 'rmse'] as const;
export type ErrorMetric = (typeof ERROR_METRICS)[number];

/** What an estimate needs to know of the reference: plain JSON, to be stored with the version of the model. */
export interface DleReference {
  readonly chunkRows: number;
  /** a feature, and for a category the number that stands for each of its values */
  readonly features: readonly {
    readonly name: string;
    readonly codes: Readonly<Record<string, number>> | null;
    /** for a category not seen before */ readonly other: number;
  }[];
  readonly trees: readonly ErrorTree[];
  readonly metrics: Readonly<Record<ErrorMetric, { readonly deviation: number; readonly usual: Range | null }>>;
}

export type DleChunk = Chunk & Readonly<Record<ErrorMetric, MetricEstimate>>;

export interface DleOptions {
  /** rows of a chunk, in time order; a tenth of the reference */
  readonly chunkRows?: number;
  /** how many standard deviations between chunks are usual; 3 */
  readonly deviations?: number;
  /** of the trees; 1 */
  readonly seed?: number;
}

const AT_LEAST_ZERO: Range = { lower: 0, upper: null };

/** Fewest rows from which errors are learnt: two halves with a few leaves each. */
const FEWEST_ROWS = 200;

const FOREST = { trees: 20, depth: 10, structureRows: 20_000 };

const leafRowsOf = (rows: number): number => Math.max(10, Math.ceil(rows / 1000));

const rowsWith = (...columns: readonly Float64Array[]): Uint32Array => {
  const rows: number[] = [];
  for (let i = 0; i < columns[0]!.length; i++) if (columns.every((column) => Number.isFinite(column[i]!))) rows.push(i);
  return Uint32Array.from(rows);
};

/** Of ascending row numbers, those from `start` to before `end`. */
const between = (rows: Uint32Array, start: number, end: number): Uint32Array =>
  rows.subarray(lowerBound(rows, start), lowerBound(rows, end));

const meanAt = (values: Float64Array, rows: ArrayLike<number>): number => {
  let sum = 0;
  for (let i = 0; i < rows.length; i++) sum += values[rows[i]!]!;
  return sum / rows.length;
};

const deviationAt = (values: Float64Array, rows: Uint32Array): number => {
  const mean = meanAt(values, rows);
  return Math.sqrt(rows.reduce((sum, row) => sum + (values[row]! - mean) ** 2, 0) / rows.length);
};

const columnOf = ({ columns, rows }: Frame, name: string, predictions: Float64Array): Column => {
  const column = columns[name];
  if (!column) throw new RekindleError('COLUMN_NOT_FOUND', `The rows have no column ${name}.`, { column: name });
  if (rows !== predictions.length) {
    throw invalid(`estimating losses: ${rows} rows of features and ${predictions.length} predictions`);
  }
  return column;
};

/** A category stands for the mean error of its rows: so a split parts values that err much from values that err little. */
const codesOf = (
  column: Column,
  errors: Float64Array,
  rows: Uint32Array,
): { codes: Readonly<Record<string, number>> | null; other: number } => {
  const other = meanAt(errors, rows);
  if (column.type === 'number') return { codes: null, other };
  const sums = new Float64Array(column.categories.length);
  const counts = new Float64Array(column.categories.length);
  for (const row of rows) {
    const code = column.codes[row]!;
    if (code < 0) continue;
    sums[code]! += errors[row]!;
    counts[code]!++;
  }
  const seen = column.categories.flatMap((name, code) => (counts[code]! > 0 ? [[name, sums[code]! / counts[code]!] as const] : []));
  return { codes: Object.fromEntries(seen), other };
};

const numbersOf = (column: Column, { codes, other }: DleReference['features'][number]): Float64Array => {
  if (column.type === 'number') return column.values;
  const known = new Map(Object.entries(codes ?? {}));
  const stands = column.categories.map((name) => known.get(name) ?? other);
  return Float64Array.from(column.codes, (code) => (code < 0 ? NaN : stands[code]!));
};

const withRoot = (mae: number, mse: number): Readonly<Record<ErrorMetric, number>> => ({ mae, mse, rmse: Math.sqrt(mse) });

const forMetrics = <T>(make: (metric: ErrorMetric) => T): Readonly<Record<ErrorMetric, T>> =>
  Object.fromEntries(ERROR_METRICS.map((metric) => [metric, make(metric)])) as Record<ErrorMetric, T>;

/**
 * Learns from rows with outcomes where a regression errs much and where little, so that its error on rows without outcomes can be
 * estimated from what kind of rows they are.
 *
 * The learner is twenty small honest trees (`growErrorTrees`) over the features and the prediction itself, not the gradient boosting
 * of the original: it finds the same regions, and is coarser within them. Use rows that the model was not trained on.
 *
 * @param features of the model, in time order
 * @param predictions NaN is a row without one, and is left out, as is a row without an outcome
 * @returns undefined with fewer than 200 rows to learn from
 * @throws RekindleError STATISTIC_OPTIONS_INVALID when the lengths differ or a chunk holds no row
 * @see NannyML, Direct Loss Estimation
 */
export const fitDle = (
  features: Frame,
  predictions: Float64Array,
  outcomes: Float64Array,
  options: DleOptions = {},
): DleReference | Undefined => {
  const { deviations = 3, seed = 1 } = options;
  const chunkRows = options.chunkRows ?? defaultChunkRows(predictions.length);
  sameLength('fitDle', { predictions, outcomes });
  if (!(chunkRows >= 1)) throw invalid(`fitDle: a chunk of ${chunkRows} rows holds no row`);
  const absolute = predictions.map((prediction, i) => Math.abs(prediction - outcomes[i]!));
  const squared = absolute.map((error) => error * error);
  const rows = rowsWith(absolute);
  if (rows.length < FEWEST_ROWS)
    return undefinedBecause(`${rows.length} rows with an outcome are too few to learn errors from: ${FEWEST_ROWS} are needed`);

  const described = Object.keys(features.columns).map((name) => ({
    name,
    ...codesOf(columnOf(features, name, predictions), absolute, rows),
  }));
  const learnt = [...described.map((feature) => numbersOf(features.columns[feature.name]!, feature)), predictions].map((column) =>
    Float64Array.from(rows, (row) => column[row]!),
  );
  const targets = [absolute, squared].map((target) => Float64Array.from(rows, (row) => target[row]!));

  const perChunk = chunkBounds(predictions.length, chunkRows).map(([start, end]) => {
    const inside = between(rows, start, end);
    return withRoot(meanAt(absolute, inside), meanAt(squared, inside));
  });
  const mse = meanAt(squared, rows);
  const deviationOf = { mae: deviationAt(absolute, rows), mse: deviationAt(squared, rows), rmse: 0 };
  // the error of a root, to the first order: d√x = dx / 2√x
  deviationOf.rmse = mse === 0 ? 0 : deviationOf.mse / (2 * Math.sqrt(mse));
  return {
    chunkRows,
    features: described,
    trees: growErrorTrees(learnt, targets, { ...FOREST, leafRows: leafRowsOf(rows.length), seed }),
    metrics: forMetrics((metric) => ({
      deviation: deviationOf[metric],
      usual: usualOfChunks(
        perChunk.map((chunk) => chunk[metric]),
        deviations,
        AT_LEAST_ZERO,
      ),
    })),
  };
};

/**
 * The error of a regression on rows whose outcome nobody knows yet. Like `estimateCbpe` it sees what new *inputs* do to quality, and is
 * blind to a change of what they mean.
 *
 * @param reference from `fitDle`
 * @param features the columns that it was fitted with, in time order
 * @param predictions NaN is a row without one
 * @param outcomes where they are known by now (NaN where not): they are only reported beside the estimate
 * @throws RekindleError COLUMN_NOT_FOUND, STATISTIC_OPTIONS_INVALID
 */
export const estimateDle = (reference: DleReference, features: Frame, predictions: Float64Array, outcomes?: Float64Array): DleChunk[] => {
  sameLength('estimateDle', { predictions, outcomes });
  const columns = [...reference.features.map((feature) => numbersOf(columnOf(features, feature.name, predictions), feature)), predictions];
  const absolute = outcomes && predictions.map((prediction, i) => Math.abs(prediction - outcomes[i]!));
  const squared = absolute?.map((error) => error * error);
  const all = rowsWith(predictions);
  const known = absolute && rowsWith(absolute);
  return chunkBounds(predictions.length, reference.chunkRows).map(([start, end]) => {
    const rows = between(all, start, end);
    const [mae, mse] = averageOfTrees(reference.trees, columns, rows);
    const estimated = rows.length === 0 ? null : withRoot(mae!, mse!);
    const labelled = known && between(known, start, end);
    const realized = labelled && labelled.length > 0 ? withRoot(meanAt(absolute, labelled), meanAt(squared!, labelled)) : null;
    return {
      start,
      end: end - 1,
      rows: rows.length,
      ...forMetrics((metric) => {
        const { deviation, usual } = reference.metrics[metric];
        const error = samplingErrorOf({ deviation, share: 1 }, rows.length);
        return estimateOf(estimated?.[metric] ?? null, realized?.[metric] ?? null, error, usual, AT_LEAST_ZERO);
      }),
    };
  });
};
