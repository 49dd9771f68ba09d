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
  log.info({ gateway: config.gateway.id, url: url(), environment: config.environment }, 'The gateway listens.');
  process.send?.({ ready: true, url: url() });
  return app;
};

/** SIGTERM, SIGINT, or the end of the process that started us. */
const stopped = (): Promise<string> =>
  new Promise((stop) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, stop);
    process.once('disconnect', () => stop('its parent is gone'));
  });

const run = async (log: Logger): Promise<void> => {
  const { values } = parseArgs({ options: { project: { type: 'string', default: '.' } } });
  const config = loadConfig(values.project);
  log.level = config.logLevel;
  const ending = stopped();
  const app = await start(config, log);
  log.info(`Stopping: ${await ending}.`);
  setTimeout(() => {
    log.warn('The object store did not take the rest of the prediction log in time; the next gateway stores it.');
    process.exit(0);
  }, STOP_MS).unref();
  await app.close();
};

const log = createLogger({ name: 'gateway', level: 'info' });
run(log).then(
  () => process.exit(0), // native threads of libraries would keep the process
  (error: unknown) => {
    const ours = isRekindleError(error);
    log.fatal({ err: error }, ours ? explain(error) : 'The gateway ended.');
    log.flush(() => process.exit(ours ? ERRORS[error.code].exit : 1));
  },
);
