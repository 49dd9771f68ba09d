/** The gateway, apart from listening: tests inject requests, `main.ts` listens. */
import { join } from 'node:path';
import Fastify, { type FastifyInstance } from 'fastify';
import type { ObjectStore } from '../../core/ports.js';
import type { Config } from '../../platform/config.js';
import type { Logger } from '../../platform/logger.js';
import { createMetrics } from '../../platform/metrics.js';
import type { Registry } from '../../platform/registry/registry.js';
import type { Serving } from '../../platform/serving/serving.js';
import { createAnswering } from './answering.js';
import type { GatewayContext } from './context.js';
import { handleFailures } from './failures.js';
import { Heartbeat } from './heartbeat.js';
import { PredictionLog } from './journal/prediction-log.js';
import { startSegmentThread } from './journal/segment-thread.js';
import { GATEWAY_METRICS, measureAnswers, measureFailures, measureSlots, measureStored } from './measuring.js';
import { ModelTable } from './models/model-table.js';
import { loadVersion } from './models/served-version.js';
import { inferRoutes } from './routes/infer.js';
import { invocationRoutes } from './routes/invocations.js';
import { labelRoutes } from './routes/labels.js';
import { modelRoutes } from './routes/models.js';
import { operationRoutes } from './routes/operations.js';
import { serverRoutes } from './routes/server.js';

export interface Timing {
  /** how often each pointer is looked at */
  readonly pollMs: number;
  /** how often new models are looked for */
  readonly discoverMs: number;
  readonly heartbeatMs: number;
  /** how often the journal becomes Parquet */
  readonly flushMs: number;
}

const TIMING: Timing = { pollMs: 200, discoverMs: 2_000, heartbeatMs: 1_000, flushMs: 1_000 };

export interface GatewayDeps {
  readonly config: Pick<Config, 'environment' | 'stateDir' | 'store'> & { readonly gateway: Pick<Config['gateway'], 'id' | 'journalSync'> };
  /** where callers reach it; asked once it listens */
  readonly url: () => string;
  readonly objects: ObjectStore;
  readonly registry: Registry;
  readonly serving: Serving;
  readonly log: Logger;
  readonly timing?: Partial<Timing>;
}

/** 16 MiB: some hundred thousand rows. */
const BODY_LIMIT = 16 * 1024 * 1024;

/**
 * `await app.ready()` (or `listen`, or the first `inject`) takes over journals, loads what is deployed and begins to watch;
 * `await app.close()` finishes requests, stores the log and takes the heartbeat away.
 */
export const buildGateway = async ({ config, url, objects, registry, serving, log, timing }: GatewayDeps): Promise<FastifyInstance> => {
  const { environment, stateDir, gateway } = config;
  const { pollMs, discoverMs, heartbeatMs, flushMs } = { ...TIMING, ...timing };
  const metrics = createMetrics(GATEWAY_METRICS);
  const loader = { registry, serving, folder: join(stateDir, 'gateway-models') };
  const models: ModelTable = new ModelTable({
    environment,
    objects,
    registry,
    pollMs,
    discoverMs,
    log,
    load: (model, version) => loadVersion(loader, model, version),
    events: measureSlots(metrics, environment, () => void heartbeat.beat()),
    onStore: (isUp) => metrics.storeUp.set(isUp ? 1 : 0),
  });
  const heartbeat = new Heartbeat({ gateway: gateway.id, environment, url, models, objects, everyMs: heartbeatMs });
  const predictionLog = await PredictionLog.open({
    root: join(stateDir, 'journal'),
    gateway: gateway.id,
    sync: gateway.journalSync,
    flushMs,
    segments: startSegmentThread(config.store),
    log,
    onStored: measureStored(metrics, models),
  });
  const answer = createAnswering({ environment, predictionLog, onAnswered: measureAnswers(metrics, environment) });
  const context: GatewayContext = { environment, models, answer, predictionLog, metrics };

  const app = Fastify({ bodyLimit: BODY_LIMIT, logger: false, routerOptions: { maxParamLength: 200 } });
  app.decorateRequest('started', 0);
  app.addHook('onRequest', (request, _reply, done) => {
    request.started = performance.now();
    done();
  });
  handleFailures(app, { log, onFailed: measureFailures(metrics, environment, models) });
  for (const routes of [serverRoutes, modelRoutes, inferRoutes, invocationRoutes, labelRoutes, operationRoutes]) routes(app, context);

  app.addHook('onReady', async () => {
    await models.start();
    await heartbeat.start();
  });
  app.addHook('onListen', () => heartbeat.beat()); // the port is known now
  app.addHook('onClose', async () => {
    await models.stop();
    await predictionLog.close();
    await heartbeat.stop();
  });
  return app;
};
