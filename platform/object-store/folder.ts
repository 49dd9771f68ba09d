/** The embedded object store: a key is a path in one folder, readable with any file manager. */
import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { link, mkdir, open, readdir, rename, rm, stat, unlink, type FileHandle } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { isRekindleError, RekindleError } from '../../core/errors.js';
import type { ObjectInfo, ObjectStore, PutOptions } from '../../core/ports.js';
import { codeOf, withFileLock } from './file-lock.js';
import { byBytes, checkedKey, checkedPrefix, PENDING } from './key.js';

/** What a crash left in `.pending` is removed once nobody can still be writing it. */
const LEFTOVER_MS = 24 * 3_600_000;
/** Hashes of files that did not change since they were last asked for. */
const REMEMBERED_ETAGS = 10_000;

export class FolderStore implements ObjectStore {
  private readonly root: string;
  private readonly pending: string;
  private readonly etags = new Map<string, string>();
  private ready: Promise<void> | undefined;

  constructor(root: string) {
    this.root = root;
    this.pending = join(root, PENDING);
  }

  get(key: string): Promise<{ body: Uint8Array; info: ObjectInfo }> {
    return this.reading(key, async (file) => {
      const body = await file.readFile();
      return { body, info: await this.infoOf(key, file, () => sha256(body)) };
    });
  }

  put(key: string, body: Uint8Array | string, options: PutOptions = {}): Promise<ObjectInfo> {
    const bytes = typeof body === 'string' ? Buffer.from(body) : body;
    return this.store(key, options, async (file) => {
      await file.writeFile(bytes);
      return sha256(bytes);
    });
  }

  upload(path: string, key: string, options: PutOptions = {}): Promise<ObjectInfo> {
    return this.store(key, options, (file) => copy(createReadStream(path), file));
  }

  async head(key: string): Promise<ObjectInfo | undefined> {
    try {
      return await this.reading(key, (file) => this.infoOf(key, file));
    } catch (error) {
      if (isRekindleError(error) && error.code === 'OBJECT_NOT_FOUND') return undefined;
      throw error;
    }
  }

  async *list(prefix: string, options: { after?: string } = {}): AsyncIterable<ObjectInfo> {
    checkedPrefix(prefix);
    const folder = prefix.slice(0, prefix.lastIndexOf('/') + 1);
    for await (const key of this.keysIn(folder, prefix, options.after ?? '')) {
      const info = await this.head(key);
      if (info) yield info; // else it was deleted while the listing went on
    }
  }

  async delete(key: string): Promise<void> {
    const path = this.pathOf(key);
    await this.guarded(key, () =>
      this.inTurn(key, async () => {
        try {
          await unlink(path);
        } catch (error) {
          if (!isAbsence(error)) throw error;
        }
      }),
    );
  }

  async presign(key: string, _expirySeconds: number): Promise<string> {
    return Promise.resolve(pathToFileURL(this.pathOf(key)).href);
  }

  download(key: string, path: string): Promise<ObjectInfo> {
    return this.reading(key, async (file) => {
      await mkdir(dirname(path), { recursive: true });
      const partial = `${path}.${randomUUID()}.partial`;
      const target = await open(partial, 'wx');
      try {
        const etag = await copy(chunksOf(file), target);
        await rename(partial, path);
        return await this.infoOf(key, file, () => etag);
      } finally {
        await target.close();
        await rm(partial, { force: true });
      }
    });
  }

  private pathOf(key: string): string {
    return join(this.root, checkedKey(key));
  }

  /**
   * Writes the bytes aside first; what readers see then changes in one step of the file system, a link or a rename.
   * @param fill writes the bytes and answers their sha256
   */
  private async store(key: string, options: PutOptions, fill: (file: FileHandle) => Promise<string>): Promise<ObjectInfo> {
    const target = this.pathOf(key);
    return this.guarded(key, async () => {
      await this.prepared();
      const aside = join(this.pending, randomUUID());
      try {
        const info = await this.writeAside(key, aside, fill);
        await mkdir(dirname(target), { recursive: true });
        if (options.ifNoneMatch) await this.create(key, aside, target);
        else await this.inTurn(key, () => this.replace(key, aside, target, options.ifMatch));
        await syncFolder(dirname(target));
        return info;
      } finally {
        await rm(aside, { force: true });
      }
    });
  }

  private async writeAside(key: string, path: string, fill: (file: FileHandle) => Promise<string>): Promise<ObjectInfo> {
    const file = await open(path, 'wx');
    try {
      const etag = await fill(file);
      await file.sync();
      return await this.infoOf(key, file, () => etag);
    } finally {
      await file.close();
    }
  }

  /** A link, unlike a rename, fails when the name is taken: of any number of writers one wins. */
  private async create(key: string, from: string, target: string): Promise<void> {
    try {
      await link(from, target);
    } catch (error) {
      if (codeOf(error) === 'EEXIST') throw new RekindleError('PRECONDITION_FAILED', `'${key}' exists already.`, { key });
      throw error;
    }
  }

