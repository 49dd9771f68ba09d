/** What a project imports from `rekindle`: the words to write DAGs and models with. */
export { csv, defineModel, ndjson, parquet, processTrainer } from './lifecycle/model-spec.js';
export type { ModelDefinition, ModelSpec, ModelSpecInput } from './lifecycle/model-spec.js';
export type { ObjectStore, RunInfo, TaskContext } from './ports.js';
export { RekindleError } from './errors.js';
export * from './dag/index.js';
export { defineConfig } from './project-config.js';
