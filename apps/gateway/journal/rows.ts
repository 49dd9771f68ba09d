/** From journal records to the rows of the prediction log, grouped by the file they go to. */
import { LABEL_COLUMNS, predictionColumns, type LogColumn } from '../../../core/lifecycle/prediction-log.js';
import { keys, predictionRowId } from '../../../core/names.js';
import type { JournalFile } from './files.js';
import type { JournalRecord, LabelRecord, PredictionRecord } from './records.js';

/** VARCHAR: string, DOUBLE: number, TIMESTAMP: ms since the epoch */
export type Cell = string | number | null;

/** One Parquet file to be. */
export interface SegmentRows {
  readonly key: string;
  readonly kind: JournalRecord['kind'];
  readonly model: string;
  readonly columns: readonly LogColumn[];
  readonly rows: Cell[][];
}

/** Day folder of an event time: the date in UTC. */
const dayOf = (time: number): string => new Date(time).toISOString().slice(0, 10);

const timeOfRow = ({ times }: PredictionRecord, row: number): number => (typeof times === 'number' ? times : times[row]!);

const predictionRow = (record: PredictionRecord, row: number): Cell[] => [
  predictionRowId(record.id, row, record.scores.length),
  timeOfRow(record, row),
  record.received,
  record.version,
  record.scores[row]!,
  record.labels[row]!,
  record.latencyMs,
  ...record.columns.map((column) => column[row]!),
];

const labelRow = (record: LabelRecord, row: number): Cell[] => [
  record.ids[row]!,
  record.labels[row]!,
  record.times[row] ?? record.received,
  record.received,
];

/**
 * Groups by model, event day and columns. Versions with other features get files of their own (`<gateway>.1-…`), so that each
 * file is a plain table. The same records give the same keys and rows, whoever asks and however often.
 */
export const segmentRows = ({ gateway, sequence }: JournalFile, records: readonly JournalRecord[]): SegmentRows[] => {
  const segments = new Map<string, SegmentRows>();
  /** per model and environment: the feature lists seen, in order of appearance */
  const shapes = new Map<string, string[]>();

  const shapeOf = (place: string, features: PredictionRecord['features']): number => {
    const seen = shapes.get(place) ?? [];
    shapes.set(place, seen);
    const shape = JSON.stringify(features);
    return seen.includes(shape) ? seen.indexOf(shape) : seen.push(shape) - 1;
  };
  const add = (segment: Omit<SegmentRows, 'rows'>, cells: Cell[]): void => {
    const known = segments.get(segment.key);
    if (known) known.rows.push(cells);
    else segments.set(segment.key, { ...segment, rows: [cells] });
  };

  for (const record of records) {
    const { kind, model } = record;
    if (kind === 'prediction') {
      const shape = shapeOf(`${model}/${record.environment}`, record.features);
      const writer = shape === 0 ? gateway : `${gateway}.${shape}`;
      const columns = predictionColumns(record.features);
      record.scores.forEach((_, row) => {
        const key = keys.predictions(model, record.environment, dayOf(timeOfRow(record, row)), writer, sequence);
        add({ key, kind, model, columns }, predictionRow(record, row));
      });
    } else {
      record.ids.forEach((_, row) => {
        const cells = labelRow(record, row);
        const key = keys.labels(model, dayOf(record.times[row] ?? record.received), `${gateway}-${sequence}`);
        add({ key, kind, model, columns: LABEL_COLUMNS }, cells);
      });
    }
  }
  return [...segments.values()];
};
