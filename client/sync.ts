/** Makes the outside agree with a project: published specs, schedules, doors of models. */
import type { Client } from '@temporalio/client';
import type { DagSpec } from '../core/dag/spec.js';
import type { ModelSpec } from '../core/lifecycle/model-spec.js';
import { dagScheduleId, keys, modelScheduleId } from '../core/names.js';
import type { ObjectStore } from '../core/ports.js';
import type { PoolConfig } from '../core/project-config.js';
import { syncAssets } from './assets.js';
import { catchUp } from './catch-up.js';
import { openModelDoor } from './models.js';
import { syncPools } from './pools.js';
import { publish, publishedDagIds, publishedModelNames, readJson, Current } from './publish.js';
import { dagSchedule, ensureSchedule, modelSchedules, removeSchedule, type ScheduledDag } from './schedules.js';

export interface ProjectContent {
  /** whose things these are: what another project published is left alone */
  readonly name: string;
  readonly dags: readonly { readonly spec: DagSpec; readonly hash: string; readonly file: string }[];
  readonly models: readonly { readonly spec: ModelSpec; readonly hash: string; readonly file: string }[];
  readonly pools?: Readonly<Record<string, PoolConfig>>;
  /** false when some file could not be loaded: what is missing then may only be broken, and is not retired */
  readonly whole: boolean;
}

interface Changes {
  /** new or changed */
  readonly published: readonly string[];
  readonly unchanged: readonly string[];
  /** no longer in the project */
  readonly retired: readonly string[];
}

export interface SyncResult {
  readonly dags: Changes;
  readonly models: Changes;
  /** ids of all schedules that the project has now */
  readonly schedules: readonly string[];
  /** ids of those that were started now, to make up for what DAGs with `catchup` have missed */
  readonly backfills: readonly string[];
  readonly pools: readonly string[];
}

interface Kind {
  readonly currentOf: (name: string) => string;
  readonly keyOf: (name: string, hash: string) => string;
  readonly historyOf?: (name: string, generation: number) => string;
  readonly published: (objects: ObjectStore) => Promise<string[]>;
  readonly scheduleIdsOf: (name: string) => string[];
}

const DAGS: Kind = {
  currentOf: keys.dagCurrent,
  keyOf: keys.dagSpec,
  historyOf: keys.dagHistory,
  published: publishedDagIds,
  scheduleIdsOf: (id) => [dagScheduleId(id)],
};
const MODELS: Kind = {
  currentOf: keys.modelSpecCurrent,
  keyOf: keys.modelSpec,
  published: publishedModelNames,
  scheduleIdsOf: (name) => [modelScheduleId(name, 'retraining'), modelScheduleId(name, 'monitoring')],
};

interface Item {
  readonly name: string;
  readonly spec: unknown;
  readonly hash: string;
  readonly file: string;
}

const publishAll = async (objects: ObjectStore, kind: Kind, project: string, items: readonly Item[]): Promise<Omit<Changes, 'retired'>> => {
  const published: string[] = [];
  const unchanged: string[] = [];
  for (const { name, spec, hash, file } of items) {
    const { historyOf } = kind;
    const changed = await publish(objects, {
      ...{ current: kind.currentOf(name), key: kind.keyOf(name, hash), spec, hash, project, file },
      ...(historyOf ? { history: (generation: number) => historyOf(name, generation) } : {}),
    });
    (changed ? published : unchanged).push(name);
  }
  return { published, unchanged };
};

/** What this project published once and no longer has. */
const gone = async (
  objects: ObjectStore,
  kind: Kind,
  { name: project, whole }: ProjectContent,
  items: readonly Item[],
): Promise<string[]> => {
  if (!whole) return [];
  const names = (await kind.published(objects)).filter((name) => !items.some((item) => item.name === name));
  const owned = await Promise.all(
    names.map(async (name) => Current.parse(await readJson(objects, kind.currentOf(name))).project === project),
  );
  return names.filter((_, i) => owned[i]);
};

const syncKind = async (
  client: Client,
  objects: ObjectStore,
  kind: Kind,
  content: ProjectContent,
  items: readonly Item[],
): Promise<Changes> => {
  const changes = await publishAll(objects, kind, content.name, items);
  const retired = await gone(objects, kind, content, items);
  for (const name of retired) {
    await Promise.all(kind.scheduleIdsOf(name).map((id) => removeSchedule(client, id)));
    await objects.delete(kind.currentOf(name)); // the versions stay: runs of the past name them
  }
  return { ...changes, retired };
};

/** Idempotent; run it again after an interruption. */
export const sync = async (client: Client, objects: ObjectStore, content: ProjectContent): Promise<SyncResult> => {
  const dags = content.dags.map((dag) => ({ ...dag, name: dag.spec.id }));
  const models = content.models.map((model) => ({ ...model, name: model.spec.name }));
  const changes = {
    dags: await syncKind(client, objects, DAGS, content, dags),
    models: await syncKind(client, objects, MODELS, content, models),
  };
  const scheduled: ScheduledDag[] = [
    ...dags.flatMap(({ spec }) => dagSchedule(spec) ?? []),
    ...models.flatMap(({ spec }) => modelSchedules(spec)),
  ];
  const wanted = new Set(scheduled.map(({ scheduleId }) => scheduleId));
  const possible = [...dags.flatMap(({ name }) => DAGS.scheduleIdsOf(name)), ...models.flatMap(({ name }) => MODELS.scheduleIdsOf(name))];
  await Promise.all(scheduled.map((schedule) => ensureSchedule(client, schedule)));
  const backfills = (await Promise.all(dags.map(({ spec }) => catchUp(client, spec)))).filter((id) => id !== undefined);
  await Promise.all(possible.filter((id) => !wanted.has(id)).map((id) => removeSchedule(client, id)));
  await Promise.all(models.map(({ name }) => openModelDoor(client, name)));
  await syncAssets(
    client,
    dags.map(({ spec }) => spec),
    changes.dags.retired,
  );
  return { ...changes, schedules: [...wanted], backfills, pools: await syncPools(client, content.pools ?? {}) };
};
