/** The object store of a real installation: MinIO or any S3 with conditional writes. */
import { createHash, randomUUID } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, rename, rm, stat } from 'node:fs/promises';
import { Agent as HttpAgent, request as httpRequest, type IncomingMessage, type RequestOptions } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { dirname } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'minio';
import { isRekindleError, RekindleError } from '../../core/errors.js';
import type { ObjectInfo, ObjectStore, PutOptions } from '../../core/ports.js';
import type { StoreConfig } from '../config.js';
import { checkedKey, checkedPrefix } from './key.js';

/** A connection on which nothing moves for so long is given up. */
const SILENCE_MS = 30_000;
const PAGE = 1000;
/** S3 answers 409 when two conditional writes meet; the loser asks again and is then told who won. */
const CONFLICT_TRIES = 5;

type S3Config = Extract<StoreConfig, { kind: 's3' }>;

const connect = ({ endpoint, accessKey, secretKey, region }: S3Config): Client => {
  const url = new URL(endpoint);
  const useSSL = url.protocol === 'https:';
  const request = useSSL ? httpsRequest : httpRequest;
  return new Client({
    endPoint: url.hostname,
    port: url.port === '' ? (useSSL ? 443 : 80) : Number(url.port),
    useSSL,
    accessKey,
    secretKey,
    region,
    transportAgent: new (useSSL ? HttpsAgent : HttpAgent)({ keepAlive: true, maxSockets: 64 }),
    transport: {
      request: (options: RequestOptions | string | URL, answered: unknown) => {
        const sent = request(options as RequestOptions, answered as (response: IncomingMessage) => void);
        return sent.setTimeout(SILENCE_MS, () => sent.destroy(new Error(`no answer for ${SILENCE_MS / 1000} s`)));
      },
    },
    // Its own retries print to the console and would send a consumed stream again; activities retry what is retryable.
    retryOptions: { disableRetry: true },
  });
};

export class S3Store implements ObjectStore {
  private readonly client: Client;
  private readonly bucket: string;
  private readonly place: string;
  private ready: Promise<void> | undefined;

  constructor(config: S3Config) {
    this.client = connect(config);
    this.bucket = config.bucket;
    this.place = `s3://${config.bucket} at ${config.endpoint}`;
  }

  get(key: string): Promise<{ body: Uint8Array; info: ObjectInfo }> {
    return this.guarded(key, async () => {
      const response = await this.open(key);
      const chunks: Buffer[] = [];
      for await (const chunk of response) chunks.push(chunk as Buffer);
      return { body: Buffer.concat(chunks), info: infoOf(key, response) };
    });
  }

  put(key: string, body: Uint8Array | string, options: PutOptions = {}): Promise<ObjectInfo> {
    const bytes = typeof body === 'string' ? Buffer.from(body) : Buffer.from(body.buffer, body.byteOffset, body.byteLength);
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    return this.send(key, () => bytes, { bytes: bytes.length, sha256 }, options);
  }

  async upload(path: string, key: string, options: PutOptions = {}): Promise<ObjectInfo> {
    const { size } = await stat(path);
    const hash = createHash('sha256');
    for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
    return this.send(key, () => createReadStream(path), { bytes: size, sha256: hash.digest('hex') }, options);
  }

  async head(key: string): Promise<ObjectInfo | undefined> {
    return this.guarded(key, async () => {
      try {
        const { etag, size, lastModified } = await this.client.statObject(this.bucket, checkedKey(key));
        return { key, etag, bytes: size, modified: lastModified.toISOString() };
      } catch (error) {
        if (ABSENT.has(codeOf(error))) return undefined;
        throw error;
      }
    });
  }

  async *list(prefix: string, options: { after?: string } = {}): AsyncIterable<ObjectInfo> {
    checkedPrefix(prefix);
    let token = '';
    do {
      const page = await this.guarded(prefix, () =>
        this.client.listObjectsV2Query(this.bucket, prefix, token, '', PAGE, options.after ?? ''),
      );
      for (const { name, etag, size, lastModified } of page.objects) {
        if (name !== undefined)
          yield { key: name, etag: etag ?? '', bytes: Number(size), modified: (lastModified ?? new Date(0)).toISOString() };
      }
      token = page.isTruncated ? (page.nextContinuationToken ?? '') : '';
    } while (token !== '');
  }

