/** Backfills from outside: start, watch, cancel. */
import { WorkflowExecutionAlreadyStartedError, WorkflowFailedError, type Client } from '@temporalio/client';
import { RekindleError } from '../core/errors.js';
import { eventTime, eventTimeMs } from '../core/event-time.js';
import { backfillId, backfillPrefix, TASK_QUEUES } from '../core/names.js';
import type { ObjectStore } from '../core/ports.js';
import type { BackfillInput, BackfillProgress, BackfillRequest } from '../workflows/backfill.js';
import { planBackfill } from './backfill-plan.js';

export { backfillDates, type BackfillDate } from './backfill-plan.js';
export type { BackfillProgress, BackfillRequest } from '../workflows/backfill.js';

/** @param once also when an earlier one of the same range has ended @throws WorkflowExecutionAlreadyStartedError */
export const startUnchecked = async (client: Client, request: BackfillRequest, once = false): Promise<string> => {
  const workflowId = backfillId(request.dag, eventTime(eventTimeMs(request.from)), eventTime(eventTimeMs(request.to)));
  await client.workflow.start<(input: BackfillInput) => Promise<BackfillProgress>>('backfill', {
    workflowId,
    taskQueue: TASK_QUEUES.orchestration,
    args: [request],
    workflowIdReusePolicy: once ? 'REJECT_DUPLICATE' : 'ALLOW_DUPLICATE',
  });
  return workflowId;
};

/**
 * @returns the backfill's id
 * @throws as {@link planBackfill}, and BACKFILL_RUNNING if one of the same range is under way
 */
export const startBackfill = async (client: Client, objects: ObjectStore, request: BackfillRequest): Promise<string> => {
  await planBackfill(objects, request); // whoever asks is told what is wrong, not the workflow
  try {
    return await startUnchecked(client, request);
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    const { dag, from, to } = request;
    throw new RekindleError('BACKFILL_RUNNING', `A backfill of '${dag}' from ${from} to ${to} is under way.`, { dag, from, to });
  }
};

export const backfillProgress = (client: Client, id: string): Promise<BackfillProgress> =>
  client.workflow.getHandle(id).query<BackfillProgress, []>('progress');

/**
 * Waits for the end of a backfill.
 *
 * @returns how far it came: failed runs or a cancellation do not reject
 */
export const backfillEnded = async (client: Client, id: string): Promise<BackfillProgress> => {
  try {
    return (await client.workflow.getHandle(id).result()) as BackfillProgress;
  } catch (error) {
    if (!(error instanceof WorkflowFailedError)) throw error;
    return backfillProgress(client, id);
  }
};

const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`;

/** Ids of the backfills of a DAG that are under way; one that has just begun may be missing for a moment. */
export const runningBackfills = async (client: Client, dag: string): Promise<string[]> => {
  const query = `WorkflowType = 'backfill' AND ExecutionStatus = 'Running' AND WorkflowId STARTS_WITH ${quoted(backfillPrefix(dag))}`;
  const ids: string[] = [];
  for await (const { workflowId } of client.workflow.list({ query })) ids.push(workflowId);
  return ids;
};

/** Cancels a backfill and the runs that it has under way. */
export const cancelBackfill = async (client: Client, id: string): Promise<void> => void (await client.workflow.getHandle(id).cancel());
