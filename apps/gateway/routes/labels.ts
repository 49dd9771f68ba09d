/** What really happened, said later: `POST /v1/models/{model}/labels`. */
import type { FastifyInstance } from 'fastify';
import type { GatewayContext } from '../context.js';
import type { LabelRecord } from '../journal/records.js';
import { readLabels } from '../requests/labels.js';
import type { ModelParams } from './models.js';

export const labelRoutes = (app: FastifyInstance, { models, predictionLog, metrics, environment }: GatewayContext): void => {
  app.post<{ Params: ModelParams }>('/v1/models/:model/labels', async ({ params: { model }, body }, reply) => {
    const slot = models.slot(model);
    const { classes } = slot.current().signature;
    const labels = readLabels(body, classes);
    const record: LabelRecord = { kind: 'label', model, received: Date.now(), ...labels };
    await predictionLog.append(JSON.stringify(record));
    slot.labels.accepted += labels.ids.length;
    metrics.labels.inc({ model, environment }, labels.ids.length);
    return reply.code(202).send({ accepted: labels.ids.length });
  });
};
