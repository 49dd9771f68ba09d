/**
 * `assets/<dag>`: collects what has come for a DAG that waits for assets, and starts its runs. One for each such DAG, for as long as
 * the DAG is published; before its history grows long it continues as new with what waits.
 */
import {
  condition,
  continueAsNew,
  log,
  ParentClosePolicy,
  setCurrentDetails,
  setHandler,
  setWorkflowOptions,
  startChild,
  uuid4,
  WorkflowIdReusePolicy,
  workflowInfo,
} from '@temporalio/workflow';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import { checkAssetSchedule } from '../core/dag/asset.js';
import { readAssetEvent } from '../core/dag/asset-event.js';
import { partitionOf } from '../core/dag/asset-partition.js';
import * as queues from '../core/dag/asset-queue.js';
import { sha256 } from '../core/dag/hash.js';
import type { AssetEvent, RunInput } from '../core/dag/run-input.js';
import { eventTime } from '../core/event-time.js';
import { assetRunId } from '../core/names.js';
import * as messages from './asset-messages.js';

/** What the interpreter asks of the orchestration worker when a task that produces assets has succeeded. */
export interface AssetActivities {
  /** Stores the events and tells every DAG that waits for them. Idempotent by the events' ids. */
  announce(events: readonly AssetEvent[]): Promise<void>;
}

/** Events of history after which the workflow continues as new; Temporal's own limit is 51,200. */
const HISTORY_LIMIT = 4_000;
/** Runs that are started at once. */
const AT_ONCE = 100;
/** Characters of JSON that may be handed on beside the queue; Temporal allows 2 MB in all. */
const LARGEST_DUE = 500_000;
const KEPT_STARTED = 20;

/** What one run of this workflow hands to the next. */
interface Carried {
  readonly queue: queues.AssetQueue;
  readonly due: readonly queues.DueRun[];
  readonly started: readonly messages.StartedRun[];
}

export interface AssetsInput extends queues.Declaration {
  readonly dag: string;
  readonly carried?: Carried;
  readonly historyLimit?: number;
}

const now = (): string => eventTime(Date.now());

const textOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** Shown in Temporal's Web UI. */
const details = ({ waiting, paused }: queues.Pending): string => {
  const lines = waiting.map(({ partition, waitsFor }) => `- ${partition === undefined ? '' : `${partition}: `}${waitsFor || 'complete'}`);
  return [paused ? `**Paused** since ${paused.at}: ${paused.reason}` : 'Waits for', ...lines].join('\n');
};

// It lives as long as its DAG: unlike a run, which stays with the release that it began with, it moves on to the newest one. A worker
// without a release refuses to hear of it.
setWorkflowOptions(() => (workflowInfo().currentDeploymentVersion?.deploymentName ? { versioningBehavior: 'AUTO_UPGRADE' } : {}), assets);

export async function assets({ dag, when, partitioned, carried, historyLimit = HISTORY_LIMIT }: AssetsInput): Promise<void> {
  let { queue, started } = carried ?? { queue: queues.emptyQueue({ when, partitioned }), started: [] };
  const due = [...(carried?.due ?? [])];

  const become = (next: queues.AssetQueue, more: readonly queues.DueRun[] = []): void => {
    queue = next;
    due.push(...more);
    setCurrentDetails(details(queues.pendingOf(queue)));
  };
  const settle = (step: queues.Step): void => become(step.queue, step.due);

  /** A signal cannot answer: what it says wrongly is recorded for `pending`. */
  const reading =
    (accept: (payload: unknown) => void) =>
    (payload?: unknown): void => {
      try {
        accept(payload);
      } catch (error) {
        const asset = (payload as { asset?: unknown } | null | undefined)?.asset;
        become(queues.refuse(queue, { at: now(), source: 'signal', asset: typeof asset === 'string' ? asset : '' }, textOf(error)));
      }
    };

  setHandler(messages.pending, () => ({ dag, ...queues.pendingOf(queue), started }));
  setHandler(
    messages.event,
    reading((sent) => settle(queues.receive(queue, readAssetEvent(sent, { at: now(), source: 'signal', id: uuid4() })))),
  );
  setHandler(
    messages.declare,
    reading((declared) => {
      const declaration = declared as queues.Declaration;
      checkAssetSchedule({ kind: 'assets', when: declaration.when, ...(declaration.partitioned ? { partitioned: true } : {}) });
      settle(queues.declare(queue, { when: declaration.when, partitioned: declaration.partitioned === true }));
    }),
  );
  setHandler(
    messages.pause,
    reading((given) => become(queues.pause(queue, { at: now(), ...messages.PauseAssets.parse(given) }))),
  );
  setHandler(messages.unpause, () => settle(queues.unpause(queue)));
  setHandler(
    messages.reset,
    reading((given) => {
      const { partition } = messages.ResetAssets.parse(given);
      become(queues.reset(queue, partition === undefined ? undefined : partitionOf(partition)));
    }),
  );
  become(queue);

  const start = async ({ key, events, partition, dataInterval }: queues.DueRun): Promise<void> => {
    const runId = assetRunId(dag, partition ?? events.at(-1)!.at, sha256(key));
    const input: RunInput = {
      kind: 'triggered',
      events,
      ...(partition === undefined ? {} : { logicalDate: partition }),
      ...(dataInterval === undefined ? {} : { dataInterval }),
    };
    try {
      await startChild(dag, {
        workflowId: runId,
        args: [{}, input],
        parentClosePolicy: ParentClosePolicy.ABANDON, // a run outlives what started it: this workflow continues as new meanwhile
        workflowIdReusePolicy: WorkflowIdReusePolicy.REJECT_DUPLICATE,
      });
    } catch (error) {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error; // the same event: that run is the answer
      log.info('the run has begun before', { runId });
    }
    started = [...started, { runId, at: now(), ...(partition === undefined ? {} : { partition }), events: events.length }].slice(
      -KEPT_STARTED,
    );
  };

  const isLong = (): boolean => workflowInfo().historyLength > historyLimit || workflowInfo().continueAsNewSuggested;
  // a stream of events must not keep this run alive; what is due goes along unless there is too much of it
  const isTime = (): boolean => isLong() && (due.length === 0 || JSON.stringify(due).length <= LARGEST_DUE);

  while (!isTime()) {
    await condition(() => due.length > 0 || isTime());
    await Promise.all(due.splice(0, AT_ONCE).map(start));
  }
  await continueAsNew<typeof assets>({
    dag,
    when: queue.when,
    partitioned: queue.partitioned,
    historyLimit,
    carried: { queue, due, started },
  });
}
