/** Files as people have them: of any kind, packed or not, in any encoding, with whatever is wrong in them. */
import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import type { Finding } from '../../../core/drift/report.js';
import { RekindleError } from '../../../core/errors.js';
import { openDatabase } from '../database.js';
import { literal } from '../sql.js';
import { findFile, headOf, type FoundFile } from './bytes.js';
import { copyAsUtf8, scanEncoding } from './encoding.js';
import { fileTable, type FileTable } from './file-table.js';
import { loadCsv } from './load-csv.js';
import { loadJson } from './load-json.js';
import { loadParquet } from './load-parquet.js';
import type { Loaded, LoadOptions } from './loaded.js';

type FileKind = 'csv' | 'ndjson' | 'json' | 'parquet';

/** What the first bytes say; the name only when it says CSV. */
const kindOfFile = async (file: FoundFile): Promise<FileKind> => {
  const head = await headOf(file, 4096);
  if (head.subarray(0, 4).toString('latin1') === 'PAR1') return 'parquet';
  if (/\.parquet$/i.test(file.name))
    throw new RekindleError('FILE_UNREADABLE', `${file.name}: this is not a Parquet file.`, { file: file.name });
  if (/\.(csv|tsv|txt)(\.gz)?$/i.test(file.name)) return 'csv';
  const text = head
    .toString('utf8')
    .replace(/^\uFEFF/, '')
    .trimStart();
  return text.startsWith('{') ? 'ndjson' : text.startsWith('[') ? 'json' : 'csv';
};

const ENCODING_NAMES = { 'utf-8': 'UTF-8', 'utf-16le': 'UTF-16', 'utf-16be': 'UTF-16', 'windows-1252': 'Latin-1 (Windows-1252)' } as const;

/** The text as UTF-8, and what was unusual in it. */
const readable = async (
  file: FoundFile,
  { scratch, table, onProgress }: LoadOptions,
): Promise<{ text: FoundFile; findings: Finding[] }> => {
  const scanned = await scanEncoding(file, (bytes) => onProgress(file.gzipped ? 0 : bytes / file.bytes / 4));
  const findings: Finding[] = [];
  if (scanned.hasMark)
    findings.push({
      code: 'byte_order_mark',
      text: 'A byte order mark stood before the first name; it was left out.',
      file: file.name,
      line: 1,
    });
  if (scanned.encoding === 'utf-8') return { text: file, findings };
  const text = await copyAsUtf8(file, scanned.encoding, join(scratch, `${table}.txt`));
  const is = ENCODING_NAMES[scanned.encoding];
  findings.push({
    code: 'encoding',
    text: `The text is not UTF-8 from here on; the whole file was read as ${is}.`,
    file: file.name,
    ...(scanned.foreignLine === null ? {} : { line: scanned.foreignLine }),
  });
  return { text, findings };
};

const load = async (file: FoundFile, options: LoadOptions): Promise<Loaded> => {
  const kind = await kindOfFile(file);
  if (kind === 'parquet') return loadParquet(file, options);
  const { text, findings } = await readable(file, options);
  const loaded = await (kind === 'csv' ? loadCsv(text, options) : loadJson(text, kind === 'json', options));
  return { ...loaded, findings: [...findings, ...loaded.findings] };
};

export interface OpenFilesOptions {
  /** bound of DuckDB's memory; what needs more spills to the temporary folder */
  readonly memoryMb?: number;
  readonly signal?: AbortSignal;
}

/** @param onProgress which share of the file is read, 0 to 1 @throws FILE_NOT_FOUND FILE_EMPTY FILE_UNREADABLE */
export type OpenFile = (name: string, onProgress?: (share: number) => void) => Promise<FileTable>;

const POLL_MS = 250;

/** Text from this size on is loaded into a database in the scratch folder, which packs it and needs little memory; less, into memory. */
const ON_DISK_FROM = 4 * 2 ** 20;
/** Wide tables have many blocks that are hardly filled. */
const BLOCK_BYTES = 16_384;

/** Gives `work` a way to open files, and a folder; they are closed, and the folder removed, when it has ended. */
export const withFiles = async <T>(
  work: (open: OpenFile, scratch: string) => Promise<T>,
  { memoryMb = 1024, signal }: OpenFilesOptions = {},
): Promise<T> => {
  const scratch = await mkdtemp(join(tmpdir(), 'rekindle-files-'));
  const database = openDatabase({ memoryMb, threads: availableParallelism() });
  let tables = 0;
  let isAttached = false;
  const tableFor = async (connection: DuckDBConnection, file: FoundFile): Promise<string> => {
    const table = `file_${tables++}`;
    if (file.bytes < ON_DISK_FROM) return table;
    if (!isAttached) await connection.run(`ATTACH ${literal(join(scratch, 'files.db'))} AS files (BLOCK_SIZE ${BLOCK_BYTES})`);
    isAttached = true;
    return `files.${table}`;
  };
  try {
    return await database.use(
      (connection) =>
        work(async (name, onProgress = () => undefined) => {
          const poll = setInterval(() => {
            const { percentage } = connection.progress;
            if (percentage > 0) onProgress(0.25 + (0.75 * percentage) / 100);
          }, POLL_MS);
          try {
            const file = await findFile(name);
            return await fileTable(
              connection,
              name,
              await load(file, { connection, scratch, table: await tableFor(connection, file), onProgress }),
            );
          } finally {
            clearInterval(poll);
          }
        }, scratch),
      signal,
    );
  } finally {
    database.close();
    await rm(scratch, { recursive: true, force: true });
  }
};
