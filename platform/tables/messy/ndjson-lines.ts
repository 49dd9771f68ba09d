/** NDJSON with lines that are no JSON objects: the others are kept, and those are counted. */
import { createWriteStream } from 'node:fs';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { bytesOf, type FoundFile } from './bytes.js';

const isObject = (line: string): boolean => {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
};

export interface Kept {
  readonly file: FoundFile;
  readonly kept: number;
  readonly bad: number;
  /** first one, from 1 */
  readonly badLine: number | null;
}

const linesOf = (file: FoundFile): AsyncIterable<string> => createInterface({ input: Readable.from(bytesOf(file)), crlfDelay: Infinity });

/** Copies the good lines to `path`. */
export const keepObjects = async (file: FoundFile, path: string): Promise<Kept> => {
  const out = createWriteStream(path);
  let [kept, bad, number] = [0, 0, 0];
  let badLine: number | null = null;
  for await (const line of linesOf(file)) {
    number++;
    if (line.trim() === '') continue;
    if (isObject(line)) {
      kept++;
      if (!out.write(`${line}\n`)) await once(out, 'drain');
    } else {
      bad++;
      badLine ??= number;
    }
  }
  out.end();
  await finished(out);
  return { file: { ...file, path, gzipped: false }, kept, bad, badLine };
};

/** Lines of the rows `wanted` (from 0): lines that are blank or no object are no rows. */
export const linesOfObjects = async (file: FoundFile, wanted: readonly number[], areAllGood: boolean): Promise<(number | undefined)[]> => {
  const found = new Map<number, number>();
  const open = new Set(wanted);
  let [row, number] = [0, 0];
  for await (const line of linesOf(file)) {
    number++;
    if (line.trim() === '' || (!areAllGood && !isObject(line))) continue;
    if (open.delete(row)) found.set(row, number);
    row++;
    if (open.size === 0) break;
  }
  return wanted.map((index) => found.get(index));
};
