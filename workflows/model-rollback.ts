/** A rollback as the model's workflow carries it out: stop what could deploy, go back, see that every gateway has. */
import {
  ActivityFailure,
  ApplicationFailure,
  getExternalWorkflowHandle,
  log,
  proxyActivities,
  proxyLocalActivities,
  workflowInfo,
  type LocalActivityOptions,
} from '@temporalio/workflow';
import type { ModelActivities } from '../activities/model-door.js';
import { ERRORS } from '../core/errors.js';
import { eventTimeMs } from '../core/event-time.js';
import type { RollbackStatus } from './messages.js';

/** A rollback that was asked for. */
export interface Cord {
  readonly ids: string[];
  readonly reason: string;
  readonly actor: string;
  readonly at: string;
  readonly to?: string;
}

const quick: LocalActivityOptions = { startToCloseTimeout: '10 seconds', scheduleToCloseTimeout: '30 seconds' };
const { modelPolicy, servingNow } = proxyLocalActivities<ModelActivities>(quick);
// In the worker that has the workflow: a rollback waits for no queue and for nobody's slot.
const { rollbackModel } = proxyLocalActivities<ModelActivities>({
  startToCloseTimeout: '30 seconds', // some reads and writes of small objects
  scheduleToCloseTimeout: '5 minutes', // by then on-call must know that the store does not answer
  retry: { initialInterval: '200 ms', maximumInterval: '5 seconds' },
});
const { verifyServed } = proxyActivities<ModelActivities>({
  startToCloseTimeout: '1 minute',
  heartbeatTimeout: '15 seconds',
  retry: { maximumAttempts: 3, initialInterval: '200 ms' }, // the pointer has moved already: a gateway that is late for so long is broken
});
const { awaitRun } = proxyActivities<ModelActivities>({
  startToCloseTimeout: '30 days', // as long as a run takes; after that it is asked again
  heartbeatTimeout: '15 seconds', // a killed worker is replaced before anybody waits for the lock
  retry: { initialInterval: '200 ms', maximumInterval: '10 seconds' },
});
export const doorActivities = { modelPolicy, awaitRun };

/** Why an activity failed: in our words, code first. */
export const reasonOf = (error: unknown): string => {
  const cause = error instanceof ActivityFailure ? error.cause : error;
  if (!(cause instanceof Error)) return String(cause);
  const code = cause instanceof ApplicationFailure && cause.type && Object.hasOwn(ERRORS, cause.type) ? `${cause.type}: ` : '';
  return cause.message.startsWith(code) ? cause.message : code + cause.message;
};

export const cancelRun = async (runId: string): Promise<void> => {
  try {
    await getExternalWorkflowHandle(runId).cancel();
  } catch (error) {
    log.info('the run is over or has not begun', { runId, reason: reasonOf(error) });
  }
};

/**
 * Never throws: how far it came is told to `tell`.
 *
 * @param running the run under way: nothing that it does may reach production any more
 */
export const rollBack = async (
  model: string,
  cord: Cord,
  running: string | undefined,
  tell: (status: RollbackStatus) => void,
): Promise<void> => {
  const { ids, reason, actor, at, to } = cord;
  let status: RollbackStatus = {
    ...{ ids, reason, actor, at, state: 'under_way' },
    ...{ from: null, to: to ?? null, generation: null, gateways: [], seconds: null, error: null },
  };
  const came = (more: Partial<RollbackStatus>): void => {
    status = { ...status, ...more, seconds: (Date.now() - eventTimeMs(at)) / 1000 };
    tell(status);
  };
  tell(status);
  let committed = false;
  try {
    const pulled = await servingNow(model);
    if (running !== undefined) await cancelRun(running);
    const decisionId = `${workflowInfo().runId}/rollback/${at}/${to ?? ''}`;
    const done = await rollbackModel({ model, pulled, decisionId, actor, reason, ...(to === undefined ? {} : { to }) });
    committed = true;
    came({ ...done, state: 'committed' });
    came({ gateways: await verifyServed({ model, generation: done.generation }), state: 'verified' });
    log.warn('rolled back', { ...done, actor, reason });
  } catch (error) {
    came({ state: committed ? 'unverified' : 'failed', error: reasonOf(error) });
  }
};
