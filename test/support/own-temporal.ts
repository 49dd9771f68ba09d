/** A Temporal server of a test's own, in memory, with settings of its own. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, Connection } from '@temporalio/client';
import { startChild } from '../../platform/child-process.js';
import { DYNAMIC_CONFIG } from '../../platform/temporal/settings.js';
import { findTemporal } from '../../scripts/setup/tools.mjs';
import { skip } from './fixtures.js';
import { freePort } from './servers.js';

export interface OwnTemporal {
  readonly address: string;
  readonly client: Client;
  close(): Promise<void>;
}

const connected = async (address: string): Promise<Connection> => {
  for (const deadline = Date.now() + 30_000; ; await sleep(50)) {
    try {
      const connection = await Connection.connect({ address, connectTimeout: '1 second' });
      await connection.workflowService.describeNamespace({ namespace: 'default' });
      return connection;
    } catch (error) {
      if (Date.now() > deadline) throw error;
    }
  }
};

/** @param settings of the server, beside those that we always set */
export const ownTemporal = async (context: Mocha.Context, settings: Readonly<Record<string, number | boolean>>): Promise<OwnTemporal> => {
  const file = (await findTemporal()) ?? skip(context, 'no Temporal CLI: run `node scripts/setup.mjs --for test`');
  const port = await freePort();
  const values = Object.entries({ ...DYNAMIC_CONFIG, ...settings }).flatMap(([key, value]) => [
    '--dynamic-config-value',
    `${key}=${value}`,
  ]);
  const args = ['server', 'start-dev', '--ip', '127.0.0.1', '--port', String(port), '--headless', '--log-level', 'error', ...values];
  const server = await startChild({ file, args, onLine: () => undefined });
  const address = `127.0.0.1:${port}`;
  try {
    const connection = await connected(address);
    const close = async (): Promise<void> => {
      await connection.close();
      await server.stop(10_000);
    };
    return { address, client: new Client({ connection }), close };
  } catch (error) {
    await server.stop(1_000);
    throw error;
  }
};
