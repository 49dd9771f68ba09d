/** MinIO beside the other processes of `rekindle dev`: the S3 that the real installation has, with its files in `.rekindle/minio`. */
import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { RekindleError } from '../../../core/errors.js';
import { startChild, type RunningChild } from '../../../platform/child-process.js';
import { credentialsPath } from '../../../platform/config.js';
import { claimPort } from '../../../platform/ports.js';

const BUCKET = 'rekindle';
const HOST = '127.0.0.1';
const START_MS = 30_000;

export interface MinioServer {
  /** value for REKINDLE_STORE */
  readonly store: string;
  readonly console: string;
  readonly process: RunningChild;
}

/** The keys of the last time: what is stored was stored by them. */
const credentialsOf = (path: string): { accessKey: string; secretKey: string } => {
  const text = existsSync(path) ? readFileSync(path, 'utf8') : '';
  const value = (name: string): string | undefined => new RegExp(`^${name}=(.+)$`, 'm').exec(text)?.[1];
  return {
    accessKey: value('REKINDLE_S3_ACCESS_KEY') ?? `rekindle-${randomBytes(4).toString('hex')}`,
    secretKey: value('REKINDLE_S3_SECRET_KEY') ?? randomBytes(24).toString('base64url'),
  };
};

const isReady = async (endpoint: string): Promise<boolean> =>
  fetch(`${endpoint}/minio/health/ready`).then(
    ({ ok }) => ok,
    () => false,
  );

/**
 * Starts the server on free ports and leaves the credentials in `.rekindle/credentials.env` for other commands.
 * @throws STORE_UNREACHABLE with what the server said last
 */
export const startMinio = async (executable: string, project: string, onLine: (line: string) => void): Promise<MinioServer> => {
  const folder = join(project, '.rekindle', 'minio');
  await mkdir(folder, { recursive: true });
  const [port, consolePort] = [await claimPort({ port: 0, purpose: 'MinIO' }), await claimPort({ port: 0, purpose: 'MinIO' })];
  const endpoint = `http://${HOST}:${port}`;
  const credentials = credentialsOf(credentialsPath(project));
  let last = 'it said nothing';
  const process = await startChild({
    file: executable,
    args: ['server', folder, '--address', `${HOST}:${port}`, '--console-address', `${HOST}:${consolePort}`, '--quiet'],
    env: {
      PATH: globalThis.process.env['PATH'],
      HOME: globalThis.process.env['HOME'],
      MINIO_ROOT_USER: credentials.accessKey,
      MINIO_ROOT_PASSWORD: credentials.secretKey,
      MINIO_UPDATE: 'off',
    },
    onLine: (line) => onLine((last = line)),
  });
  let ended = false;
  void process.exited.then(() => (ended = true));
  for (const deadline = Date.now() + START_MS; !(await isReady(endpoint)); await sleep(50))
    if (ended || Date.now() > deadline) {
      await process.stop(1_000);
      throw new RekindleError('STORE_UNREACHABLE', `MinIO did not start: ${last}.`, { endpoint });
    }
  const variables = [`ENDPOINT=${endpoint}`, `ACCESS_KEY=${credentials.accessKey}`, `SECRET_KEY=${credentials.secretKey}`];
  writeFileSync(credentialsPath(project), variables.map((line) => `REKINDLE_S3_${line}\n`).join(''), { mode: 0o600 });
  return { store: `s3://${BUCKET}`, console: `http://${HOST}:${consolePort}`, process };
};
