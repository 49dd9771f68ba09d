/** Text of any encoding as UTF-8. */
import { isUtf8 } from 'node:buffer';
import { createWriteStream } from 'node:fs';
import { finished } from 'node:stream/promises';
import { once } from 'node:events';
import { bytesOf, type FoundFile } from './bytes.js';

type Encoding = 'utf-8' | 'utf-16le' | 'utf-16be' | 'windows-1252';

export interface Scanned {
  readonly encoding: Encoding;
  readonly hasMark: boolean;
  /** first line whose bytes are not UTF-8, from 1 */
  readonly foreignLine: number | null;
}

const NEWLINE = 0x0a;

const countNewlines = (bytes: Buffer): number => {
  let lines = 0;
  for (let at = bytes.indexOf(NEWLINE); at >= 0; at = bytes.indexOf(NEWLINE, at + 1)) lines++;
  return lines;
};

/** Where the last whole UTF-8 character ends: a chunk may end inside of one. */
const wholeCharacters = (bytes: Buffer): number => {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back]!;
    if (byte < 0x80) return bytes.length;
    if (byte < 0xc0) continue; // one that continues a character
    const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
    return length > back ? bytes.length - back : bytes.length;
  }
  return bytes.length;
};

/** Of bytes that are not UTF-8 as a whole: the number of the first such line among them, from 0. */
const foreignLineIn = (bytes: Buffer): number => {
  let line = 0;
  for (let from = 0; from < bytes.length; line++) {
    const end = bytes.indexOf(NEWLINE, from);
    const to = end < 0 ? bytes.length : end;
    if (!isUtf8(bytes.subarray(from, to))) return line;
    from = to + 1;
  }
  return line;
};

/** Text in a Latin alphabet has a zero in every other byte of UTF-16. */
const utf16Of = (head: Buffer): Encoding | undefined => {
  if (head[0] === 0xff && head[1] === 0xfe) return 'utf-16le';
  if (head[0] === 0xfe && head[1] === 0xff) return 'utf-16be';
  const pairs = Math.min(head.length, 1000) >> 1;
  let [even, odd] = [0, 0];
  for (let i = 0; i < pairs; i++) {
    if (head[2 * i] === 0) even++;
    if (head[2 * i + 1] === 0) odd++;
  }
  if (pairs > 1 && odd > 0.7 * pairs && even < 0.1 * pairs) return 'utf-16le';
  if (pairs > 1 && even > 0.7 * pairs && odd < 0.1 * pairs) return 'utf-16be';
  return undefined;
};

/** Reads the whole file: one foreign byte at its end is as foreign as one at its start. */
export const scanEncoding = async (file: FoundFile, onBytes: (bytes: number) => void): Promise<Scanned> => {
  let carried: Buffer = Buffer.alloc(0);
  let [read, lines] = [0, 0];
  let hasMark = false;
  for await (const chunk of bytesOf(file)) {
    if (read === 0) {
      const utf16 = utf16Of(chunk);
      if (utf16) return { encoding: utf16, hasMark: chunk[0]! >= 0xfe, foreignLine: 1 };
      hasMark = chunk[0] === 0xef && chunk[1] === 0xbb && chunk[2] === 0xbf;
    }
    read += chunk.length;
    onBytes(read);
    const bytes = carried.length === 0 ? chunk : Buffer.concat([carried, chunk]);
    const end = wholeCharacters(bytes);
    const whole = bytes.subarray(0, end);
    if (!isUtf8(whole)) return { encoding: 'windows-1252', hasMark, foreignLine: lines + foreignLineIn(whole) + 1 };
    lines += countNewlines(whole);
    carried = bytes.subarray(end);
  }
  if (carried.length > 0) return { encoding: 'windows-1252', hasMark, foreignLine: lines + 1 };
  return { encoding: 'utf-8', hasMark, foreignLine: null };
};

/** Writes the text as UTF-8 with one kind of line end. */
export const copyAsUtf8 = async (file: FoundFile, encoding: Encoding, path: string): Promise<FoundFile> => {
  const decoder = new TextDecoder(encoding);
  const out = createWriteStream(path);
  let isHalfEnd = false; // a chunk may end between the two characters of a line end
  const write = async (text: string): Promise<void> => {
    const whole = (isHalfEnd ? '\r' : '') + text;
    isHalfEnd = whole.endsWith('\r');
    const even = (isHalfEnd ? whole.slice(0, -1) : whole).replaceAll(/\r\n?/g, '\n');
    if (!out.write(even)) await once(out, 'drain');
  };
  for await (const chunk of bytesOf(file)) await write(decoder.decode(chunk, { stream: true }));
  await write(decoder.decode());
  out.end(isHalfEnd ? '\n' : '');
  await finished(out);
  return { ...file, path, gzipped: false };
};
