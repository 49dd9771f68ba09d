/** What a worker does for the workflows of models: the door through which tasks reach them, and what they ask of the world. */
import type { Client } from '@temporalio/client';
import { createModelActivities } from '../activities/model-door.js';
import { createModelDoor, retrainingEnd } from '../client/models.js';
import { RekindleError } from '../core/errors.js';
import type { ModelDoor } from '../core/ports.js';
import type { Composition } from './compose.js';

const refuse = (model: string): Promise<never> =>
  Promise.reject(new RekindleError('MODEL_NOT_FOUND', `This project has no model '${model}'.`, { model }));

/** @param client absent in projects without models */
export const modelDoor = (client: Client | undefined): ModelDoor =>
  client ? createModelDoor(client) : { trigger: refuse, acquire: refuse };

/** Activities of the workflow `model`; none in projects without models. */
export const modelActivities = (client: Client | undefined, { config, environment }: Composition): object => {
  const { platform } = environment;
  if (client === undefined || platform === undefined) return {};
  return createModelActivities({
    registry: platform.registry,
    environment: config.environment,
    runs: { ended: (runId, signal) => retrainingEnd(client, runId, signal) },
    modelSpec: (name) => platform.modelSpec(name),
  });
};
