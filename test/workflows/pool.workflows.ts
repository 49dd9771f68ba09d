/** What the worker of the tests runs: pools, and runs that take slots and give them back as the test says. */
import { condition, continueAsNew, defineQuery, defineSignal, setHandler } from '@temporalio/workflow';
import type { PoolRequest } from '../../core/dag/pool-requests.js';
import { PoolClient, type Lease, type SavedPoolClient, type WaitingForPool } from '../../workflows/pool-client.js';

export { pool } from '../../workflows/pool.js';

export interface Taken {
  readonly held: readonly string[];
  readonly waiting: readonly WaitingForPool[];
  /** code and message by instance */
  readonly failed: Readonly<Record<string, string>>;
  readonly renewed: boolean;
}

export const take = defineSignal<[readonly string[], readonly PoolRequest[]]>('take');
export const give = defineSignal<[readonly string[]]>('give');
/** Continues as new with what it holds and waits for. */
export const renew = defineSignal('renew');
export const end = defineSignal('end');
export const taken = defineQuery<Taken>('taken');

type Wish = readonly [instance: string, requests: readonly PoolRequest[]];

interface TakerInput {
  readonly dag?: string;
  readonly reminderMs?: number;
  readonly saved?: SavedPoolClient;
  readonly wishes?: readonly Wish[];
}

export async function taker({ dag = 'taker', saved, wishes = [], reminderMs = 600_000 }: TakerInput = {}): Promise<void> {
  const pools = new PoolClient({ dag, saved, reminderMs });
  const wished: Wish[] = [];
  const held = new Map<string, Lease>();
  const failed: Record<string, string> = {};
  let next: 'renew' | 'end' | undefined;

  const wish = (instance: string, requests: readonly PoolRequest[]): void => {
    wished.push([instance, requests]);
    pools.acquire(requests, instance).then(
      (lease) => void held.set(instance, lease),
      (error: Error & { type?: string }) => (failed[instance] = `${error.type ?? error.name}: ${error.message}`),
    );
  };
  setHandler(taken, () => ({ held: [...held.keys()], waiting: pools.waiting, failed, renewed: saved !== undefined }));
  setHandler(take, (instances, requests) => instances.forEach((instance) => wish(instance, requests)));
  setHandler(give, (instances) =>
    instances.forEach((instance) => {
      held.get(instance)?.release();
      held.delete(instance);
      wished.splice(
        wished.findIndex(([own]) => own === instance),
        1,
      );
    }),
  );
  setHandler(renew, () => void (next = 'renew'));
  setHandler(end, () => void (next = 'end'));
  for (const [instance, requests] of wishes) wish(instance, requests);
  try {
    await condition(() => next !== undefined);
  } finally {
    if (next === 'renew') {
      pools.park();
      await pools.settled();
    } else await pools.close();
  }
  if (next === 'renew') await continueAsNew<typeof taker>({ dag, reminderMs, saved: pools.save(), wishes: wished });
}
