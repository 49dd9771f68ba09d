/** The request body of `POST /v1/models/{model}/labels`. */
import { readEventTime } from './event-time.js';
import { invalid, isObject, shown } from './invalid.js';

export interface LabelsRequest {
  readonly ids: string[];
  readonly labels: string[];
  /** ms since the epoch; null: the sender did not say */
  readonly times: (number | null)[];
}

/** Classes are strings; a class such as 1 or true may come as the number or boolean. All or nothing: one bad label refuses the request. @throws REQUEST_INVALID naming row and column */
export const readLabels = (body: unknown, classes: readonly string[]): LabelsRequest => {
  const entries = isObject(body) ? body['labels'] : undefined;
  if (!Array.isArray(entries)) throw invalid('the body must be { labels: [{ prediction_id, label, event_time? }] }');
  if (entries.length === 0) throw invalid('the request has no labels');
  const read: LabelsRequest = { ids: [], labels: [], times: [] };
  entries.forEach((entry: unknown, row) => {
    if (!isObject(entry)) throw invalid(`${shown(entry)} is given, a label is an object`, { row });
    const { prediction_id: id, label: given, event_time: time } = entry;
    const label = typeof given === 'number' || typeof given === 'boolean' ? String(given) : given;
    if (typeof id !== 'string' || id === '') {
      throw invalid(`${shown(id)} is given, not the id of a prediction`, { row, column: 'prediction_id' });
    }
    if (typeof label !== 'string' || !classes.includes(label)) {
      throw invalid(`${shown(given)} is no class of the model; they are: ${classes.join(', ')}`, { row, column: 'label' });
    }
    read.ids.push(id);
    read.labels.push(label);
    read.times.push(time === undefined || time === null ? null : readEventTime(time, row));
  });
  return read;
};
