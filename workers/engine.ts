/** What the interpreter asks of the worker that runs it: the DAG, a place to keep things, the runs before. */
import { ApplicationFailure } from '@temporalio/common';
import { WorkflowNotFoundError, type Client } from '@temporalio/client';
import { asFailure } from '../activities/failures.js';
import { resolveRun, type ResolvedRun } from '../core/dag/resolve.js';
import { previousFiring } from '../core/dag/schedule.js';
import type { Dag } from '../core/dag/dag.js';
import type { DagRunState } from '../core/dag/run-state.js';
import type { DagSpec } from '../core/dag/spec.js';
import { NOT_YET, type DataActivities } from '../core/dag/wire.js';
import { RekindleError } from '../core/errors.js';
import type { Json } from '../core/json.js';
import { readJson } from '../client/publish.js';
import { firstRunId, keys, scheduledRunId } from '../core/names.js';
import type { ObjectStore } from '../core/ports.js';
import type { OrchestrationActivities, PastActivities, PastQuestion } from '../workflows/activities.js';
import { dataActivities } from './offload.js';

/** Characters of a part: what an activity answers may have 2 MB. */
const PART = 1_000_000;

export interface EngineOptions {
  readonly dags: (id: string) => Dag | undefined;
  readonly objects: ObjectStore;
  /** does the server know our search attributes */
  readonly searchAttributes?: boolean;
}

const JSON_TYPE = { contentType: 'application/json' };

/** With the loaded DAG's own schema where it is the same version; a published one has its params as they were sent. */
const resolve = async (
  { dags, objects }: EngineOptions,
  id: string,
  params: Json,
  version: string | undefined,
  times: object,
): Promise<ResolvedRun> => {
  const loaded = dags(id);
  if (loaded && (version === undefined || loaded.hash === version)) return resolveRun(loaded, params, times);
  if (version === undefined) throw new RekindleError('DAG_NOT_FOUND', `No worker of this project has loaded a DAG '${id}'.`, { dag: id });
  const spec = (await readJson(objects, keys.dagSpec(id, version))) as DagSpec | undefined;
  if (!spec)
    throw new RekindleError('DAG_VERSION_NOT_FOUND', `No version ${version.slice(0, 12)} of DAG '${id}' was published.`, {
      dag: id,
      version,
    });
  return resolveRun({ id, spec, hash: version }, params, times);
};

/** The instances of a run's shards beside its own. */
const whole = async (objects: ObjectStore, state: DagRunState): Promise<DagRunState> => {
  const shards = Object.values(state.composites).flatMap((composite) => composite.shards ?? []);
  if (shards.length === 0) return state;
  const states = await Promise.all(
    shards.map((shard) => readJson(objects, keys.shardState(state.dag, state.runId, shard.slice(state.runId.length + 1)))),
  );
  const found = states.filter((each) => each !== undefined) as DagRunState[];
  return {
    ...state,
    tasks: Object.assign({}, state.tasks, ...found.map(({ tasks }) => tasks)) as DagRunState['tasks'],
    composites: Object.assign({}, ...found.map(({ composites }) => composites), state.composites) as DagRunState['composites'],
  };
};

export const engineActivities = (options: EngineOptions): OrchestrationActivities & DataActivities => {
  const { objects, searchAttributes } = options;
  return {
    ...dataActivities(objects),
    resolveDag: (id, params, { firedAt, startedAt, version } = {}) =>
      asFailure(async () => {
        const resolved = await resolve(options, id, params, version, { firedAt, startedAt });
        return searchAttributes ? { ...resolved, searchAttributes } : resolved;
      }),
    recordRun: async (state) => {
      await objects.put(keys.runState(state.dag, state.runId), JSON.stringify(await whole(objects, state)), JSON_TYPE);
    },
    recordShard: async (instance, state) => {
      await objects.put(keys.shardState(state.dag, state.runId, instance), JSON.stringify(state), JSON_TYPE);
    },
    saveRun: (dag, run, execution, text) =>
      asFailure(async () => {
        const parts = Math.ceil(text.length / PART);
        for (let part = 0; part < parts; part++)
          await objects.put(keys.carriedRun(dag, run, execution, part), text.slice(part * PART, (part + 1) * PART), JSON_TYPE);
        return parts;
      }),
    loadRun: (dag, run, execution, part) =>
      asFailure(async () => new TextDecoder().decode((await objects.get(keys.carriedRun(dag, run, execution, part))).body)),
  };
};

const notYet = (why: string): ApplicationFailure => ApplicationFailure.create({ message: why, type: NOT_YET, nonRetryable: false });

/** Id of the run before: of a scheduled DAG that of the firing before, of any other the newest that began earlier. */
const runBefore = async (client: Client, { run, schedule }: PastQuestion): Promise<string | undefined> => {
  if (schedule && schedule.kind !== 'assets') {
    const before = previousFiring(schedule, run.logicalDate);
    return before === run.logicalDate ? undefined : scheduledRunId(run.dag, before);
  }
  const query = `WorkflowType = '${run.dag.replaceAll("'", "''")}' AND StartTime < '${run.startedAt}'`;
  // the run that this one was cleared from is no run before it
  const isOther = (id: string): boolean => firstRunId(id) !== firstRunId(run.id);
  for await (const { workflowId } of client.workflow.list({ query, pageSize: 10 })) if (isOther(workflowId)) return workflowId;
  return undefined;
};

const isRunning = async (client: Client, runId: string): Promise<boolean> => {
  try {
    return (await client.workflow.getHandle(runId).describe()).status.name === 'RUNNING';
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return false;
    throw error;
  }
};

/** The newest of a run and those that were cleared from it. */
const lastState = async (objects: ObjectStore, dag: string, runId: string): Promise<DagRunState | undefined> => {
  const prefix = `${keys.runsPrefix(dag)}${runId}`;
  let last: { readonly key: string; readonly attempt: number } | undefined;
  for await (const { key } of objects.list(prefix)) {
    const found = /^(?:~(\d+))?\/state\.json$/.exec(key.slice(prefix.length));
    const attempt = Number(found?.[1] ?? 1);
    if (found && attempt >= (last?.attempt ?? 0)) last = { key, attempt };
  }
  return last && ((await readJson(objects, last.key)) as DagRunState);
};

const isDone = ({ tasks, composites }: DagRunState, node: string): boolean => {
  const state = tasks[node]?.state ?? composites[node]?.state;
  return state === undefined || state === 'success' || state === 'skipped';
};

export const pastActivities = (client: Client, objects: ObjectStore): PastActivities => ({
  awaitPast: async (question) => {
    const before = await runBefore(client, question);
    if (before === undefined) return;
    const state = await lastState(objects, question.run.dag, before);
    const blocked = state && question.nodes.filter((node) => !isDone(state, node));
    if (blocked?.length === 0) return;
    if (blocked) throw notYet(`Run '${before}' has not done ${blocked.join(', ')}: clear it there, or mark it as a success.`);
    if (await isRunning(client, before)) throw notYet(`Run '${before}' is under way.`);
  },
});
