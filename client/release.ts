/** Which release of the workers new runs go to (Temporal's worker deployments). */
import { ServiceError, isGrpcServiceError, type Client } from '@temporalio/client';
import { setTimeout as sleep } from 'node:timers/promises';
import { RekindleError } from '../core/errors.js';
import type { Config } from '../platform/config.js';

/** gRPC status of a version that does not poll every queue that the current one polls */
const FAILED_PRECONDITION = 9;
const PATIENCE_MS = 60_000;
const POLL_MS = 1_000;

const isNotReady = (error: unknown): boolean => {
  const cause = error instanceof ServiceError ? error.cause : error;
  return isGrpcServiceError(cause) && Number(cause.code) === FAILED_PRECONDITION;
};

/**
 * New runs go to this release; those under way stay with the one that they began with. The first release of all may become
 * current before its workers are up, a later one only when they poll every queue that the one before polls.
 *
 * @param onWait called once, if the workers are not there yet
 * @throws RELEASE_NOT_READY after a minute
 */
export const makeCurrent = async (
  client: Client,
  { deployment, buildId }: NonNullable<Config['release']>,
  onWait: () => void,
): Promise<void> => {
  const deadline = Date.now() + PATIENCE_MS;
  for (let first = true; ; first = false) {
    try {
      await client.workflowService.setWorkerDeploymentCurrentVersion({
        namespace: client.options.namespace,
        deploymentName: deployment,
        buildId,
        allowNoPollers: true,
      });
      return;
    } catch (error) {
      if (!isNotReady(error)) throw error;
      if (Date.now() > deadline)
        throw new RekindleError('RELEASE_NOT_READY', `Release ${buildId} of ${deployment} has no workers for some queue.`, {
          deployment,
          buildId,
        });
      if (first) onWait();
      await sleep(POLL_MS);
    }
  }
};
