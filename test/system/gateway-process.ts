/** The gateway as it is deployed: a process of its own, over HTTP. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { createInterface } from 'node:readline';
import type { StoreConfig } from '../../platform/config.js';
import { nodeArguments } from '../../platform/package.js';

export interface GatewayProcess {
  readonly url: string;
  readonly pid: number;
  /** lines of its log */
  readonly log: string[];
  /** @returns exit code, or the signal that ended it */
  end(signal: NodeJS.Signals): Promise<number | NodeJS.Signals>;
}

const storeVariables = (store: StoreConfig): NodeJS.ProcessEnv =>
  store.kind === 'folder'
    ? { REKINDLE_STORE: `folder:${store.path}` }
    : {
        REKINDLE_STORE: `s3://${store.bucket}`,
        REKINDLE_S3_ENDPOINT: store.endpoint,
        REKINDLE_S3_ACCESS_KEY: store.accessKey,
        REKINDLE_S3_SECRET_KEY: store.secretKey,
      };

const running = new Set<ChildProcess>();
after(() => {
  for (const child of running) child.kill('SIGKILL');
});

/** Resolves when it listens. @throws Error with its log when it ends before */
export const startGateway = async (project: string, store: StoreConfig, env: NodeJS.ProcessEnv = {}): Promise<GatewayProcess> => {
  const child = spawn(process.execPath, [...nodeArguments('apps/gateway/main'), '--project', project], {
    env: { ...process.env, ...storeVariables(store), REKINDLE_GATEWAY_PORT: '0', ...env },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  running.add(child);
  const log: string[] = [];
  for (const stream of [child.stdout!, child.stderr!]) createInterface({ input: stream }).on('line', (line) => log.push(line));
  const exited = once(child, 'exit').then(([code, signal]) => {
    running.delete(child);
    return (code ?? signal) as number | NodeJS.Signals;
  });
  const ready = once(child, 'message').then(([message]) => (message as { url: string }).url);
  const url = await Promise.race([ready, exited.then((how) => Promise.reject(new Error(`the gateway ended (${how}): ${log.join('\n')}`)))]);
  return {
    url,
    pid: child.pid!,
    log,
    end: (signal) => {
      child.kill(signal);
      return exited;
    },
  };
};

export interface Sent {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: unknown;
}

const agent = new Agent({ keepAlive: true, maxSockets: 64 });
after(() => agent.destroy());

/** Resolves only with a whole response. @throws Error when the connection breaks before */
export const post = (url: string, body: object = {}): Promise<Sent> =>
  new Promise((resolve, reject) => {
    const sent = request(url, { method: 'POST', agent, headers: { 'content-type': 'application/json' } }, (response) => {
      const chunks: Buffer[] = [];
      response
        .on('data', (chunk: Buffer) => chunks.push(chunk))
        .on('error', reject)
        .on('close', () => {
          if (!response.complete) return reject(new Error('the response was cut'));
          resolve({
            status: response.statusCode!,
            headers: response.headers,
            body: JSON.parse(Buffer.concat(chunks).toString()) as unknown,
          });
        });
    });
    sent.on('error', reject).end(JSON.stringify(body));
  });
