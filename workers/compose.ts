/** The composition root: configuration → project → platform → what tasks get in their context. */
import { connectionSecret, type Config } from '../platform/config.js';
import type { Logger } from '../platform/logger.js';
import { openObjectStore } from '../platform/object-store/index.js';
import type { ModelDoor } from '../core/ports.js';
import { loadProject, type Project } from './project.js';
import type { TaskEnvironment } from './run-task.js';

export { loadDagFile } from './dag-file.js';
export { hasModels, loadProject, type Project } from './project.js';

export interface Composition {
  readonly config: Config;
  readonly project: Project;
  readonly environment: TaskEnvironment;
  close(): Promise<void>;
}

/** @param models how tasks reach the workflow of a model: through Temporal in workers, not at all in a test of a DAG */
export const compose = async (config: Config, logger: Logger, models: ModelDoor, project?: Project): Promise<Composition> => {
  const loaded = project ?? (await loadProject(config.project));
  const objects = openObjectStore(config.store);
  const opened =
    loaded.models.size > 0 ? await import('./platform.js').then(({ openPlatform }) => openPlatform(config, loaded, objects)) : undefined;
  return {
    config,
    project: loaded,
    environment: {
      objects,
      models,
      platform: opened?.platform,
      logger,
      connection: connectionSecret,
      tasks: loaded.tasks,
      specOf: (dag) => loaded.dags.get(dag)?.dag.spec,
    },
    close: async () => opened?.close(),
  };
};
