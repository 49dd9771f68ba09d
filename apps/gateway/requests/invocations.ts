/** The request body of MLflow's and SageMaker's `/invocations`. */
import type { Frame } from '../../../core/frame.js';
import { readEventTimes } from './event-time.js';
import type { FrameReader } from './frame-reader.js';
import { invalid, isObject, shown } from './invalid.js';
import type { RowsRequest } from './v2.js';

const FORMS = ['dataframe_split', 'dataframe_records', 'instances', 'inputs'] as const;

const fromSplit = (value: unknown, reader: FrameReader): Frame => {
  const { columns, data } = isObject(value) ? value : {};
  if (!Array.isArray(data)) throw invalid('the field dataframe_split must be { columns, data }');
  if (columns === undefined) return reader.fromArrays(data);
  if (Array.isArray(columns) && columns.every((name) => typeof name === 'string')) return reader.fromArrays(data, columns);
  throw invalid('the field dataframe_split.columns must be an array of names');
};

/** Rows as objects or as arrays in the order of the signature; the first row decides. */
const fromRows = (value: unknown, form: string, reader: FrameReader): Frame => {
  if (!Array.isArray(value)) throw invalid(`the field ${form} is ${shown(value)}, not an array of rows`);
  return isObject(value[0]) ? reader.fromRecords(value) : reader.fromArrays(value);
};

const fromColumns = (value: Record<string, unknown>, reader: FrameReader): Frame =>
  reader.fromColumns(
    Object.entries(value).map(([name, values]) => {
      if (Array.isArray(values)) return [name, values] as const;
      throw invalid(`${shown(values)} is given, a column is an array`, { row: 0, column: name });
    }),
  );

/** @throws REQUEST_INVALID */
export const readInvocation = (body: unknown, reader: FrameReader, arrival: number): RowsRequest => {
  if (!isObject(body)) throw invalid(`the body must be a JSON object with one of ${FORMS.join(', ')}`);
  const given = FORMS.filter((form) => form in body);
  if (given.length !== 1) {
    throw invalid(`exactly one of ${FORMS.join(', ')} must be given, not ${given.length === 0 ? 'none' : given.join(' and ')}`);
  }
  const form = given[0]!;
  const value = body[form];
  const frame =
    form === 'dataframe_split'
      ? fromSplit(value, reader)
      : form === 'inputs' && isObject(value)
        ? fromColumns(value, reader)
        : fromRows(value, form, reader);
  const params = body['params'];
  return { frame, times: readEventTimes(isObject(params) ? params['event_time'] : undefined, frame.rows, arrival) };
};
