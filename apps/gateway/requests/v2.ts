/** The request body of the Open Inference Protocol V2. */
import type { Frame } from '../../../core/frame.js';
import { readEventTimes } from './event-time.js';
import type { FrameReader } from './frame-reader.js';
import { invalid, isObject, shown } from './invalid.js';

/** Rows to score, and what the sender says of them. */
export interface RowsRequest {
  readonly frame: Frame;
  /** ms since the epoch */
  readonly times: number | readonly number[];
}

export interface InferRequest extends RowsRequest {
  readonly id: string | undefined;
  /** names of the wanted outputs; all when absent */
  readonly outputs: readonly string[] | undefined;
}

const DATATYPES = new Set('BOOL UINT8 UINT16 UINT32 UINT64 INT8 INT16 INT32 INT64 FP16 FP32 FP64 BYTES'.split(' '));

const rowsOf = (shape: unknown, column: string): number => {
  const [rows, width = 1, ...more] = Array.isArray(shape) ? (shape as unknown[]) : [];
  if (typeof rows === 'number' && Number.isInteger(rows) && rows >= 0 && width === 1 && more.length === 0) return rows;
  throw invalid(`shape ${JSON.stringify(shape) ?? 'nothing'} is neither [N] nor [N,1]`, { row: 0, column });
};

/** Whole numbers are promised by an INT datatype; everything else is checked against the feature. */
const checkIntegers = (data: readonly unknown[], datatype: string, column: string): void => {
  data.forEach((value, row) => {
    if (typeof value === 'number' && !Number.isInteger(value)) throw invalid(`${value} is no ${datatype}`, { row, column });
  });
};

const readInput = (input: unknown, position: number): readonly [string, readonly unknown[]] => {
  if (!isObject(input) || typeof input['name'] !== 'string') {
    throw invalid(`the entry inputs[${position}] must be an object with name, shape, datatype and data`);
  }
  const { name, shape, datatype, data } = input;
  if (typeof datatype !== 'string' || !DATATYPES.has(datatype)) {
    throw invalid(`${shown(datatype)} is no datatype of the protocol`, { row: 0, column: name });
  }
  if (!Array.isArray(data)) throw invalid(`${shown(data)} is given as data, not an array`, { row: 0, column: name });
  const rows = rowsOf(shape, name);
  if (data.length !== rows) {
    throw invalid(`data has ${data.length} values, its shape says ${rows}`, { row: Math.min(data.length, rows), column: name });
  }
  if (datatype.includes('INT')) checkIntegers(data, datatype, name);
  return [name, data];
};

const readOutputs = (outputs: unknown, known: readonly string[]): string[] | undefined => {
  if (outputs === undefined || (Array.isArray(outputs) && outputs.length === 0)) return undefined;
  if (!Array.isArray(outputs)) throw invalid('the field outputs must be an array of { name }');
  return outputs.map((output: unknown) => {
    const name = isObject(output) ? output['name'] : undefined;
    if (typeof name === 'string' && known.includes(name)) return name;
    throw invalid(`${shown(name)} is no output of the model; it has: ${known.join(', ')}`);
  });
};

/**
 * @param arrival event time of rows whose sender says none, ms since the epoch
 * @throws REQUEST_INVALID
 */
export const readInferRequest = (body: unknown, reader: FrameReader, outputs: readonly string[], arrival: number): InferRequest => {
  if (!isObject(body)) throw invalid('the body must be a JSON object with inputs');
  const { id, inputs, parameters } = body;
  if (id !== undefined && typeof id !== 'string') throw invalid('the field id must be a string');
  if (!Array.isArray(inputs)) throw invalid('the field inputs must be an array with one entry per feature');
  if (parameters !== undefined && !isObject(parameters)) throw invalid('the field parameters must be an object');
  const frame = reader.fromColumns(inputs.map(readInput));
  const times = parameters === undefined ? arrival : readEventTimes(parameters['event_time'], frame.rows, arrival);
  return { frame, times, id, outputs: readOutputs(body['outputs'], outputs) };
};