  async delete(key: string): Promise<void> {
    await this.guarded(key, () => this.client.removeObject(this.bucket, checkedKey(key)));
  }

  presign(key: string, expirySeconds: number): Promise<string> {
    return this.guarded(key, () => this.client.presignedGetObject(this.bucket, checkedKey(key), expirySeconds));
  }

  download(key: string, path: string): Promise<ObjectInfo> {
    return this.guarded(key, async () => {
      const response = await this.open(key);
      await mkdir(dirname(path), { recursive: true });
      const partial = `${path}.${randomUUID()}.partial`;
      try {
        await pipeline(response, createWriteStream(partial));
        await rename(partial, path);
      } finally {
        await rm(partial, { force: true });
      }
      return infoOf(key, response);
    });
  }

  private async open(key: string): Promise<IncomingMessage> {
    return (await this.client.getObject(this.bucket, checkedKey(key))) as IncomingMessage;
  }

  /**
   * One PUT for any size up to S3's 5 GiB: the client's own multipart upload drops the conditions, and shares parts between
   * two writers of the same key.
   */
  private async send(
    key: string,
    body: () => Buffer | Readable,
    { bytes, sha256 }: { bytes: number; sha256: string },
    { ifNoneMatch, ifMatch, contentType }: PutOptions,
  ): Promise<ObjectInfo> {
    const headers = {
      'content-length': String(bytes),
      ...(contentType === undefined ? {} : { 'content-type': contentType }),
      ...(ifNoneMatch === undefined ? {} : { 'if-none-match': ifNoneMatch }),
      ...(ifMatch === undefined ? {} : { 'if-match': `"${ifMatch}"` }),
    };
    const request = { method: 'PUT', bucketName: this.bucket, objectName: checkedKey(key), headers };
    return this.guarded(key, async () => {
      for (let attempt = 1; ; attempt++) {
        try {
          const response = await this.client.makeRequestStreamAsync(request, body(), this.client.enableSHA256 ? sha256 : '', [200], '');
          response.resume();
          return { ...infoOf(key, response), bytes };
        } catch (error) {
          if (codeOf(error) === 'ConditionalRequestConflict' && attempt < CONFLICT_TRIES) await sleep(20 * attempt * (1 + Math.random()));
          else if (ifMatch !== undefined && ABSENT.has(codeOf(error))) throw lost(key, error);
          else throw error;
        }
      }
    });
  }

  private async guarded<T>(key: string, work: () => Promise<T>): Promise<T> {
    try {
      await (this.ready ??= this.prepare());
      return await work();
    } catch (error) {
      throw this.translated(key, error);
    }
  }

  private async prepare(): Promise<void> {
    try {
      if (!(await this.client.bucketExists(this.bucket))) await this.client.makeBucket(this.bucket);
    } catch (error) {
      // Somebody else was first; or the credentials may use the bucket but not ask for it: the call itself will tell.
      if (['BucketAlreadyOwnedByYou', 'AccessDenied'].includes(codeOf(error))) return;
      this.ready = undefined;
      throw error;
    }
  }

  private translated(key: string, error: unknown): unknown {
    const code = codeOf(error);
    if (isRekindleError(error) || error instanceof TypeError || code === 'ENOENT') return error;
    if (ABSENT.has(code)) return new RekindleError('OBJECT_NOT_FOUND', `There is no object '${key}'.`, { key }, { cause: error });
    if (code === 'PreconditionFailed' || code === 'ConditionalRequestConflict') return lost(key, error);
    const why = error instanceof Error && error.message !== '' ? error.message : code;
    return new RekindleError('STORE_UNREACHABLE', `${this.place}: ${why}.`, { key }, { cause: error });
  }
}

const ABSENT = new Set(['NoSuchKey', 'NotFound']);

const codeOf = (error: unknown): string => {
  const code = (error as { code?: unknown } | undefined)?.code;
  return typeof code === 'string' ? code : '';
};

const lost = (key: string, cause: unknown): RekindleError =>
  new RekindleError('PRECONDITION_FAILED', `'${key}' exists already or is not what it was when it was read.`, { key }, { cause });

const infoOf = (key: string, { headers }: IncomingMessage): ObjectInfo => ({
  key,
  etag: (headers.etag ?? '').replaceAll('"', ''),
  bytes: Number(headers['content-length'] ?? 0),
  modified: new Date(headers['last-modified'] ?? headers.date ?? Date.now()).toISOString(),
});
