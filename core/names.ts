/** Every name that two parts must agree on is made here: ids, queues, keys of the object store. */

export const TASK_QUEUES = { orchestration: 'orchestration', data: 'data', training: 'training' } as const;

/** Workflow types with an export of their own; a DAG cannot take these ids. */
export const RESERVED_DAG_IDS = ['model', 'rollout', 'backfill', 'pool', 'assets', 'shard'] as const;

/** Custom search attributes of DAG runs. */
export const SEARCH_ATTRIBUTES = {
  logicalDate: 'RekindleLogicalDate',
  model: 'RekindleModel',
  state: 'RekindleState',
  kind: 'RekindleKind',
} as const;

/** Workflow id of a run started by hand. */
export const manualRunId = (dagId: string, ulid: string): string => `${dagId}-manual-${ulid}`;
/** Workflow id of a run that takes over results of another one: `<run>~2`, `<run>~3`, whichever of them it was cleared from. */
export const clearedRunId = (runId: string, attempt: number): string => `${firstRunId(runId)}~${attempt}`;
/** The run that it all began with. */
export const firstRunId = (runId: string): string => runId.replace(/~\d+$/, '');
/** Workflow id of a run that the model's door starts: the same trigger key never starts two. */
export const triggeredRunId = (dagId: string, model: string, key: string): string => `${dagId}-${model}-${key}`;
/**
 * Workflow id of a run that assets have triggered.
 *
 * @param time ISO 8601: its partition, else that of its newest event
 * @param hash of the newest event's id: the same event never starts two
 */
export const assetRunId = (dagId: string, time: string, hash: string): string => `${dagId}-asset-${time}-${hash.slice(0, 12)}`;
/** Collects what has come for a DAG that waits for assets. */
export const assetsWorkflowId = (dagId: string): string => `assets/${dagId}`;
/** Workflow id of a run that a schedule starts: Temporal appends the firing time to the DAG's id itself. @param time ISO 8601 */
export const scheduledRunId = (dagId: string, time: string): string => `${dagId}-${time.replace(/\.\d+Z$/, 'Z')}`;
/** A backfill of a range of times (ISO 8601): one at a time. */
export const backfillId = (dagId: string, from: string, to: string): string => `${backfillPrefix(dagId)}${from}..${to}`;
export const backfillPrefix = (dagId: string): string => `backfill/${dagId}/`;
export const modelWorkflowId = (model: string): string => `model/${model}`;
export const poolWorkflowId = (pool: string): string => `pool/${pool}`;
/** Pools that nobody declares: the limits that a DAG sets itself. Declared pools have no colon in their names. */
export const poolNames = {
  /** tasks at a time in all runs */
  dag: (dag: string): string => `dag:${dag}`,
  /** the same task at a time in all runs; `node` is its id in the DAG */
  task: (dag: string, node: string): string => `task:${dag}.${node}`,
  /** runs at a time */
  runs: (dag: string): string => `runs:${dag}`,
} as const;
export const isDeclaredPool = (pool: string): boolean => !pool.includes(':');
export const dagScheduleId = (dagId: string): string => `dag/${dagId}`;
export const modelScheduleId = (model: string, kind: 'retraining' | 'monitoring'): string => `model/${model}/${kind}`;

/** Day folder of an event time (ISO 8601), UTC. */
const dayOf = (time: string): string => time.slice(0, 10);

