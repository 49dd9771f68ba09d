/** A journal file becomes Parquet segments of the object store. */
import { readFile, rm } from 'node:fs/promises';
import { DuckDBTimestampValue, type DuckDBAppender, type DuckDBConnection } from '@duckdb/node-api';
import type { LogColumn } from '../../../core/lifecycle/prediction-log.js';
import type { ObjectStore } from '../../../core/ports.js';
import type { Database } from '../../../platform/tables/database.js';
import { identifier, literal } from '../../../platform/tables/sql.js';
import type { JournalFile } from './files.js';
import { decodeFrames } from './frames.js';
import type { JournalRecord } from './records.js';
import { segmentRows, type Cell, type SegmentRows } from './rows.js';

/** What one journal file held, in rows per model. */
export interface Stored {
  readonly predictions: Readonly<Record<string, number>>;
  readonly labels: Readonly<Record<string, number>>;
  readonly segments: number;
  /** bytes at the end that are no whole frame */
  readonly tail: number;
}

const append = (appender: DuckDBAppender, { sqlType }: LogColumn, cell: Cell): void => {
  if (cell === null) appender.appendNull();
  else if (sqlType === 'DOUBLE') appender.appendDouble(Number(cell));
  else if (sqlType === 'TIMESTAMP') appender.appendTimestamp(new DuckDBTimestampValue(BigInt(cell) * 1000n));
  else appender.appendVarchar(String(cell));
};

const writeParquet = async (connection: DuckDBConnection, { columns, rows }: SegmentRows, path: string): Promise<void> => {
  await connection.run(`CREATE TABLE segment (${columns.map(({ name, sqlType }) => `${identifier(name)} ${sqlType}`).join(', ')})`);
  try {
    const appender = await connection.createAppender('segment');
    for (const cells of rows) {
      cells.forEach((cell, column) => append(appender, columns[column]!, cell));
      appender.endRow();
    }
    appender.closeSync();
    await connection.run(`COPY segment TO ${literal(path)} (FORMAT parquet, COMPRESSION zstd)`);
  } finally {
    await connection.run('DROP TABLE segment');
  }
};

const countRows = (segments: readonly SegmentRows[], kind: SegmentRows['kind']): Record<string, number> => {
  const counts: Record<string, number> = {};
  for (const segment of segments) {
    if (segment.kind === kind) counts[segment.model] = (counts[segment.model] ?? 0) + segment.rows.length;
  }
  return counts;
};

/**
 * Stores everything that `file` holds. Again = the same objects with the same rows, so a crash in the middle costs nothing; the
 * file itself is the caller's to remove afterwards.
 * @throws STORE_UNREACHABLE
 */
export const storeJournal = async (file: JournalFile, objects: ObjectStore, database: Database): Promise<Stored> => {
  const { records, tail } = decodeFrames(await readFile(file.path));
  const segments = segmentRows(
    file,
    records.map((record) => JSON.parse(record) as JournalRecord),
  );
  const local = `${file.path}.parquet`;
  try {
    await database.use(async (connection) => {
      for (const segment of segments) {
        await writeParquet(connection, segment, local);
        await objects.upload(local, segment.key, { contentType: 'application/vnd.apache.parquet' });
      }
    });
  } finally {
    await rm(local, { force: true });
  }
  return { predictions: countRows(segments, 'prediction'), labels: countRows(segments, 'label'), segments: segments.length, tail };
};