  private async replace(key: string, from: string, target: string, ifMatch: string | undefined): Promise<void> {
    if (ifMatch !== undefined && (await this.head(key))?.etag !== ifMatch)
      throw new RekindleError('PRECONDITION_FAILED', `'${key}' is not what it was when it was read.`, { key });
    await rename(from, target);
  }

  /** All that overwrite or delete a key take turns, so that a conditional write compares and swaps in one piece. */
  private async inTurn<T>(key: string, work: () => Promise<T>): Promise<T> {
    await this.prepared();
    return withFileLock(join(this.pending, `${sha256(Buffer.from(key))}.lock`), work);
  }

  private async prepared(): Promise<void> {
    this.ready ??= this.prepare();
    try {
      await this.ready;
    } catch (error) {
      this.ready = undefined; // the next call tries again
      throw error;
    }
  }

  private async prepare(): Promise<void> {
    await mkdir(this.pending, { recursive: true });
    for (const name of await readdir(this.pending)) {
      const path = join(this.pending, name);
      const { mtimeMs } = await stat(path).catch(() => ({ mtimeMs: Infinity }));
      if (Date.now() - mtimeMs > LEFTOVER_MS) await rm(path, { force: true });
    }
  }

  private async reading<T>(key: string, work: (file: FileHandle) => Promise<T>): Promise<T> {
    const path = this.pathOf(key);
    return this.guarded(key, async () => {
      let file: FileHandle | undefined;
      try {
        file = await open(path, 'r');
        return await work(file);
      } catch (error) {
        if (isAbsence(error) && isAbout(error, path)) throw new RekindleError('OBJECT_NOT_FOUND', `There is no object '${key}'.`, { key });
        throw error;
      } finally {
        await file?.close();
      }
    });
  }

  /** Objects are never changed in place, so inode, time and size together say which bytes an open file holds. */
  private async infoOf(key: string, file: FileHandle, hash: () => string | Promise<string> = () => hashOf(file)): Promise<ObjectInfo> {
    const { ino, mtimeNs, size, mtime } = await file.stat({ bigint: true });
    const identity = `${ino}:${mtimeNs}:${size}`;
    const etag = this.etags.get(identity) ?? (await hash());
    if (this.etags.size >= REMEMBERED_ETAGS) this.etags.clear();
    this.etags.set(identity, etag);
    return { key, etag, bytes: Number(size), modified: mtime.toISOString() };
  }

  /** Depth first; a folder sorts as its name with a slash, which is where its keys belong in byte order. */
  private async *keysIn(folder: string, prefix: string, after: string): AsyncIterable<string> {
    for (const path of await this.entriesOf(folder)) {
      if (!path.startsWith(prefix)) continue;
      if (!path.endsWith('/')) {
        if (byBytes(path, after) > 0) yield path;
      } else if (byBytes(path, after) > 0 || after.startsWith(path)) {
        yield* this.keysIn(path, prefix, after);
      }
    }
  }

  /** Keys of the files and, with a slash at the end, of the folders directly in `folder`, in byte order. */
  private async entriesOf(folder: string): Promise<string[]> {
    return this.guarded(folder, async () => {
      try {
        const entries = await readdir(join(this.root, folder), { withFileTypes: true });
        return entries
          .filter((entry) => folder !== '' || entry.name !== PENDING)
          .map((entry) => `${folder}${entry.name}${entry.isDirectory() ? '/' : ''}`)
          .sort(byBytes);
      } catch (error) {
        if (isAbsence(error)) return [];
        throw error;
      }
    });
  }

  private async guarded<T>(key: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw this.translated(key, error);
    }
  }

  /** Errors of the caller's own files (upload, download) pass as they are. */
  private translated(key: string, error: unknown): unknown {
    if (isRekindleError(error) || codeOf(error) === undefined || !isAbout(error, this.root)) return error;
    return new RekindleError('STORE_UNREACHABLE', `Folder store ${this.root}: ${(error as Error).message}.`, { key }, { cause: error });
  }
}

/** Does the error of the file system name `place` or something in it, or nothing at all (an open file)? */
const isAbout = (error: unknown, place: string): boolean => {
  const { path } = error as NodeJS.ErrnoException;
  return path === undefined || path.startsWith(place);
};

/** A folder of that name, or a file where a folder would have to be, is no object either. */
const isAbsence = (error: unknown): boolean => ['ENOENT', 'ENOTDIR', 'EISDIR'].includes(codeOf(error) ?? '');

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

const chunksOf = (file: FileHandle): AsyncIterable<Buffer> => file.createReadStream({ autoClose: false, start: 0 });

/** @returns sha256 of what was copied */
const copy = async (from: AsyncIterable<Buffer>, to: FileHandle): Promise<string> => {
  const hash = createHash('sha256');
  for await (const chunk of from) {
    hash.update(chunk);
    await to.writeFile(chunk); // from where the last one ended
  }
  return hash.digest('hex');
};

const hashOf = async (file: FileHandle): Promise<string> => {
  const hash = createHash('sha256');
  for await (const chunk of chunksOf(file)) hash.update(chunk);
  return hash.digest('hex');
};

/** Makes the new name itself survive a power cut, not only the bytes. */
const syncFolder = async (path: string): Promise<void> => {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
};
