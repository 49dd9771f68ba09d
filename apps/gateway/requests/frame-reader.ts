/** From the forms in which requests bring rows to a frame that fits the model's signature. */
import type { Column, Frame } from '../../../core/frame.js';
import type { Signature } from '../../../core/lifecycle/signature.js';
import { categoryColumn, numberColumn } from './columns.js';
import { invalid, isObject, shown } from './invalid.js';

type Slots = (readonly unknown[] | undefined)[];

/**
 * One per loaded version. Every method throws REQUEST_INVALID naming row and column: for a feature that is missing, a value of
 * the wrong type, a name that is no feature, columns of different lengths, no rows.
 */
export class FrameReader {
  private readonly features: Signature['features'];
  private readonly indexOf: ReadonlyMap<string, number>;

  constructor({ features }: Signature) {
    this.features = features;
    this.indexOf = new Map(features.map(({ name }, index) => [name, index]));
  }

  /** `[[column, its values], …]` in any order. */
  fromColumns(columns: Iterable<readonly [string, readonly unknown[]]>): Frame {
    const slots: Slots = new Array<undefined>(this.features.length).fill(undefined);
    for (const [name, values] of columns) {
      const index = this.feature(name);
      if (slots[index]) throw invalid('the feature is given twice', { row: 0, column: name });
      slots[index] = values;
    }
    return this.frame(slots);
  }

  /** `[{ feature: value, … }, …]` */
  fromRecords(records: readonly unknown[]): Frame {
    records.forEach((record, row) => {
      if (!isObject(record)) throw invalid(`${shown(record)} is given, a row is an object of features`, { row });
      for (const name of Object.keys(record)) this.feature(name, row);
    });
    return this.frame(this.features.map(({ name }) => records.map((record) => (record as Record<string, unknown>)[name])));
  }

  /** Rows as arrays. @param names of the columns; the features in the order of the signature when absent */
  fromArrays(rows: readonly unknown[], names: readonly string[] = this.features.map(({ name }) => name)): Frame {
    rows.forEach((cells, row) => {
      if (!Array.isArray(cells)) throw invalid(`${shown(cells)} is given, a row is an array of ${names.length} values`, { row });
      if (cells.length === names.length) return;
      const missing = names[cells.length];
      const place = missing === undefined ? { row } : { row, column: missing };
      throw invalid(`${cells.length} values are given for the ${names.length} columns ${names.join(', ')}`, place);
    });
    return this.fromColumns(names.map((name, column) => [name, rows.map((cells) => (cells as unknown[])[column])] as const));
  }

  private feature(name: string, row = 0): number {
    const index = this.indexOf.get(name);
    if (index !== undefined) return index;
    throw invalid(`the model has no such feature; it has: ${[...this.indexOf.keys()].join(', ')}`, { row, column: name });
  }

  private frame(slots: Slots): Frame {
    const rows = slots.find((values) => values !== undefined)?.length ?? 0;
    const columns: Record<string, Column> = {};
    for (let index = 0; index < this.features.length; index += 1) {
      const { name, type } = this.features[index]!;
      const values = slots[index];
      if (!values) throw invalid('the feature is missing', { row: 0, column: name });
      if (values.length !== rows) {
        const row = Math.min(values.length, rows);
        throw invalid(`the column has ${values.length} values where another has ${rows}`, { row, column: name });
      }
      columns[name] = type === 'number' ? numberColumn(name, values) : categoryColumn(name, values);
    }
    if (rows === 0) throw invalid('the request has no rows');
    return { rows, columns };
  }
}
