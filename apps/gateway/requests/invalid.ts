import { RekindleError } from '../../../core/errors.js';

/** Where in the request the fault is. Rows count from 0; a column is a feature's name. */
export interface Place {
  readonly row?: number;
  readonly column?: string;
}

/** What a 400 says. @example invalid("'abc' is a string, the model takes a number", { row: 3, column: 'price' }) */
export const invalid = (what: string, place: Place = {}): RekindleError => {
  const where = [
    ...(place.row === undefined ? [] : [`row ${place.row}`]),
    ...(place.column === undefined ? [] : [`column '${place.column}'`]),
  ].join(', ');
  const message = where === '' ? `${what}.` : `${where}: ${what}.`;
  return new RekindleError('REQUEST_INVALID', message[0]!.toUpperCase() + message.slice(1), { ...place });
};

/** A value as an error shows it: its kind and, shortened, itself. */
export const shown = (value: unknown): string => {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  if (Array.isArray(value)) return `an array of ${value.length}`;
  if (typeof value === 'string') return `the string '${value.length > 40 ? `${value.slice(0, 40)}…` : value}'`;
  return typeof value === 'number' || typeof value === 'boolean' ? `the ${typeof value} ${value}` : `an ${typeof value}`;
};

export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
