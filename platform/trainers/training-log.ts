/** A trainer's log: told line by line while it runs, kept in one piece with its head and tail afterwards. */
import { createReadStream, createWriteStream } from 'node:fs';
import { open, stat, writeFile } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import type { TaskLog } from '../../core/ports.js';

/** One failing library printed 66,000 lines. */
const MAX_KEPT_BYTES = 1024 * 1024;
const MAX_LINES_AT_ONCE = 20;
const MAX_LINE = 1000;
const MAX_CHUNK = 256 * 1024;

const sizeOf = async (path: string): Promise<number> => (await stat(path).catch(() => undefined))?.size ?? 0;

const readRange = async (path: string, from: number, to: number): Promise<string> => {
  const file = await open(path, 'r');
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(to - from), 0, to - from, from);
    return buffer.toString('utf8', 0, bytesRead);
  } finally {
    await file.close();
  }
};

export interface LogFollower {
  /** Tells the logger what came since the last call. @param last also a line without its end */
  forward(last?: boolean): Promise<void>;
}

/** @param from 'start' for a job just begun, 'end' for one that somebody else has been following */
export const followLog = async (path: string, from: 'start' | 'end', log: TaskLog): Promise<LogFollower> => {
  let offset = from === 'end' ? await sizeOf(path) : 0;
  let rest = '';
  return {
    async forward(last = false) {
      const size = await sizeOf(path);
      if (size - offset > MAX_CHUNK) {
        log.warn(`… ${size - offset - MAX_CHUNK} bytes of the trainer's log are left out here`);
        offset = size - MAX_CHUNK;
      }
      const text = size > offset ? rest + (await readRange(path, offset, size)) : rest;
      offset = Math.max(offset, size);
      const lines = text.split('\n');
      rest = last ? '' : lines.pop()!;
      const told = lines.filter((line) => line.trim() !== '');
      for (const line of told.slice(0, MAX_LINES_AT_ONCE)) log.info(line.slice(0, MAX_LINE));
      if (told.length > MAX_LINES_AT_ONCE) log.warn(`… ${told.length - MAX_LINES_AT_ONCE} more lines in the trainer's log`);
    },
  };
};

/** @returns path of the log, or of a copy with its head and tail when it is too large to keep */
export const keepLog = async (path: string): Promise<string> => {
  const size = await sizeOf(path);
  if (size === 0) await writeFile(path, '', { flag: 'a' });
  if (size <= MAX_KEPT_BYTES) return path;
  const half = MAX_KEPT_BYTES / 2;
  const kept = `${path}.kept`;
  await pipeline(createReadStream(path, { end: half - 1 }), createWriteStream(kept));
  await writeFile(kept, `\n… ${size - MAX_KEPT_BYTES} bytes left out …\n`, { flag: 'a' });
  await pipeline(createReadStream(path, { start: size - half }), createWriteStream(kept, { flags: 'a' }));
  return kept;
};

/** The last lines of the log, without empty ones. */
export const lastLines = async (path: string, count: number): Promise<string[]> => {
  const size = await sizeOf(path);
  if (size === 0) return [];
  const text = await readRange(path, Math.max(0, size - 64 * 1024), size);
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  return lines.slice(-count).map((line) => line.slice(0, MAX_LINE));
};
