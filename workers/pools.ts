/** What a worker does for the workflows of pools. */
import { WorkflowNotFoundError, type Client } from '@temporalio/client';
import type { PoolActivities } from '../workflows/pool.js';

/** Questions to Temporal at a time. */
const AT_ONCE = 20;

export const poolActivities = (client: Client): PoolActivities => {
  const isRunning = async ({ run, chain }: { readonly run: string; readonly chain: string }): Promise<boolean> => {
    try {
      const { status, raw } = await client.workflow.getHandle(run).describe();
      const first = raw.workflowExecutionInfo?.firstRunId;
      return status.name === 'RUNNING' && (!first || first === chain);
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) return false;
      throw error;
    }
  };
  return {
    areRunning: async (runs) => {
      const answers: boolean[] = [];
      for (let i = 0; i < runs.length; i += AT_ONCE) answers.push(...(await Promise.all(runs.slice(i, i + AT_ONCE).map(isRunning))));
      return answers;
    },
  };
};
