/** A project as this process has loaded it: its DAGs, its models, the tasks of both, and what was wrong with its files. */
import { existsSync, realpathSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { checkChildren } from '../core/dag/child-dags.js';
import { isDag, type Dag } from '../core/dag/dag.js';
import { structuralHash } from '../core/dag/hash.js';
import { checkPools } from '../core/dag/pool-requests.js';
import type { DagSpec } from '../core/dag/spec.js';
import type { Task } from '../core/dag/task.js';
import { RekindleError } from '../core/errors.js';
import type { Json } from '../core/json.js';
import type { ModelDefinition, ModelSpec } from '../core/lifecycle/model-spec.js';
import { RESERVED_DAG_IDS } from '../core/names.js';
import { ProjectConfig } from '../core/project-config.js';
import { ownFile } from '../platform/package.js';
import { documented } from './docstrings.js';
import { importerOf, type ImportFile } from './import-project.js';
import { withSuites } from './model-checks.js';
import { byName, collect, invalidFile, sourcesIn, type Found, type Wanted } from './project-files.js';

export interface LoadedDag {
  readonly dag: Dag;
  /** relative to the project */
  readonly file: string;
}

export interface LoadedModel {
  readonly spec: ModelSpec;
  /** sha256 of the spec */
  readonly hash: string;
  readonly file: string;
}

export interface Project {
  readonly root: string;
  readonly config: ProjectConfig;
  readonly dags: ReadonlyMap<string, LoadedDag>;
  readonly models: ReadonlyMap<string, LoadedModel>;
  /** every task with a body that the DAGs call, by id */
  readonly tasks: ReadonlyMap<string, Task>;
  /** Each names its file. What they speak of is not among the above; everything else is. */
  readonly problems: readonly RekindleError[];
}

/** DAGs of the package, loaded into every project that has models. */
const SHIPPED = ['dags/retraining', 'dags/monitoring'];

const DAGS: Wanted<Dag> = { folder: 'dags', what: 'DAG', is: isDag };
const MODELS: Wanted<ModelDefinition> = {
  folder: 'models',
  what: 'model',
  is: (value): value is ModelDefinition =>
    typeof value === 'object' && value !== null && (value as { kind?: unknown }).kind === 'rekindle.model',
};

/** Does the folder look like a project with models? Cheap: nothing is imported. */
export const hasModels = (root: string): boolean => sourcesIn(join(resolve(root), MODELS.folder)).length > 0;

const loadConfigFile = async (root: string, importFile: ImportFile, problems: RekindleError[]): Promise<ProjectConfig> => {
  const path = join(root, 'rekindle.config.ts');
  if (!existsSync(path)) return ProjectConfig.parse({});
  try {
    const parsed = ProjectConfig.safeParse((await importFile(path))['default']);
    if (parsed.success) return parsed.data;
    const fields = parsed.error.issues.map((issue) => `${issue.path.join('.') || 'default export'}: ${issue.message}`);
    problems.push(new RekindleError('PROJECT_INVALID', `${relative(root, path)}: ${fields.join('; ')}.`, { file: relative(root, path) }));
  } catch (error) {
    problems.push(invalidFile(root, path, error));
  }
  return ProjectConfig.parse({});
};

const shippedDags = async (): Promise<Found<Dag>[]> =>
  Promise.all(
    SHIPPED.map(async (module) => {
      const loaded = (await import(pathToFileURL(ownFile(module)).href)) as { default: Dag };
      return { value: loaded.default, file: `rekindle/${module}` };
    }),
  );

/** A DAG whose id names one of our own workflows could never be started. */
const withoutReserved = (found: readonly Found<Dag>[], problems: RekindleError[]): Found<Dag>[] =>
  found.filter(({ value: { id }, file }) => {
    const reserved = (RESERVED_DAG_IDS as readonly string[]).includes(id);
    if (reserved) problems.push(new RekindleError('PROJECT_INVALID', `${file}: a DAG cannot be called '${id}'.`, { file, dag: id }));
    return !reserved;
  });

/** Leaves out the DAGs that a check finds wrong: what each would wait for, or run, is not there. */
const sound = (found: readonly Found<Dag>[], check: (spec: DagSpec) => readonly RekindleError[], problems: RekindleError[]): Found<Dag>[] =>
  found.filter(({ value: { spec }, file }) => {
    const wrong = check(spec);
    problems.push(...wrong.map(({ code, message, details }) => new RekindleError(code, `${file}: ${message}`, { file, ...details })));
    return wrong.length === 0;
  });

/**
 * Loads `dags/*.ts`, `models/*.ts` and `rekindle.config.ts` of a project.
 *
 * Never throws for what is in a file: a broken one becomes a problem, the others still load. A DAG is left out, too, when one
 * of its tasks shares its id with a different task of another DAG, because a worker registers tasks by id.
 */
export const loadProject = async (folder: string): Promise<Project> => {
  if (!existsSync(folder)) throw new RekindleError('PROJECT_INVALID', `There is no folder ${folder}.`, { folder });
  const root = realpathSync(folder);
  const importFile = importerOf(root);
  const problems: RekindleError[] = [];

  const config = await loadConfigFile(root, importFile, problems);
  const knowsPools = problems.length === 0;
  const described = byName(await collect(root, MODELS, importFile, problems), MODELS.what, ({ spec }) => spec.name, problems);
  const models = await withSuites(root, described, problems);
  const unread: RekindleError[] = [];
  const found = await collect(root, DAGS, importFile, unread);
  problems.push(...unread);
  const startable = withoutReserved(found, problems);
  const shipped = hasModels(root) ? await shippedDags() : [];
  const known = [...new Set([...startable, ...shipped].map(({ value }) => value.id))];
  const knowsDags = unread.every(({ cause }) => cause === undefined); // else a file that threw may have the child
  const served = knowsPools ? sound(startable, (spec) => checkPools(spec, config.pools), problems) : startable;
  const own = knowsDags ? sound(served, (spec) => checkChildren(spec, known), problems) : served;
  const dags = byName([...own, ...shipped], DAGS.what, ({ id }) => id, problems);

  const called = [...dags.values()].flatMap(({ value, file }) =>
    [...value.tasks.values()].filter((task) => task.run !== undefined).map((task) => ({ value: task, file })),
  );
  const tasks = byName(called, 'task', ({ id }) => id, problems);
  const isWhole = (dag: Dag): boolean => [...dag.tasks.values()].every(({ id, run }) => run === undefined || tasks.has(id));

  return {
    root,
    config,
    dags: new Map(
      [...dags]
        .filter(([, { value }]) => isWhole(value))
        .map(([id, { value, file }]) => [id, { dag: documented(root, value, file), file }]),
    ),
    models: new Map(
      [...models].map(([name, { value, file }]) => [name, { spec: value.spec, hash: structuralHash(value.spec as unknown as Json), file }]),
    ),
    tasks: new Map([...tasks].map(([id, { value }]) => [id, value])),
    problems,
  };
};
