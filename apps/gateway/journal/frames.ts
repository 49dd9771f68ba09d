/**
 * The format of a journal file: frames, one per write. A frame is a header (bytes of the payload and their CRC-32, both
 * unsigned 32-bit little-endian) and the payload: records as JSON, one per line.
 */
import { crc32 } from './crc32.js';

const HEADER_BYTES = 8;

export const encodeFrame = (records: readonly string[]): Buffer => {
  const text = records.join('\n');
  const frame = Buffer.allocUnsafe(HEADER_BYTES + Buffer.byteLength(text));
  frame.write(text, HEADER_BYTES, 'utf8');
  frame.writeUInt32LE(frame.length - HEADER_BYTES, 0);
  frame.writeUInt32LE(crc32(frame.subarray(HEADER_BYTES)), 4);
  return frame;
};

export interface Decoded {
  readonly records: string[];
  /**
   * Bytes after the last whole frame. A process that is killed in the middle of a write leaves such a tail; nothing in it was
   * answered, because an answer leaves only after its whole frame was written.
   */
  readonly tail: number;
}

export const decodeFrames = (file: Buffer): Decoded => {
  const records: string[] = [];
  let at = 0;
  while (at + HEADER_BYTES <= file.length) {
    const payload = file.subarray(at + HEADER_BYTES, at + HEADER_BYTES + file.readUInt32LE(at));
    const whole = payload.length === file.readUInt32LE(at) && payload.length > 0 && crc32(payload) === file.readUInt32LE(at + 4);
    if (!whole) break;
    for (const record of payload.toString('utf8').split('\n')) records.push(record);
    at += HEADER_BYTES + payload.length;
  }
  return { records, tail: file.length - at };
};
