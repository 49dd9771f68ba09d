/**
 * `backfill/<dag>/<from>..<to>`: runs a DAG for the firings in a range, some at a time. It is over when the last run has ended; runs
 * that failed are counted and do not keep the others from running. Cancelling it cancels what it runs; so does terminating it.
 */
import {
  ActivityFailure,
  ApplicationFailure,
  CancellationScope,
  CancelledFailure,
  ChildWorkflowCancellationType,
  ChildWorkflowFailure,
  condition,
  continueAsNew,
  defineQuery,
  executeChild,
  isCancellation,
  ParentClosePolicy,
  proxyLocalActivities,
  setCurrentDetails,
  setHandler,
  setWorkflowOptions,
  WorkflowIdReusePolicy,
  workflowInfo,
} from '@temporalio/workflow';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import type { BackfillOrder, DatedInterval, Reprocess } from '../core/dag/backfill.js';
import type { RunInput } from '../core/dag/run-input.js';
import type { TimeSchedule } from '../core/dag/schedule.js';
import type { Json } from '../core/json.js';
import { TASK_QUEUES } from '../core/names.js';

/** What people write. */
export interface BackfillRequest {
  readonly dag: string;
  /** ISO 8601; both ends belong to the range */
  readonly from: string;
  readonly to: string;
  /** of every run */
  readonly params?: Json;
  /** runs at a time; default: as many as the DAG may have active, else 16 */
  readonly concurrency?: number;
  /** default `asc`: the oldest first */
  readonly order?: BackfillOrder;
  /** default `none` */
  readonly reprocess?: Reprocess;
}

/** A request with everything that it left open, pinned when the backfill begins. */
export interface BackfillPlan extends Required<Omit<BackfillRequest, 'params'>> {
  readonly schedule: TimeSchedule;
  /** firings in the range */
  readonly total: number;
}

export interface BackfillRun extends DatedInterval {
  readonly runId: string;
}

/** The next runs to start. */
export interface BackfillChunk {
  readonly runs: readonly BackfillRun[];
  /** dates between them that are left alone */
  readonly skipped: number;
  /** the last date that was looked at; absent when there are no more */
  readonly after?: string;
}

export interface BackfillActivities {
  /** @throws DAG_NOT_FOUND, SCHEDULE_NOT_FOUND, BACKFILL_INVALID */
  planBackfill(request: BackfillRequest): Promise<BackfillPlan>;
  /** @param after of the chunk before */
  nextBackfillRuns(plan: BackfillPlan, after?: string): Promise<BackfillChunk>;
}

interface Counts {
  readonly succeeded: number;
  /** those that were cancelled or terminated one by one included */
  readonly failed: number;
  /** left alone: they had a run */
  readonly skipped: number;
  /** of the first runs that failed */
  readonly failures: readonly string[];
}

export interface BackfillProgress extends Counts {
  readonly dag: string;
  readonly from: string;
  readonly to: string;
  readonly total: number;
  readonly state: 'running' | 'done' | 'cancelled' | 'failed';
  /** ids of the runs under way */
  readonly running: readonly string[];
}

export interface BackfillInput extends BackfillRequest {
  readonly historyLimit?: number;
  readonly carried?: { readonly plan: BackfillPlan; readonly counts: Counts; readonly after: string };
}

export const progress = defineQuery<BackfillProgress>('progress');

const { planBackfill, nextBackfillRuns } = proxyLocalActivities<BackfillActivities>({
  startToCloseTimeout: '1 minute', // some dozens of look-ups
  scheduleToCloseTimeout: '1 hour', // the store or the server may be away for a while
  retry: { maximumInterval: '30 seconds' },
});

/** Events after which the workflow continues as new; Temporal's own limit is 51,200. */
const HISTORY_LIMIT = 4_000;
const NAMED_FAILURES = 20;

// It may go on for weeks: it moves on to the newest release. A worker without one refuses to hear of it.
setWorkflowOptions(() => (workflowInfo().currentDeploymentVersion?.deploymentName ? { versioningBehavior: 'AUTO_UPGRADE' } : {}), backfill);

