/** The peer: the same shapes written by hand, in the bundle and on the worker that also run the interpreter. */
import { proxyActivities, proxyLocalActivities } from '@temporalio/workflow';
import { TASK_QUEUES } from '../../core/names.js';

export * from '../../workflows/index.js';
export { default } from '../../workflows/index.js';

interface PlainActivities {
  plainNoop(input: object): Promise<null>;
  plainMark(input: object): Promise<null>;
}

const { plainNoop, plainMark } = proxyActivities<PlainActivities>({
  taskQueue: TASK_QUEUES.data,
  startToCloseTimeout: '1 hour', // what the interpreter gives a task that says nothing
  retry: { maximumAttempts: 1 },
});
const local = proxyLocalActivities<PlainActivities>({ startToCloseTimeout: '1 hour', retry: { maximumAttempts: 1 } });

export async function chainByHand(length: number): Promise<void> {
  for (let i = 0; i < length; i++) await plainNoop({});
}

export async function localChainByHand(length: number): Promise<void> {
  for (let i = 0; i < length; i++) await local.plainNoop({});
}

export async function fanByHand(width: number): Promise<void> {
  await plainNoop({});
  await Promise.all(Array.from({ length: width }, () => plainNoop({})));
  await plainNoop({});
}

export async function oneByHand(): Promise<void> {
  await plainMark({});
}

export async function diamondByHand(): Promise<void> {
  const three = (): Promise<unknown> => Promise.all([plainNoop({}), plainNoop({}), plainNoop({})]);
  await plainNoop({});
  await three();
  await plainNoop({});
  await three();
  await plainNoop({});
  await plainNoop({});
}
