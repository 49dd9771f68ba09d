/** The gateway's process: `node apps/gateway/main.js --project FOLDER`. Ends on SIGTERM or SIGINT, with nothing unfinished. */
import type { AddressInfo } from 'node:net';
import { parseArgs } from 'node:util';
import type { FastifyInstance } from 'fastify';
import { ERRORS, explain, isRekindleError, RekindleError } from '../../core/errors.js';
import { loadConfig, type Config } from '../../platform/config.js';
import { createLogger, type Logger } from '../../platform/logger.js';
import { openObjectStore } from '../../platform/object-store/index.js';
import { createRegistry } from '../../platform/registry/index.js';
import { createServing } from '../../platform/serving/onnx.js';
import { buildGateway } from './app.js';

/** What an unreachable store must not hold up; the journal keeps what it did not take. */
const STOP_MS = 10_000;

const listen = async (app: FastifyInstance, { host, port }: Config['gateway']): Promise<void> => {
  try {
    await app.listen({ host, port });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    const message = `Port ${port} for the gateway is taken on ${host}; set REKINDLE_GATEWAY_PORT.`;
    throw new RekindleError('PORT_TAKEN', message, { port });
  }
};

/** The configured URL, but with port 0 the one that was given. */
const urlOf = (app: FastifyInstance, { url, host, port }: Config['gateway']): string => {
  const address = app.server.address() as AddressInfo | null | undefined;
  return port === 0 && address ? `http://${host}:${address.port}` : url;
};

const start = async (config: Config, log: Logger): Promise<FastifyInstance> => {
  const objects = openObjectStore(config.store);
  const registry = createRegistry(objects);
  const url = (): string => urlOf(app, config.gateway);
  const app: FastifyInstance = await buildGateway({ config, url, objects, registry, serving: createServing(), log });
  try {
    await listen(app, config.gateway);
  } catch (error) {
    await app.close();
    throw error;
  }
  log.info({ gateway: config.gateway.id, url: urlOf(app, config.gateway), environment: config.environment }, 'the gateway listens');
  return app;
};

const stopOnSignals = (app: FastifyInstance, log: Logger): void => {
  let stopping = false;
  const stop = (signal: string): void => {
    if (stopping) return;
    stopping = true;
    log.info({ signal }, 'the gateway finishes its requests and stops');
    setTimeout(() => {
      log.warn('the object store did not take the rest of the prediction log in time; the next gateway stores it');
      process.exit(0);
    }, STOP_MS).unref();
    app.close().then(
      () => process.exit(0),
      (cause: unknown) => {
        log.error({ err: cause }, 'the gateway did not stop cleanly');
        process.exit(1);
      },
    );
  };
  process.on('SIGTERM', stop).on('SIGINT', stop);
};

const main = async (): Promise<void> => {
  const { values } = parseArgs({ options: { project: { type: 'string', default: '.' } } });
  const config = loadConfig(values.project);
  const log = createLogger({ name: 'gateway', level: config.logLevel });
  stopOnSignals(await start(config, log), log);
};

main().catch((error: unknown) => {
  process.stderr.write(`${isRekindleError(error) ? explain(error) : String((error as Error)?.stack ?? error)}\n`);
  process.exit(isRekindleError(error) ? ERRORS[error.code].exit : 1);
});
