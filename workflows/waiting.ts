/** Waiting without a worker: sleeps, approvals, child runs. All are timers and events of the server. */
import {
  ApplicationFailure,
  ChildWorkflowCancellationType,
  executeChild,
  ParentClosePolicy,
  sleep,
  type ChildWorkflowOptions,
} from '@temporalio/workflow';
import type { StartWorkflow } from '../core/dag/actions.js';
import { durationMs } from '../core/duration.js';
import { noSleep, wakesAt as timeOf } from '../core/dag/wakes-at.js';
import type { RunInput } from '../core/dag/run-input.js';
import type { Json } from '../core/json.js';
import type { RunInfo } from '../core/ports.js';
import { TASK_QUEUES } from '../core/names.js';
import { summaryOf } from './task-activity.js';

/** When a sleep that began at `sinceMs` ends, ms since the epoch. @throws ApplicationFailure SLEEP_INVALID */
export const wakesAt = (how: Json, sinceMs: number): number => {
  const ms = timeOf(how, sinceMs);
  if (ms === undefined) throw ApplicationFailure.nonRetryable(noSleep(how), 'SLEEP_INVALID');
  return ms;
};

export const sleepUntil = async (ms: number): Promise<void> => {
  const left = ms - Date.now();
  if (left > 0) await sleep(left);
};

/** A child DAG is meant for the same time as its parent. */
const runInput = ({ logicalDate, dataInterval }: RunInfo): RunInput => ({ logicalDate, dataInterval, kind: 'triggered' });

/** @returns what the child run returned */
export const runChild = ({ spec, instance, input }: StartWorkflow, info: RunInfo): Promise<Json> => {
  const options: ChildWorkflowOptions & { args: unknown[] } = {
    workflowId: `${info.id}/${instance}`,
    taskQueue: spec.queue ?? TASK_QUEUES.orchestration,
    args: spec.dag ? [input, runInput(info)] : [input],
    parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL,
    cancellationType: ChildWorkflowCancellationType.WAIT_CANCELLATION_COMPLETED,
  };
  if (spec.timeout !== undefined) options.workflowExecutionTimeout = durationMs(spec.timeout);
  if (spec.doc !== undefined) options.staticSummary = summaryOf(spec.doc);
  return executeChild(spec.type, options).then((output: unknown) => (output ?? null) as Json);
};
