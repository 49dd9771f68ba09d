/** Other orchestrators on this machine, where `npm run bench:peers` has installed them. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freePort } from '../../test/support/servers.js';
import { pythonOf } from '../peers/install.mjs';
import { CHAIN } from './dags.js';

const run = promisify(execFile);
const FOLDER = join(import.meta.dirname, '../peers');
const MINUTES = 60_000;

const hopOf = async (python: string, script: string, args: readonly (string | number)[]): Promise<number> => {
  const { stdout } = await run(python, [join(FOLDER, script), ...args.map(String)], { timeout: 15 * MINUTES, maxBuffer: 64 * 2 ** 20 });
  const line = stdout.split('\n').find((text) => text.startsWith('RESULT '));
  if (line === undefined) throw new Error(`${script} printed no result`);
  return (JSON.parse(line.slice('RESULT '.length)) as { hopMs: number }).hopMs;
};

/** Milliseconds from task to task in a chain; undefined where the peer is not installed. */
export const prefectHop = async (): Promise<number | undefined> => {
  const python = pythonOf('prefect');
  return python === undefined ? undefined : hopOf(python, 'prefect_chain.py', [CHAIN, 5]);
};

export const airflowHop = async (): Promise<number | undefined> => {
  const python = pythonOf('airflow');
  return python === undefined ? undefined : hopOf(python, 'airflow_chain.py', [CHAIN, await freePort()]);
};
