/** What a version answered to the rows of its hold-out, kept with it: what monitoring knows of its quality while no label has come. */
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { isRekindleError } from '../core/errors.js';
import type { NumberColumn } from '../core/frame.js';
import { keys } from '../core/names.js';
import type { ScoredRows } from '../core/quality/usual-of-size.js';
import type { ActivityContext } from './context.js';

const WRITE = `COPY (SELECT score, label FROM read_csv($rows, header = false, columns = {'score': 'DOUBLE', 'label': 'UTINYINT'}))
  TO $table (FORMAT parquet, COMPRESSION zstd)`;

const LINES_AT_ONCE = 10_000;

const lines = function* ({ labels, scores }: ScoredRows): Generator<string> {
  for (let from = 0; from < scores.length; from += LINES_AT_ONCE)
    yield Array.from(scores.subarray(from, from + LINES_AT_ONCE), (score, i) => `${score},${labels[from + i]}\n`).join('');
};

/** @param scored in time order */
export const storeReferenceScores = async (
  model: string,
  version: string,
  scored: ScoredRows,
  folder: string,
  ctx: ActivityContext,
): Promise<void> => {
  const [rows, table] = [join(folder, 'reference-scores.csv'), join(folder, 'reference-scores.parquet')];
  await pipeline(Readable.from(lines(scored)), createWriteStream(rows));
  await ctx.tables.query(WRITE, { rows, table }, { signal: ctx.signal });
  await ctx.objects.upload(table, keys.version(model, version).referenceScores);
};

/** @returns undefined for a version that has never been compared */
export const fetchReferenceScores = async (
  model: string,
  version: string,
  folder: string,
  ctx: ActivityContext,
): Promise<ScoredRows | undefined> => {
  const path = join(folder, 'reference-scores.parquet');
  try {
    await ctx.objects.download(keys.version(model, version).referenceScores, path);
  } catch (error) {
    if (isRekindleError(error) && error.code === 'OBJECT_NOT_FOUND') return undefined;
    throw error;
  }
  const { columns } = await ctx.tables.read([path], { score: 'number', label: 'number' }, { signal: ctx.signal });
  const { values } = columns['label'] as NumberColumn;
  return { labels: Uint8Array.from(values), scores: (columns['score'] as NumberColumn).values };
};
