/** What the interpreter asks of the orchestration worker, and of other executions of itself. */
import {
  ChildWorkflowCancellationType,
  executeChild,
  ParentClosePolicy,
  proxyActivities,
  proxyLocalActivities,
} from '@temporalio/workflow';
import type { StartShard } from '../core/dag/actions.js';
import type { Seed } from '../core/dag/run-input.js';
import type { DagSpec } from '../core/dag/spec.js';
import type { DataActivities } from '../core/dag/wire.js';
import type { RunInfo } from '../core/ports.js';
import { TASK_QUEUES } from '../core/names.js';
import type { OrchestrationActivities, PastActivities } from './activities.js';
import type { AssetActivities } from './assets.js';
import type { ShardInput, ShardResult } from './shard.js';

export const actions = proxyLocalActivities<Omit<OrchestrationActivities, 'saveRun' | 'loadRun'> & DataActivities>({
  startToCloseTimeout: '10 seconds', // a look-up in memory, one small object to write
  retry: { maximumAttempts: 5 },
});

/** A run that goes on in another execution waits for the store, however long that is away. */
export const { saveRun, loadRun } = proxyLocalActivities<OrchestrationActivities>({
  startToCloseTimeout: '30 seconds',
  retry: { maximumInterval: '1 minute' },
});

/** What waits for an asset must hear of it, however long the store or a workflow is away. */
export const { announce } = proxyLocalActivities<AssetActivities>({
  startToCloseTimeout: '30 seconds',
  scheduleToCloseTimeout: '1 hour',
  retry: { maximumInterval: '1 minute' },
});

/** Asked again by the server until the run before has done its part: no history, no slot. */
export const { awaitPast } = proxyActivities<PastActivities>({
  taskQueue: TASK_QUEUES.orchestration,
  startToCloseTimeout: '30 seconds',
  retry: { initialInterval: '1 second', backoffCoefficient: 1.5, maximumInterval: '1 minute' },
});

export const runShard = (
  { instance, slice }: StartShard,
  info: RunInfo,
  hash: string,
  { id, priority, maxActiveTasks }: DagSpec,
  seed: Seed | undefined,
): Promise<ShardResult> => {
  const input: ShardInput = {
    instance,
    slice,
    run: info,
    hash,
    dag: { id, ...(priority === undefined ? {} : { priority }), ...(maxActiveTasks === undefined ? {} : { maxActiveTasks }) },
    ...(seed ? { seed } : {}),
  };
  return executeChild<(input: ShardInput) => Promise<ShardResult>>('shard', {
    workflowId: `${info.id}/${instance}`,
    taskQueue: TASK_QUEUES.orchestration,
    args: [input],
    parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL,
    cancellationType: ChildWorkflowCancellationType.WAIT_CANCELLATION_COMPLETED,
  });
};
