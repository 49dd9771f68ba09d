/** Where a source lies: every kind of address ends as a file (or glob) on this machine that DuckDB reads. */
import { createReadStream, createWriteStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { createGunzip } from 'node:zlib';
import { RekindleError } from '../../core/errors.js';
import type { Source } from '../../core/lifecycle/model-spec.js';
import type { ObjectStore } from '../../core/ports.js';

export interface LocalFile {
  /** absolute path; may be a glob */
  readonly path: string;
  readonly gzipped: boolean;
}

export interface SourceOptions {
  /** folder that relative paths start from */
  readonly project: string;
  readonly objects: ObjectStore | undefined;
  /** bucket of the object store: `s3://<bucket>/<key>` is read through it */
  readonly bucket: string | undefined;
  /** where downloads go */
  readonly scratch: string;
  readonly signal: AbortSignal | undefined;
}

const notFound = (source: Source, why: string, cause?: unknown): RekindleError =>
  new RekindleError('SOURCE_NOT_FOUND', `Source '${source.uri}': ${why}.`, { source: source.uri }, { cause });

/** @returns local path of the download */
const fromWeb = async (source: Source, { scratch, signal }: SourceOptions): Promise<string> => {
  const path = join(scratch, 'source');
  const unreachable = (why: string, cause?: unknown): RekindleError =>
    new RekindleError('SOURCE_UNREACHABLE', `Source '${source.uri}': ${why}.`, { source: source.uri }, { cause });
  try {
    const response = await fetch(source.uri, signal ? { signal } : {});
    if (response.status === 404 || response.status === 410) throw notFound(source, `the server answered ${response.status}`);
    if (!response.ok || !response.body) throw unreachable(`the server answered ${response.status}`);
    await pipeline(Readable.fromWeb(response.body), createWriteStream(path));
  } catch (error) {
    if (error instanceof RekindleError || signal?.aborted) throw error;
    throw unreachable('it cannot be fetched', error);
  }
  return path;
};

const fromStore = async (source: Source, key: string, { objects, scratch }: SourceOptions): Promise<string> => {
  if (!objects) throw notFound(source, 'no object store is configured');
  const path = join(scratch, basename(key));
  try {
    await objects.download(key, path);
  } catch (error) {
    if (error instanceof RekindleError && error.code === 'OBJECT_NOT_FOUND')
      throw notFound(source, 'the object store has no such key', error);
    throw error;
  }
  return path;
};

const locate = async (source: Source, options: SourceOptions): Promise<string> => {
  const { uri } = source;
  if (/^https?:/.test(uri)) return fromWeb(source, options);
  if (uri.startsWith('store:')) return fromStore(source, uri.slice('store:'.length), options);
  if (uri.startsWith('s3://')) {
    const [bucket = '', ...key] = uri.slice('s3://'.length).split('/');
    if (bucket !== options.bucket)
      throw notFound(source, `the object store is not the bucket '${bucket}'; use an https link that was signed`);
    return fromStore(source, key.join('/'), options);
  }
  return uri.startsWith('file:') ? fileURLToPath(uri) : resolve(options.project, uri);
};

const isGzipped = async (path: string): Promise<boolean> => {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(2), 0, 2, 0);
    return bytesRead === 2 && buffer[0] === 0x1f && buffer[1] === 0x8b;
  } finally {
    await file.close();
  }
};

/** Of a text file, unpacked if it is gzipped; empty for a glob. */
export const firstLine = async ({ path, gzipped }: LocalFile): Promise<string> => {
  const stream = createReadStream(path).on('error', () => undefined);
  const lines = createInterface({ input: gzipped ? stream.pipe(createGunzip()) : stream });
  try {
    for await (const line of lines) return line;
  } catch {
    // what is wrong with the file was said already
  } finally {
    stream.destroy();
  }
  return '';
};

/**
 * Downloads what is far away; finds what is near.
 * @throws SOURCE_NOT_FOUND SOURCE_UNREACHABLE STORE_UNREACHABLE
 */
export const localFile = async (source: Source, options: SourceOptions): Promise<LocalFile> => {
  const path = await locate(source, options);
  const found = await stat(path).catch(() => undefined);
  if (found?.isFile()) return { path, gzipped: await isGzipped(path) };
  if (found || !/[*?[]/.test(path)) throw notFound(source, found ? 'it is a folder, not a file' : `there is no file at ${path}`);
  return { path, gzipped: path.endsWith('.gz') };
};
