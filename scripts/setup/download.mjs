/** Downloads over HTTPS: resumable, checked, never half there. */
import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream, existsSync, mkdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

const ANSWER_WITHIN_MS = 15_000;
/** A connection that is this long silent is given up. */
const STALLED_AFTER_MS = 30_000;

/** The reason under `fetch failed`. @param {unknown} error */
const reasonOf = (error) => {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return cause instanceof Error ? cause.message : String(cause);
};

/** @param {string} url @param {Record<string, string>} [headers] @param {AbortSignal} [signal] */
const request = async (url, headers = {}, signal = AbortSignal.timeout(ANSWER_WITHIN_MS)) => {
  try {
    return await fetch(url, { headers, signal });
  } catch (error) {
    throw new Error(`${new URL(url).host}: ${reasonOf(error)}`);
  }
};

/**
 * Checksum of `name` in a published list (`<sha256>  <name>` per line), or undefined if none is published.
 * @param {string} url
 * @param {string} name
 */
const publishedChecksum = async (url, name) => {
  const response = await request(url);
  if (!response.ok) return undefined;
  const line = (await response.text()).split('\n').find((text) => text.trim().endsWith(name));
  return line?.trim().split(/\s+/)[0]?.toLowerCase();
};

/** @param {string} path */
const sha256Of = async (path) => {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
};

/**
 * @param {string} url
 * @param {string} path where the file goes; the parts that came before an interruption wait beside it
 * @param {{ checksums?: string, onProgress?: (text: string) => void }} [options] `checksums`: address of the published list
 * @throws {Error} if the server does not answer, the file does not exist or its checksum is another one
 */
export const download = async (url, path, { checksums, onProgress } = {}) => {
  const part = `${path}.part`;
  mkdirSync(dirname(path), { recursive: true });
  const have = existsSync(part) ? statSync(part).size : 0;

  const abort = new AbortController();
  let timer = setTimeout(() => abort.abort(new Error('no answer')), ANSWER_WITHIN_MS);
  const response = await request(url, have > 0 ? { range: `bytes=${have}-` } : {}, abort.signal);
  const resumed = response.status === 206;
  if (response.status === 416) rmSync(part, { force: true });
  if (!response.ok || response.body === null) throw new Error(`${url} answered ${response.status}`);

  let received = resumed ? have : 0;
  const total = received + Number(response.headers.get('content-length') ?? 0);
  await pipeline(
    Readable.fromWeb(/** @type {import('node:stream/web').ReadableStream} */ (response.body)),
    async function* (/** @type {AsyncIterable<Buffer>} */ chunks) {
      for await (const chunk of chunks) {
        clearTimeout(timer);
        timer = setTimeout(() => abort.abort(new Error('the connection stalled')), STALLED_AFTER_MS);
        received += chunk.length;
        onProgress?.(`${(received / 1e6).toFixed(0)} of ${(total / 1e6).toFixed(0)} MB`);
        yield chunk;
      }
    },
    createWriteStream(part, { flags: resumed ? 'a' : 'w' }),
  ).finally(() => clearTimeout(timer));

  const expected = checksums === undefined ? undefined : await publishedChecksum(checksums, url.slice(url.lastIndexOf('/') + 1));
  if (expected !== undefined && (await sha256Of(part)) !== expected) {
    rmSync(part);
    throw new Error(`${url} is not the published file: its SHA-256 is another one`);
  }
  renameSync(part, path);
};
