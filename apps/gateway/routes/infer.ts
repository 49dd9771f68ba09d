/** Predictions by the Open Inference Protocol V2. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Answer } from '../answering.js';
import { arrivalOf, scoresJson, sendAnswer, type GatewayContext } from '../context.js';
import type { ModelSlot } from '../models/model-slot.js';
import type { ServedVersion } from '../models/served-version.js';
import { readInferRequest, type InferRequest } from '../requests/v2.js';
import type { ModelParams, VersionParams } from './models.js';

const OUTPUTS = ['probability', 'label'];

const outputJson = (name: string, { scores, labels }: Answer): string => {
  const shape = `"shape":[${scores.length}]`;
  return name === 'label'
    ? `{"name":"label","datatype":"BYTES",${shape},"data":${JSON.stringify(labels)}}`
    : `{"name":"probability","datatype":"FP64",${shape},"data":${scoresJson(scores)}}`;
};

const responseJson = (answer: Answer, { id = answer.id, outputs = OUTPUTS }: InferRequest): string => {
  const { model, version } = answer.version;
  const head = `{"model_name":${JSON.stringify(model)},"model_version":${JSON.stringify(version)},"id":${JSON.stringify(id)}`;
  return `${head},"outputs":[${outputs.map((name) => outputJson(name, answer)).join(',')}]}`;
};

export const inferRoutes = (app: FastifyInstance, { models, answer }: GatewayContext): void => {
  const infer = async (slot: ModelSlot, version: ServedVersion, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    const arrival = arrivalOf(request);
    const asked = readInferRequest(request.body, version.reader, OUTPUTS, arrival.at);
    const answered = await answer(slot, version, asked, arrival);
    return sendAnswer(reply, answered, responseJson(answered, asked));
  };

  app.post<{ Params: ModelParams }>('/v2/models/:model/infer', async (request, reply) => {
    const slot = models.slot(request.params.model);
    return infer(slot, slot.current(), request, reply);
  });
  app.post<{ Params: VersionParams }>('/v2/models/:model/versions/:version/infer', async (request, reply) => {
    const { model, version } = request.params;
    return infer(models.slot(model), models.version(model, version), request, reply);
  });
};