/** The catalogue's code stays the type of the failure. */
const failureOf = (error: unknown): unknown => {
  const cause = error instanceof ActivityFailure ? error.cause : undefined;
  return cause instanceof ApplicationFailure
    ? ApplicationFailure.create({ type: cause.type ?? 'BACKFILL_INVALID', message: cause.message, nonRetryable: true })
    : error;
};

export async function backfill(input: BackfillInput): Promise<BackfillProgress> {
  const { historyLimit = HISTORY_LIMIT, carried } = input;
  const { dag, from, to, params = {} } = input;
  let plan = carried?.plan;
  let counts: Counts = carried?.counts ?? { succeeded: 0, failed: 0, skipped: 0, failures: [] };
  let after = carried?.after;
  let state: BackfillProgress['state'] = 'running';
  const running = new Set<string>();

  const now = (): BackfillProgress => ({ dag, from, to, total: plan?.total ?? 0, state, ...counts, running: [...running] });
  const tell = (): void => {
    const { succeeded, failed, skipped, total } = now();
    setCurrentDetails(
      `${succeeded + failed + skipped} of ${total} done: ${succeeded} succeeded, ${failed} failed, ${skipped} left alone; ${running.size} running`,
    );
  };
  setHandler(progress, now);

  const fail = (runId: string): void => {
    counts = { ...counts, failed: counts.failed + 1, failures: [...counts.failures, runId].slice(0, NAMED_FAILURES) };
  };

  /** Never rejects. */
  const run = async ({ runId, logicalDate, dataInterval }: BackfillRun): Promise<void> => {
    running.add(runId);
    tell();
    try {
      const dated: RunInput = { logicalDate, dataInterval, kind: 'backfill' };
      await executeChild(dag, {
        workflowId: runId,
        taskQueue: TASK_QUEUES.orchestration,
        args: [params, dated],
        parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL,
        cancellationType: ChildWorkflowCancellationType.WAIT_CANCELLATION_COMPLETED,
        workflowIdReusePolicy: WorkflowIdReusePolicy.REJECT_DUPLICATE,
      });
      counts = { ...counts, succeeded: counts.succeeded + 1 };
    } catch (error) {
      // the schedule was faster: its run is the answer
      if (error instanceof WorkflowExecutionAlreadyStartedError) counts = { ...counts, skipped: counts.skipped + 1 };
      else if (error instanceof ChildWorkflowFailure || !isCancellation(error)) fail(runId);
    } finally {
      running.delete(runId);
      tell();
    }
  };

  const isLong = (): boolean => workflowInfo().historyLength > historyLimit || workflowInfo().continueAsNewSuggested;

  /** @returns whether all dates of the range were looked at */
  const work = async (all: BackfillPlan): Promise<boolean> => {
    while (!isLong()) {
      const chunk = await nextBackfillRuns(all, after);
      counts = { ...counts, skipped: counts.skipped + chunk.skipped };
      tell();
      for (const next of chunk.runs) {
        await condition(() => running.size < all.concurrency);
        void run(next);
      }
      if (chunk.after === undefined) return true;
      after = chunk.after;
    }
    return false;
  };

  let done: boolean;
  try {
    const { historyLimit: _limit, carried: _carried, params: _params, ...request } = input;
    plan ??= await planBackfill(request);
    done = await work(plan);
    // children do not outlive the execution that started them, not even one that continues as new
    await condition(() => running.size === 0);
  } catch (error) {
    state = isCancellation(error) ? 'cancelled' : 'failed';
    await CancellationScope.nonCancellable(() => condition(() => running.size === 0));
    if (isCancellation(error)) throw new CancelledFailure(`The backfill of '${dag}' was cancelled.`);
    throw failureOf(error);
  }
  if (!done) await continueAsNew<typeof backfill>({ ...input, carried: { plan, counts, after: after! } });
  state = 'done';
  tell();
  return now();
}
