/** Predictions as MLflow and SageMaker ask for them: `POST /invocations`. */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { RekindleError } from '../../../core/errors.js';
import { arrivalOf, scoresJson, sendAnswer, type GatewayContext } from '../context.js';
import type { ModelSlot } from '../models/model-slot.js';
import type { ModelTable } from '../models/model-table.js';
import { invalid } from '../requests/invalid.js';
import { readInvocation } from '../requests/invocations.js';

interface Invocation {
  Querystring: { readonly model?: string };
  Headers: { readonly 'x-model'?: string };
}

/** The protocol has no place for a model's name: query `model` or header `x-model` say it, or there is only one. */
const slotOf = ({ query, headers }: FastifyRequest<Invocation>, models: ModelTable): ModelSlot => {
  const named = query.model ?? headers['x-model'];
  if (named !== undefined) return models.slot(named);
  const served = models.all.filter(({ isReady }) => isReady);
  if (served.length === 1) return served[0]!;
  if (served.length === 0) throw new RekindleError('MODEL_NOT_READY', 'No model is served here yet.');
  const names = served.map(({ model }) => model).join(', ');
  throw invalid(`several models are served (${names}): say which by ?model= or the header x-model`);
};

/** MLflow's `content-type: application/json; format=…` chose a form of the body; the body itself says it now. */
const refuseFormats = ({ headers }: FastifyRequest<Invocation>): void => {
  const [, ...parameters] = (headers['content-type'] ?? '').split(';');
  const other = parameters.map((text) => text.trim()).find((text) => text !== '' && !/^charset=/i.test(text));
  if (other !== undefined) throw Object.assign(invalid(`the content type must not have the parameter '${other}'`), { statusCode: 415 });
};

export const invocationRoutes = (app: FastifyInstance, { models, answer }: GatewayContext): void => {
  app.post<Invocation>('/invocations', async (request, reply) => {
    refuseFormats(request);
    const arrival = arrivalOf(request);
    const slot = slotOf(request, models);
    const version = slot.current();
    const asked = readInvocation(request.body, version.reader, arrival.at);
    const answered = await answer(slot, version, asked, arrival);
    const { labels, scores } = answered;
    // `predictions` are classes, as a scikit-learn model of MLflow answers; the probabilities come beside them.
    return sendAnswer(reply, answered, `{"predictions":${JSON.stringify(labels)},"probabilities":${scoresJson(scores)}}`);
  });
};
