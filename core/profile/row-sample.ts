/** Some whole rows of a table, for tests that need the columns side by side. */
import { z } from 'zod';
import type { Column, Frame } from '../frame.js';
import { numpyRandom } from '../statistics/mersenne-twister.js';

/** Most rows of a sample: as many as a test of the columns together looks at. */
export const SAMPLE_ROWS = 2000;

/** Drawn without replacement, in random order: its first rows are a sample too. */
export const RowSample = z.object({
  rows: z.number().int(),
  /** of each column a value per row: a number, the name of a category, or null where it is missing */
  columns: z.record(z.string(), z.array(z.union([z.number(), z.string(), z.null()]))),
});
export type RowSample = z.infer<typeof RowSample>;

type Cell = number | string | null;

/** JSON has no infinities: the largest doubles keep their place in the order. */
const numberCell = (value: number): Cell => (Number.isNaN(value) ? null : Math.min(Number.MAX_VALUE, Math.max(-Number.MAX_VALUE, value)));

const cellsOf = (column: Column, rows: Uint32Array): Cell[] =>
  Array.from(rows, (row) => (column.type === 'number' ? numberCell(column.values[row]!) : (column.categories[column.codes[row]!] ?? null)));

/**
 * The same rows of every table with as many rows, so that parts of one table, some columns each, have samples that fit together.
 *
 * @param seed same seed, same rows
 */
export const sampleRows = (frame: Frame, seed: number, most: number = SAMPLE_ROWS): RowSample => {
  const rows = numpyRandom(seed).permutation(frame.rows).subarray(0, most);
  return {
    rows: rows.length,
    columns: Object.fromEntries(Object.entries(frame.columns).map(([name, column]) => [name, cellsOf(column, rows)])),
  };
};

/** A sample and the number of rows that it was drawn from. */
export interface Drawn {
  readonly sample: RowSample;
  readonly of: number;
}

/** A sample of both parts together, in which each has its share. */
export const mergeSamples = (a: Drawn, b: Drawn, most: number = SAMPLE_ROWS): RowSample => {
  const total = a.of + b.of;
  const perRow = ({ sample, of }: Drawn): number => (of === 0 ? Infinity : sample.rows / of);
  const density = Math.min(perRow(a), perRow(b), most / Math.max(1, total));
  const taken = [a, b].map(({ sample, of }) => Math.min(sample.rows, Math.round(of * density))) as [number, number];
  const order = numpyRandom(total).permutation(taken[0] + taken[1]);
  const columns = Object.keys(a.sample.columns).map((name) => {
    const cells = [...a.sample.columns[name]!.slice(0, taken[0]), ...(b.sample.columns[name] ?? []).slice(0, taken[1])];
    return [name, Array.from(order, (place) => cells[place] ?? null)] as const;
  });
  return { rows: order.length, columns: Object.fromEntries(columns) };
};
