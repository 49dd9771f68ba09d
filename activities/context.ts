/** What the shipped tasks get in `ctx` beside what every task gets: the platform, by its interfaces. */
import type { ModelSpec } from '../core/lifecycle/model-spec.js';
import type { TaskContext } from '../core/ports.js';
import type { Compute } from '../platform/compute/compute.js';
import type { Registry } from '../platform/registry/registry.js';
import type { Serving } from '../platform/serving/serving.js';
import type { Tables } from '../platform/tables/tables.js';
import type { Trainer } from '../platform/trainers/trainer.js';

export interface Platform {
  /** `production` unless configured otherwise */
  readonly environment: string;
  readonly registry: Registry;
  readonly tables: Tables;
  readonly serving: Serving;
  readonly trainer: Trainer;
  readonly compute: Compute;
  /** A model as this worker has loaded it. @throws MODEL_NOT_FOUND */
  modelSpec(name: string): { readonly spec: ModelSpec; readonly hash: string };
  /** Text of a file of the project. @throws SOURCE_NOT_FOUND */
  projectFile(path: string): Promise<string>;
  /** A scratch folder of its own, removed afterwards. */
  scratch<T>(work: (folder: string) => Promise<T>): Promise<T>;
}

export interface ActivityContext extends TaskContext, Platform {}
