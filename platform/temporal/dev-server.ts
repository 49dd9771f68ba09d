/** Temporal's development server: one process, its state in one SQLite file. */
import { Connection } from '@temporalio/client';
import { setTimeout as sleep } from 'node:timers/promises';
import { RekindleError } from '../../core/errors.js';
import { startChild, type RunningChild } from '../child-process.js';
import { DEFAULT_NAMESPACE, DYNAMIC_CONFIG } from './settings.js';

export interface DevServerOptions {
  /** path of the `temporal` command */
  readonly executable: string;
  readonly port: number;
  readonly uiPort: number;
  /** SQLite file; created if absent */
  readonly database: string;
  readonly onLine: (line: string) => void;
}

export interface DevServer {
  readonly address: string;
  readonly ui: string;
  readonly process: RunningChild;
}

const HOST = '127.0.0.1';
const START_MS = 30_000;

const answers = async (address: string): Promise<boolean> => {
  let connection: Connection | undefined;
  try {
    connection = await Connection.connect({ address, connectTimeout: '1 second' });
    await connection.workflowService.describeNamespace({ namespace: DEFAULT_NAMESPACE });
    return true;
  } catch {
    return false;
  } finally {
    await connection?.close();
  }
};

/** @throws TEMPORAL_UNREACHABLE with the last lines it said, when it ends or stays silent */
export const startDevServer = async ({ executable, port, uiPort, database, onLine }: DevServerOptions): Promise<DevServer> => {
  const said: string[] = [];
  const settings = Object.entries(DYNAMIC_CONFIG).flatMap(([key, value]) => ['--dynamic-config-value', `${key}=${value}`]);
  const process = await startChild({
    file: executable,
    args: [
      ...['server', 'start-dev', '--ip', HOST, '--port', String(port), '--ui-port', String(uiPort)],
      ...['--db-filename', database, '--log-level', 'warn', ...settings],
    ],
    onLine: (line) => {
      said.push(line);
      if (said.length > 10) said.shift();
      onLine(line);
    },
  });
  const address = `${HOST}:${port}`;
  let ended = false;
  void process.exited.then(() => (ended = true));
  for (const deadline = Date.now() + START_MS; Date.now() < deadline && !ended; await sleep(50))
    if (await answers(address)) return { address, ui: `http://${HOST}:${uiPort}`, process };
  await process.stop(1_000);
  throw new RekindleError('TEMPORAL_UNREACHABLE', `The Temporal server did not start: ${said.join(' ') || 'it said nothing'}.`, {
    address,
  });
};
