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

/** Numbers the feature lists of each model and environment in order of appearance. */
const shapes = (): ((record: PredictionRecord) => number) => {
  const seen = new Map<string, string[]>();
  const ofVersion = new Map<string, number>();
  return ({ model, environment, version, features }) => {
    const known = ofVersion.get(`${model}/${environment}/${version}`);
    if (known !== undefined) return known;
    const place = `${model}/${environment}`;
    const lists = seen.get(place) ?? [];
    seen.set(place, lists);
    const list = JSON.stringify(features);
    const shape = lists.includes(list) ? lists.indexOf(list) : lists.push(list) - 1;
    ofVersion.set(`${place}/${version}`, shape);
    return shape;
  };
};

/**
 * Groups by model, event day and columns. Versions with other features get files of their own (`<gateway>.1-…`), so that each
 * file is a plain table. The same records give the same keys and rows, whoever asks and however often.
 */
export const segmentRows = ({ gateway, sequence }: JournalFile, records: readonly JournalRecord[]): SegmentRows[] => {
  const segments = new Map<string, SegmentRows>();
  const shapeOf = shapes();
  const rowsOf = (key: string, { kind, model }: JournalRecord, columns: () => readonly LogColumn[]): Cell[][] => {
    const segment = segments.get(key) ?? { key, kind, model, columns: columns(), rows: [] };
    segments.set(key, segment);
    return segment.rows;
  };

  for (const record of records) {
    const { model } = record;
    if (record.kind === 'prediction') {
      const shape = shapeOf(record);
      const writer = shape === 0 ? gateway : `${gateway}.${shape}`;
      record.scores.forEach((_, row) => {
        const key = keys.predictions(model, record.environment, dayOf(timeOfRow(record, row)), writer, sequence);
        rowsOf(key, record, () => predictionColumns(record.features)).push(predictionRow(record, row));
      });
    } else {
      record.ids.forEach((_, row) => {
        const key = keys.labels(model, dayOf(record.times[row] ?? record.received), `${gateway}-${sequence}`);
        rowsOf(key, record, () => LABEL_COLUMNS).push(labelRow(record, row));
      });
    }
  }
  return [...segments.values()];
};
