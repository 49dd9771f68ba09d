/** What a model takes and answers, and whether it does: `GET /v2/models/…`. */
import type { FastifyInstance } from 'fastify';
import { isRekindleError } from '../../../core/errors.js';
import type { GatewayContext } from '../context.js';
import type { ServedVersion } from '../models/served-version.js';

export interface ModelParams {
  readonly model: string;
}
export interface VersionParams extends ModelParams {
  readonly version: string;
}

/** −1 is any number of rows. */
const describe = ({ model, signature }: ServedVersion, versions: readonly string[]): object => ({
  name: model,
  versions,
  platform: 'onnx_onnxv1',
  inputs: signature.features.map(({ name, type }) => ({ name, datatype: type === 'number' ? 'FP64' : 'BYTES', shape: [-1] })),
  outputs: [
    { name: 'probability', datatype: 'FP64', shape: [-1] },
    { name: 'label', datatype: 'BYTES', shape: [-1] },
  ],
  parameters: { positive: signature.positive, classes: signature.classes },
});

/** Not there and not loaded are answers here, not errors. */
const isLoaded = (find: () => ServedVersion): boolean => {
  try {
    find();
    return true;
  } catch (error) {
    if (isRekindleError(error)) return false;
    throw error;
  }
};

export const modelRoutes = (app: FastifyInstance, { models }: GatewayContext): void => {
  app.get<{ Params: ModelParams }>('/v2/models/:model', ({ params }) => {
    const slot = models.slot(params.model);
    const versions = slot.loaded.map(({ version }) => version);
    return describe(slot.current(), versions);
  });
  app.get<{ Params: VersionParams }>('/v2/models/:model/versions/:version', ({ params }) =>
    describe(models.version(params.model, params.version), [params.version]),
  );
  app.get<{ Params: ModelParams }>('/v2/models/:model/ready', ({ params }, reply) => {
    const slot = models.slot(params.model);
    return reply.code(slot.isReady ? 200 : 503).send({ name: params.model, ready: slot.isReady, version: slot.version });
  });
  app.get<{ Params: VersionParams }>('/v2/models/:model/versions/:version/ready', ({ params }, reply) => {
    const ready = isLoaded(() => models.version(params.model, params.version));
    return reply.code(ready ? 200 : 404).send({ name: params.model, ready, version: params.version });
  });
};
