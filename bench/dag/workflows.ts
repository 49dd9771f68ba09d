/** The peer: the same shapes written by hand, in the bundle and on the worker that also run the interpreter. */
import { proxyActivities } from '@temporalio/workflow';
import { TASK_QUEUES } from '../../core/names.js';

export { default } from '../../workflows/dag-run.js';

interface PlainActivities {
  plainNoop(input: object): Promise<null>;
}

const { plainNoop } = proxyActivities<PlainActivities>({
  taskQueue: TASK_QUEUES.data,
  startToCloseTimeout: '1 hour', // what the interpreter gives a task that says nothing
  retry: { maximumAttempts: 1 },
});

export async function chainByHand(length: number): Promise<void> {
  for (let i = 0; i < length; i++) await plainNoop({});
}

export async function fanByHand(width: number): Promise<void> {
  await plainNoop({});
  await Promise.all(Array.from({ length: width }, () => plainNoop({})));
  await plainNoop({});
}
