/** A table that is too large to be held: its columns lie in files of a temporary folder, and each is read when it is asked for. */
import { closeSync, openSync, readSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Column, Frame } from '../../core/frame.js';

export interface SpilledColumn {
  readonly name: string;
  readonly path: string;
  /** null: numbers */
  readonly categories: readonly string[] | null;
}

/** Crosses to a thread as it is: there it is opened. */
export interface SpilledFrame {
  readonly rows: number;
  readonly spilled: readonly SpilledColumn[];
}

export const isSpilled = (frame: Frame | SpilledFrame): frame is SpilledFrame => 'spilled' in frame;

/** @param first number of the first column: names of files do not depend on what people call their columns */
export const spill = (frame: Frame, folder: string, first: number): Promise<SpilledColumn[]> =>
  Promise.all(
    Object.entries(frame.columns).map(async ([name, column], i) => {
      const path = join(folder, `column-${first + i}`);
      const cells = column.type === 'number' ? column.values : column.codes;
      await writeFile(path, new Uint8Array(cells.buffer, cells.byteOffset, cells.byteLength));
      return { name, path, categories: column.type === 'number' ? null : column.categories };
    }),
  );

const fill = <T extends Float64Array | Int32Array>(path: string, cells: T): T => {
  const bytes = new Uint8Array(cells.buffer);
  const file = openSync(path, 'r');
  try {
    for (let at = 0; at < bytes.length;) {
      const read = readSync(file, bytes, at, Math.min(bytes.length - at, 1 << 30), at);
      if (read === 0) throw new Error(`${path} is shorter than ${bytes.length} bytes`);
      at += read;
    }
  } finally {
    closeSync(file);
  }
  return cells;
};

/** The table as any other; one column at a time is in memory, the one that was last asked for. */
export const openSpilled = ({ rows, spilled }: SpilledFrame): Frame => {
  let held: { readonly path: string; readonly cells: Float64Array | Int32Array } | undefined;
  const cellsOf = <T extends Float64Array | Int32Array>(path: string, make: () => T): T => {
    if (held?.path !== path) held = { path, cells: fill(path, make()) };
    return held.cells as T;
  };
  const columnOf = ({ path, categories }: SpilledColumn): Column =>
    categories === null
      ? {
          type: 'number',
          get values() {
            return cellsOf(path, () => new Float64Array(rows));
          },
        }
      : {
          type: 'category',
          categories,
          get codes() {
            return cellsOf(path, () => new Int32Array(rows));
          },
        };
  return { rows, columns: Object.fromEntries(spilled.map((column) => [column.name, columnOf(column)])) };
};
