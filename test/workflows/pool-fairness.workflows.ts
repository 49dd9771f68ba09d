import { scheduleActivity } from '@temporalio/workflow';
import { queuePriorityOf } from '../../core/dag/pool-requests.js';

/** So many tasks of a DAG at once; each says its name when it is done. */
export async function burst(dag: string, priority: number, count: number, taskQueue: string): Promise<void> {
  await Promise.all(
    Array.from({ length: count }, (_, i) =>
      scheduleActivity('done', [`${dag} ${i}`], {
        ...{ taskQueue, startToCloseTimeout: '1 minute', activityId: `${i}` },
        priority: queuePriorityOf({ id: dag, priority }),
      }),
    ),
  );
}
