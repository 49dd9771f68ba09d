/** For those who run the gateway: `/metrics`, and `POST /v1/flush` from the same machine. */
import type { FastifyInstance } from 'fastify';
import type { GatewayContext } from '../context.js';

const LOOPBACK = new Set(['127.0.0.1', '::1', '::ffff:127.0.0.1']);

export const operationRoutes = (app: FastifyInstance, { metrics, predictionLog }: GatewayContext): void => {
  app.get('/metrics', async (_, reply) => {
    const { bytes, files } = predictionLog.lag;
    metrics.journalBytes.set(bytes);
    metrics.journalPending.set(files);
    return reply.type(metrics.registry.contentType).send(await metrics.registry.metrics());
  });

  app.post('/v1/flush', async (request, reply) => {
    if (!LOOPBACK.has(request.socket.remoteAddress ?? '')) {
      return reply.code(403).send({ error: 'Only the machine itself may ask for a flush.', code: 'USAGE' });
    }
    return predictionLog.flush();
  });
};
