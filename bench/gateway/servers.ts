/** The two servers of the gateway's benchmark, each a process on the same core. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { nodeArguments } from '../../platform/package.js';

export interface Server {
  readonly url: string;
  stop(): Promise<void>;
}

/** Where the tool is, both share core 0, so that neither wins by being alone on one. */
const PIN = ['taskset', '-c', '0'] as const;
const isPinnable = spawnSync(PIN[0], [...PIN.slice(1), 'true']).status === 0;

const start = (args: readonly string[], env: NodeJS.ProcessEnv, stdio: 'ipc' | 'ignore'): ChildProcess => {
  const [file, ...rest] = isPinnable ? [...PIN, process.execPath, ...args] : [process.execPath, ...args];
  return spawn(file, rest, { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'inherit', stdio] });
};

const stopping = (child: ChildProcess) => async (): Promise<void> => {
  const gone = once(child, 'exit');
  child.kill('SIGTERM');
  await gone;
};

export const startOurs = async (project: string, model: string): Promise<Server> => {
  const env = { REKINDLE_GATEWAY_PORT: '0', REKINDLE_LOG_LEVEL: 'error' };
  const child = start([...nodeArguments('apps/gateway/main'), '--project', project], env, 'ipc');
  child.stdout!.resume();
  const [{ url }] = (await once(child, 'message')) as [{ url: string }];
  return { url: `${url}/v2/models/${model}/infer`, stop: stopping(child) };
};

export const startPeer = async (onnx: string, model: string): Promise<Server> => {
  const child = start([...process.execArgv, new URL('./peer.ts', import.meta.url).pathname, onnx], {}, 'ignore');
  const [port] = (await once(createInterface({ input: child.stdout! }), 'line')) as [string];
  return { url: `http://127.0.0.1:${port}/v2/models/${model}/infer`, stop: stopping(child) };
};
