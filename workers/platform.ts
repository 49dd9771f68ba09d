/** The platform behind the shipped tasks, made once for a worker. Only projects with models load it: DuckDB and onnxruntime are heavy. */
import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { isAbsolute, join, relative, resolve } from 'node:path';
import type { Platform } from '../activities/context.js';
import { RekindleError } from '../core/errors.js';
import type { ObjectStore } from '../core/ports.js';
import { createCompute } from '../platform/compute/pool.js';
import { isProcessAlive, type Config } from '../platform/config.js';
import { createRegistry } from '../platform/registry/index.js';
import { createServing } from '../platform/serving/onnx.js';
import { openTables } from '../platform/tables/duckdb.js';
import { createProcessTrainer } from '../platform/trainers/process.js';
import type { Project } from './project.js';

export interface OpenPlatform {
  readonly platform: Platform;
  close(): Promise<void>;
}

const fileOf = (root: string, path: string): string => {
  const absolute = resolve(root, path);
  const inside = relative(root, absolute);
  if (inside.startsWith('..') || isAbsolute(inside))
    throw new RekindleError('SOURCE_NOT_FOUND', `${path} lies outside the project.`, { path });
  return absolute;
};

/** Folders are named `<pid>-…`: those of processes that were killed are removed by the next worker on the machine. */
const openScratch = async (root: string): Promise<Platform['scratch']> => {
  await mkdir(root, { recursive: true });
  const left = (await readdir(root)).filter((name) => !isProcessAlive(Number.parseInt(name, 10)));
  await Promise.all(left.map((name) => rm(join(root, name), { recursive: true, force: true })));
  return async (work) => {
    const folder = await mkdtemp(join(root, `${process.pid}-`));
    try {
      return await work(folder);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  };
};

export const openPlatform = async (config: Config, project: Project, objects: ObjectStore): Promise<OpenPlatform> => {
  const { store } = config;
  const tables = openTables({ project: project.root, objects, ...(store.kind === 's3' ? { bucket: store.bucket } : {}) });
  const compute = createCompute();
  return {
    platform: {
      environment: config.environment,
      registry: createRegistry(objects),
      tables,
      serving: createServing(),
      trainer: createProcessTrainer({ project: project.root, stateDir: config.stateDir, objects, python: config.trainer.python }),
      compute,
      modelSpec: (name) => {
        const model = project.models.get(name);
        if (!model) throw new RekindleError('MODEL_NOT_FOUND', `This project has no model '${name}'.`, { model: name });
        return model;
      },
      projectFile: async (path) => {
        try {
          return await readFile(fileOf(project.root, path), 'utf8');
        } catch (error) {
          if (error instanceof RekindleError) throw error;
          throw new RekindleError('SOURCE_NOT_FOUND', `${path} cannot be read in the project.`, { path }, { cause: error });
        }
      },
      scratch: await openScratch(join(config.stateDir, 'scratch')),
    },
    close: async () => {
      tables.close();
      await compute.close();
    },
  };
};
