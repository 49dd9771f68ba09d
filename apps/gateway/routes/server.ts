/** Is the gateway there, and what is it? `GET /v2`, `/v2/health/…`, and SageMaker's `/ping`. */
import type { FastifyInstance } from 'fastify';
import { packageJson } from '../../../platform/package.js';
import type { GatewayContext } from '../context.js';

export const serverRoutes = (app: FastifyInstance, { models }: GatewayContext): void => {
  const { version } = packageJson();
  app.get('/v2', () => ({ name: 'rekindle', version, extensions: [] }));
  app.get('/v2/health/live', () => ({ live: true }));
  app.get('/v2/health/ready', (_, reply) => reply.code(models.isReady ? 200 : 503).send({ ready: models.isReady }));
  app.get('/ping', (_, reply) => reply.code(models.isReady ? 200 : 503).send('\n'));
};
