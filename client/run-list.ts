/** Which runs there are, from Temporal's index. */
import { ServiceError, type Client, type WorkflowExecutionInfo, type WorkflowExecutionStatusName } from '@temporalio/client';
import type { RunInfo } from '../core/ports.js';
import { RESERVED_DAG_IDS, SEARCH_ATTRIBUTES, TASK_QUEUES } from '../core/names.js';

export type RunKind = RunInfo['kind'];

export interface RunSummary {
  readonly dag: string;
  readonly runId: string;
  readonly state: 'running' | 'success' | 'failed';
  readonly kind: RunKind;
  /** ISO 8601, as all times here */
  readonly logicalDate: string;
  readonly start: string;
  readonly end: string | null;
}

const STATES: Partial<Record<WorkflowExecutionStatusName, RunSummary['state']>> = { RUNNING: 'running', COMPLETED: 'success' };
const STATUSES: Readonly<Record<RunSummary['state'], readonly string[]>> = {
  running: ['Running'],
  success: ['Completed'],
  failed: ['Failed', 'Canceled', 'Terminated', 'TimedOut'],
};

export interface ListOptions {
  readonly dag?: string | undefined;
  /** default 50 */
  readonly limit?: number;
  readonly state?: RunSummary['state'] | undefined;
  readonly kind?: RunKind | undefined;
  /** ISO 8601: logical dates from, and up to; both belong to the range */
  readonly since?: string | undefined;
  readonly until?: string | undefined;
}

const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`;

/** @param date the index by which to find dates */
const queryOf = ({ dag, state, since, until }: ListOptions, date: string): string =>
  [
    `TaskQueue = ${quoted(TASK_QUEUES.orchestration)}`,
    dag === undefined ? `WorkflowType NOT IN (${RESERVED_DAG_IDS.map(quoted).join(', ')})` : `WorkflowType = ${quoted(dag)}`,
    // a run that has gone on in another execution is that execution
    state === undefined ? "ExecutionStatus != 'ContinuedAsNew'" : `ExecutionStatus IN (${STATUSES[state].map(quoted).join(', ')})`,
    ...(since === undefined ? [] : [`${date} >= ${quoted(since)}`]),
    ...(until === undefined ? [] : [`${date} <= ${quoted(until)}`]),
  ].join(' AND ');

type Attributes = Readonly<Record<string, readonly unknown[] | undefined>>;

const timeOf = (value: unknown): string | undefined => {
  if (value instanceof Date) return value.toISOString();
  return typeof value === 'string' ? value : undefined;
};

/** What the index knows of a run; of a server without our attributes, what can be told from outside. */
const summaryOf = (info: WorkflowExecutionInfo): RunSummary => {
  const { type, workflowId, status, startTime, closeTime, parentExecution } = info;
  const attributes = info.searchAttributes as Attributes;
  const first = (name: string): unknown => attributes[name]?.[0];
  const kind = first(SEARCH_ATTRIBUTES.kind) as RunKind | undefined;
  const fired = timeOf(first('TemporalScheduledStartTime'));
  return {
    dag: type,
    runId: workflowId,
    state: STATES[status.name] ?? 'failed',
    kind: kind ?? (fired !== undefined ? 'scheduled' : parentExecution ? 'triggered' : 'manual'),
    logicalDate: timeOf(first(SEARCH_ATTRIBUTES.logicalDate)) ?? fired ?? startTime.toISOString(),
    start: startTime.toISOString(),
    end: closeTime?.toISOString() ?? null,
  };
};

const INVALID_ARGUMENT = 3;
const isUnknownAttribute = (error: unknown): boolean =>
  error instanceof ServiceError && (error.cause as { readonly code?: unknown } | undefined)?.code === INVALID_ARGUMENT;

const found = async (client: Client, options: ListOptions, date: string): Promise<RunSummary[]> => {
  const { limit = 50, kind } = options;
  const runs: RunSummary[] = [];
  for await (const info of client.workflow.list({ query: queryOf(options, date), pageSize: Math.min(limit, 1000) })) {
    const run = summaryOf(info);
    if (kind === undefined || run.kind === kind) runs.push(run);
    if (runs.length >= limit) break;
  }
  return runs;
};

/** Newest first, as Temporal's index has them: a run that has just begun may be missing for a moment. */
export const listRuns = async (client: Client, options: ListOptions = {}): Promise<RunSummary[]> => {
  if (options.since === undefined && options.until === undefined) return found(client, options, 'StartTime');
  try {
    return await found(client, options, SEARCH_ATTRIBUTES.logicalDate);
  } catch (error) {
    if (!isUnknownAttribute(error)) throw error;
    return found(client, options, 'StartTime'); // a server that nobody has told of our attributes
  }
};
