/** The bytes of a file, unpacked, one after another: a file of any size needs a megabyte. */
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { createGunzip } from 'node:zlib';
import { RekindleError } from '../../../core/errors.js';

/** A file as the user named it, and where its bytes are. */
export interface FoundFile {
  /** as it was given: what messages say */
  readonly name: string;
  readonly path: string;
  readonly gzipped: boolean;
  /** on disk */
  readonly bytes: number;
}

const CHUNK = 1 << 20;

const notFound = (name: string, why: string, cause?: unknown): RekindleError =>
  new RekindleError('FILE_NOT_FOUND', `${name}: ${why}.`, { file: name }, { cause });

/** @throws FILE_NOT_FOUND FILE_EMPTY */
export const findFile = async (name: string): Promise<FoundFile> => {
  const handle = await open(name).catch((error: NodeJS.ErrnoException) => {
    throw notFound(name, error.code === 'EACCES' ? 'you may not read it' : 'there is no such file', error);
  });
  try {
    const info = await handle.stat();
    if (!info.isFile()) throw notFound(name, 'it is no file');
    if (info.size === 0) throw new RekindleError('FILE_EMPTY', `${name}, line 1: the file is empty.`, { file: name, line: 1 });
    const { buffer } = await handle.read(Buffer.alloc(2), 0, 2, 0);
    return { name, path: name, gzipped: buffer[0] === 0x1f && buffer[1] === 0x8b, bytes: info.size };
  } finally {
    await handle.close();
  }
};

/** @throws FILE_UNREADABLE when a packed file is damaged */
export const bytesOf = async function* ({ name, path, gzipped }: FoundFile): AsyncGenerator<Buffer> {
  const file = createReadStream(path, { highWaterMark: CHUNK });
  const source = gzipped ? file.pipe(createGunzip({ chunkSize: CHUNK })) : file;
  if (gzipped) file.on('error', (error) => source.destroy(error));
  try {
    for await (const chunk of source) yield chunk as Buffer;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code?.startsWith('Z_') !== true) throw error;
    const what = code === 'Z_BUF_ERROR' ? 'the gzip file is cut off: it ends in the middle' : 'the gzip file is damaged';
    throw new RekindleError('FILE_UNREADABLE', `${name}: ${what}.`, { file: name }, { cause: error });
  } finally {
    file.destroy();
    source.destroy();
  }
};

/** The first bytes, at most `most` of them. */
export const headOf = async (file: FoundFile, most: number): Promise<Buffer> => {
  const parts: Buffer[] = [];
  let length = 0;
  for await (const chunk of bytesOf(file)) {
    parts.push(chunk);
    length += chunk.length;
    if (length >= most) break;
  }
  return Buffer.concat(parts).subarray(0, most);
};