/** Keys of the object store (DESIGN section 7). */
export const keys = {
  dataset: (sha256: string) => ({
    data: `datasets/${sha256}/data.parquet`,
    schema: `datasets/${sha256}/schema.json`,
    profile: `datasets/${sha256}/profile.json`,
  }),
  models: 'models/',
  versions: (model: string) => `models/${model}/versions/`,
  version: (model: string, version: string) => {
    const root = `models/${model}/versions/${version}`;
    return {
      manifest: `${root}/manifest.json`,
      model: `${root}/model.onnx`,
      signature: `${root}/signature.json`,
      reference: `${root}/reference.json`,
      /** the suite that live data must pass, when the version came with one */
      checks: `${root}/checks.json`,
      /** what it answered to the rows of its hold-out, and what happened: quality is estimated from them where no label has come */
      referenceScores: `${root}/reference-scores.parquet`,
      trainingLog: `${root}/training.log`,
      /** rows the trainer scored itself, with its answers: the parity gate */
      golden: `${root}/golden.json`,
      /** what the model makes of its features, where the trainer says so */
      importance: `${root}/importance.json`,
      evidence: (name: string) => `${root}/evidence/${name}`,
      quarantine: `${root}/quarantine.json`,
    };
  },
  environment: (model: string, environment: string) => ({
    pointer: `models/${model}/environments/${environment}/pointer.json`,
    ledgerPrefix: `models/${model}/environments/${environment}/ledger/`,
    /** zero-padded so that a listing is in order */
    ledger: (generation: number) => `models/${model}/environments/${environment}/ledger/${String(generation).padStart(10, '0')}.json`,
  }),
  predictionsPrefix: (model: string, environment: string) => `predictions/${model}/${environment}/`,
  predictionsDay: (model: string, environment: string, day: string) => `predictions/${model}/${environment}/${dayOf(day)}/`,
  predictions: (model: string, environment: string, day: string, gateway: string, sequence: number) =>
    `predictions/${model}/${environment}/${dayOf(day)}/${gateway}-${String(sequence).padStart(8, '0')}.parquet`,
  labelsPrefix: (model: string) => `labels/${model}/`,
  labelsDay: (model: string, day: string) => `labels/${model}/${dayOf(day)}/`,
  labels: (model: string, day: string, batch: string) => `labels/${model}/${dayOf(day)}/${batch}.parquet`,
  gatewaysPrefix: (environment: string) => `gateways/${environment}/`,
  gateway: (environment: string, gateway: string) => `gateways/${environment}/${gateway}.json`,
  report: (model: string, kind: string, time: string, extension: 'json' | 'html') => `reports/${model}/${kind}/${time}.${extension}`,
  reportsPrefix: (model: string, kind: string) => `reports/${model}/${kind}/`,
  runState: (dag: string, run: string) => `runs/${dag}/${run}/state.json`,
  shardState: (dag: string, run: string, instance: string) => `runs/${dag}/${run}/shards/${instance}.json`,
  /** what one execution of a run left to the next */
  carriedRun: (dag: string, run: string, execution: string, part: number) => `runs/${dag}/${run}/executions/${execution}-${part}.json`,
  runsPrefix: (dag: string) => `runs/${dag}/`,
  taskLog: (dag: string, run: string, instance: string, attempt: number) => `runs/${dag}/${run}/${instance}/${attempt}.log`,
  /** an output that is too large to travel */
  taskOutput: (dag: string, run: string, instance: string) => `runs/${dag}/${run}/${instance}/output.json`,
  /** … where the same instance has left another one before: tried again, or cleared and run again */
  taskOutputAgain: (dag: string, run: string, instance: string, sha256: string) => `runs/${dag}/${run}/${instance}/output-${sha256}.json`,
  cachedResults: (task: string) => `cache/${task}/`,
  cachedResult: (task: string, hash: string) => `cache/${task}/${hash}.json`,
  /** what the tries of a node hand on from run to run */
  nodeState: (dag: string, node: string) => `state/${dag}/${node}.json`,
  nodeStateNamed: (dag: string, node: string, name: string) => `state/${dag}/${node}/${name}.json`,
  trainingJob: (jobId: string) => `training-jobs/${jobId}.json`,
  /** log of a job that made no version */
  trainingJobLog: (jobId: string) => `training-jobs/${jobId}.log`,
  assets: 'assets/',
  /** @param asset its name as a segment of a key */
  asset: (asset: string) => {
    const root = `assets/${asset}`;
    return {
      /** the newest event */
      last: `${root}/last.json`,
      eventsPrefix: `${root}/events/`,
      /** @param time ISO 8601, so that a listing is in order @param hash of the event's id */
      event: (time: string, hash: string) => `${root}/events/${time}-${hash.slice(0, 16)}.json`,
    };
  },
  dagCurrent: (dag: string) => `dags/${dag}/current.json`,
  dagSpec: (dag: string, hash: string) => `dags/${dag}/${hash}.json`,
  /** what was current, by generation */
  dagHistoryPrefix: (dag: string) => `dags/${dag}/history/`,
  dagHistory: (dag: string, generation: number) => `dags/${dag}/history/${String(generation).padStart(10, '0')}.json`,
  modelSpecCurrent: (model: string) => `models/${model}/specs/current.json`,
  modelSpec: (model: string, hash: string) => `models/${model}/specs/${hash}.json`,
} as const;

/** Prediction id of one row of an answered request: the request's own id when it had one row. */
export const predictionRowId = (predictionId: string, row: number, rows: number): string =>
  rows === 1 ? predictionId : `${predictionId}.${row}`;
