/** What every activity of a worker leaves in the log: who ran, how long, how it ended. */
import type { ActivityInterceptorsFactory } from '@temporalio/worker';
import type { Logger } from '../platform/logger.js';

export const logged =
  (logger: Logger): ActivityInterceptorsFactory =>
  ({ info }) => {
    const who = {
      workflow: info.workflowExecution?.workflowId,
      activity: info.activityId,
      type: info.activityType,
      queue: info.taskQueue,
      attempt: info.attempt,
    };
    return {
      inbound: {
        execute: async (input, next) => {
          const since = performance.now();
          const done = (outcome: string): object => ({
            ...who,
            event: { outcome, duration: Math.round((performance.now() - since) * 1e6) },
          });
          try {
            const answer = await next(input);
            if (logger.isLevelEnabled('debug')) logger.debug(done('success'), 'task done');
            return answer;
          } catch (error) {
            logger.warn({ ...done('failure'), err: error }, 'task failed');
            throw error;
          }
        },
      },
    };
  };
