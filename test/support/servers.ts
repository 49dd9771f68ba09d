/** Servers that test files share: each is started once, by the main process, when the first test asks for it. */
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { createServer as createTcpServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DYNAMIC_CONFIG } from '../../platform/temporal/settings.js';
import { findMinio, findTemporal } from '../../scripts/setup/tools.mjs';

export interface MinioServer {
  readonly endpoint: string;
  readonly accessKey: string;
  readonly secretKey: string;
}

/** What a test gets: the server's address, why there is none on this machine, or why it does not start. */
export type Answer<T> = { readonly server: T } | { readonly missing: string } | { readonly broken: string };

const children = new Set<ChildProcess>();
const folders = new Set<string>();

/** A port that is free now. The server that gets it must be able to fail and be started again with another one. */
export const freePort = (): Promise<number> =>
  new Promise((done, fail) => {
    const probe = createTcpServer();
    probe.once('error', fail);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as AddressInfo;
      probe.close(() => done(port));
    });
  });

/** Starts a server and waits until `isReady`; its output is shown only if it never gets there. */
const launch = async (file: string, args: string[], env: NodeJS.ProcessEnv, isReady: () => Promise<boolean>): Promise<void> => {
  const child = spawn(file, args, { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  children.add(child);
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => (output = (output + chunk.toString()).slice(-4_000)));
  child.on('error', (error) => (output += error.message));
  const deadline = Date.now() + 30_000;
  while (child.exitCode === null && Date.now() < deadline) {
    if (await isReady()) return;
    await sleep(50);
  }
  await stop(child);
  throw new Error(`${file} did not start: ${output}`);
};

/** A port can be taken between the question and the start. */
const twice = async <T>(start: () => Promise<T>): Promise<T> => start().catch(start);

const stop = async (child: ChildProcess): Promise<void> => {
  children.delete(child);
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((done) => child.once('exit', done));
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), 5_000);
  await gone;
  clearTimeout(timer);
};

const answersTemporal = async (address: string): Promise<boolean> => {
  try {
    const { Connection } = await import('@temporalio/client'); // half a second that test workers need not pay
    const connection = await Connection.connect({ address, connectTimeout: 1_000 });
    await connection.workflowService.describeNamespace({ namespace: 'default' });
    await connection.close();
    return true;
  } catch {
    return false;
  }
};

const startTemporal = async (): Promise<Answer<string>> => {
  const cli = await findTemporal();
  if (cli === undefined) return { missing: 'no Temporal CLI: run `node scripts/setup.mjs --for test`' };
  const port = await freePort();
  const settings = Object.entries(DYNAMIC_CONFIG).flatMap(([key, value]) => ['--dynamic-config-value', `${key}=${value}`]);
  const args = ['server', 'start-dev', '--ip', '127.0.0.1', '--port', String(port), '--headless', '--log-level', 'error', ...settings];
  await launch(cli, args, {}, () => answersTemporal(`127.0.0.1:${port}`));
  return { server: `127.0.0.1:${port}` };
};

const startMinio = async (): Promise<Answer<MinioServer>> => {
  const minio = await findMinio();
  if (minio === undefined) return { missing: 'no MinIO: run `node scripts/setup.mjs --for test`' };
  const folder = mkdtempSync(join(tmpdir(), 'rekindle-minio-'));
  folders.add(folder);
  const [port, consolePort] = [await freePort(), await freePort()];
  const endpoint = `http://127.0.0.1:${port}`;
  const keys = { accessKey: 'rekindle-test', secretKey: 'rekindle-test-secret' };
  const args = ['server', folder, '--address', `127.0.0.1:${port}`, '--console-address', `127.0.0.1:${consolePort}`, '--quiet'];
  const env = { MINIO_ROOT_USER: keys.accessKey, MINIO_ROOT_PASSWORD: keys.secretKey, MINIO_BROWSER: 'off', MINIO_UPDATE: 'off' };
  await launch(minio, args, env, () =>
    fetch(`${endpoint}/minio/health/ready`).then(
      ({ ok }) => ok,
      () => false,
    ),
  );
  return { server: { endpoint, ...keys } };
};

const STARTERS = { temporal: () => twice(startTemporal), minio: () => twice(startMinio) };
export type ServerName = keyof typeof STARTERS;

/**
 * Answers `GET /<server>` with an {@link Answer}, starting the server when first asked.
 * Test files run in worker processes, so they ask over HTTP; a server of their own each would cost a second and half a gigabyte.
 *
 * @returns the broker's address and a function that stops it and all that it started
 */
export const openBroker = async (): Promise<{ url: string; close: () => Promise<void> }> => {
  const started = new Map<string, Promise<Answer<unknown>>>();
  const answer = (name: ServerName): Promise<Answer<unknown>> => {
    const running = started.get(name) ?? STARTERS[name]().catch((error: unknown) => ({ broken: String(error) }));
    started.set(name, running);
    return running;
  };
  const broker: Server = createServer((request, response) => {
    void answer((request.url ?? '').slice(1) as ServerName).then((body) => response.end(JSON.stringify(body)));
  });
  await new Promise<void>((done) => broker.listen(0, '127.0.0.1', done));
  process.once('exit', killAll);
  const { port } = broker.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    close: async () => {
      broker.close();
      broker.closeAllConnections();
      await Promise.all(started.values());
      await Promise.all([...children].map(stop));
      removeFolders();
      process.off('exit', killAll);
    },
  };
};

const removeFolders = (): void => folders.forEach((folder) => rmSync(folder, { recursive: true, force: true }));

/** Last resort when the main process is ended before its teardown. */
const killAll = (): void => {
  for (const child of children) child.kill('SIGKILL');
  removeFolders();
};
