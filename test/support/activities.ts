/** A worker's inside for tests of shipped tasks: real tables, store, registry and threads; only the model's door is a recorder. */
import { mkdtemp, rm, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { ActivityContext } from '../../activities/context.js';
import { runTask } from '../../core/dag/run-task.js';
import type { Task } from '../../core/dag/task.js';
import { endOf, skipTask } from '../../core/dag/wire.js';
import { RekindleError } from '../../core/errors.js';
import type { Trigger } from '../../core/lifecycle/admission.js';
import type { ModelSpec } from '../../core/lifecycle/model-spec.js';
import type { ObjectStore, RunInfo } from '../../core/ports.js';
import { createCompute } from '../../platform/compute/pool.js';
import { FolderStore } from '../../platform/object-store/folder.js';
import { createRegistry } from '../../platform/registry/index.js';
import { openTables } from '../../platform/tables/duckdb.js';

export interface TestWorker {
  readonly objects: ObjectStore;
  readonly ctx: ActivityContext;
  /** what tasks sent to the door */
  readonly triggers: (Trigger & { readonly model: string })[];
  readonly logged: string[];
  /** Runs a task as a worker does, schemas checked. @returns its output */
  run<O>(task: Task<string, any, O>, input: unknown, over?: Partial<ActivityContext>): Promise<O>;
  close(): Promise<void>;
}

export const run: RunInfo = {
  id: 'retraining-manual-1',
  dag: 'retraining',
  logicalDate: '1997-04-22T00:00:00.000Z',
  dataInterval: { start: '1997-04-22T00:00:00.000Z', end: '1997-04-22T00:00:00.000Z' },
  startedAt: '2026-01-01T00:00:00.000Z',
  kind: 'manual',
  isLatest: true,
};

/** What the tasks of these tests must not touch. */
const absent = <T extends object>(name: string): T =>
  new Proxy({} as T, {
    get: () => {
      throw new Error(`the task has no business with ${name}`);
    },
  });

export const openTestWorker = async (project: string, specs: readonly ModelSpec[] = []): Promise<TestWorker> => {
  const folder = await mkdtemp(join(tmpdir(), 'rekindle-worker-'));
  const objects = new FolderStore(join(folder, 'objects'));
  const tables = openTables({ project, objects });
  const compute = createCompute({ threads: 1 });
  const triggers: TestWorker['triggers'] = [];
  const logged: string[] = [];
  const log = (message: string): void => void logged.push(message);
  const ctx: ActivityContext = {
    run,
    attempt: 1,
    key: `${run.id}/task`,
    log: { info: log, warn: log, error: log },
    signal: new AbortController().signal,
    heartbeat: () => {},
    heartbeatDetail: undefined,
    objects,
    state: absent('state'),
    models: {
      trigger: async (model, trigger) => void triggers.push({ model, ...trigger }),
      acquire: async () => {},
    },
    connection: () => '',
    produced: () => {},
    skip: skipTask,
    environment: 'production',
    registry: createRegistry(objects),
    tables,
    serving: absent('serving'),
    trainer: absent('trainer'),
    compute,
    modelSpec: (name) => {
      const spec = specs.find((candidate) => candidate.name === name);
      if (!spec) throw new RekindleError('MODEL_NOT_FOUND', `No model '${name}'.`);
      return { spec, hash: `hash of ${name}` };
    },
    projectFile: (path) => readFile(resolve(project, path), 'utf8'),
    scratch: async (work) => {
      const scratch = await mkdtemp(join(folder, 'scratch-'));
      try {
        return await work(scratch);
      } finally {
        await rm(scratch, { recursive: true, force: true });
      }
    },
  };
  return {
    objects,
    ctx,
    triggers,
    logged,
    async run(task, input, over = {}) {
      const end = endOf(await runTask(task, input, { ...ctx, ...over }));
      if (end.state === 'skipped') throw new Error(`skipped: ${end.reason}`);
      return end.output as never;
    },
    async close() {
      tables.close();
      await compute.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
};
