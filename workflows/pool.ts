/**
 * `pool/<name>`: the slots that tasks of all runs share. One workflow for each pool, for ever; one that a DAG's own limit has made ends
 * when nobody has wanted it for a while.
 */
import {
  allHandlersFinished,
  ApplicationFailure,
  condition,
  continueAsNew,
  log,
  proxyLocalActivities,
  setCurrentDetails,
  setHandler,
  setWorkflowOptions,
  sleep,
  workflowInfo,
} from '@temporalio/workflow';
import { Pool, type PoolAnswer, type SavedPool } from '../core/dag/pool.js';
import { isDeclaredPool } from '../core/names.js';
import { deliver, Outbox } from './outbox.js';
import * as messages from './pool-messages.js';

export interface PoolActivities {
  /**
   * Which of these runs are under way?
   *
   * @param runs workflow id, and id of the first execution of its chain: another run with the same id is another run
   * @returns in their order
   */
  areRunning(runs: readonly { readonly run: string; readonly chain: string }[]): Promise<boolean[]>;
}

const { areRunning } = proxyLocalActivities<PoolActivities>({
  startToCloseTimeout: '10 seconds', // some look-ups; whoever asks for slots meanwhile waits
  scheduleToCloseTimeout: '1 minute', // the next check comes soon enough
});

/** When to do what nobody asks for, in ms. */
export interface PoolPace {
  /** between two looks at the runs, while some hold slots that others wait for */
  readonly contended: number;
  /** … otherwise */
  readonly calm: number;
  /** that nobody wants a pool which nobody has declared */
  readonly idle: number;
}

const PACE: PoolPace = { contended: 30_000, calm: 5 * 60_000, idle: 10 * 60_000 };

/** Events after which the workflow continues as new; Temporal's own limit is 51,200. */
const HISTORY_LIMIT = 4_000;

export interface PoolInput {
  readonly name: string;
  readonly slots?: number;
  readonly doc?: string;
  readonly pace?: PoolPace;
  readonly historyLimit?: number;
  readonly carried?: { readonly pool: SavedPool; readonly unsent: readonly PoolAnswer[]; readonly dropped: boolean };
}

// It lives for ever: it moves on to the newest release. A worker without one refuses to hear of it.
setWorkflowOptions(() => (workflowInfo().currentDeploymentVersion?.deploymentName ? { versioningBehavior: 'AUTO_UPGRADE' } : {}), pool);

export async function pool(input: PoolInput): Promise<void> {
  const { name, pace = PACE, historyLimit = HISTORY_LIMIT, carried } = input;
  const slots = new Pool(name, input.slots ?? 0, carried?.pool);
  let doc = input.doc ?? null;
  let dropped = carried?.dropped ?? false;
  /** asks whether the runs are still under way */
  let looking = false;

  const outbox: Outbox<Omit<PoolAnswer, 'run'>> = new Outbox(async (run, answers) => {
    const chain = slots.chainOf(run);
    const heard = await deliver(run, messages.poolAnswer, { pool: name, answers });
    if (!heard && chain !== undefined) tell(slots.gone(run, chain, Date.now()));
  });
  const tell = (answers: readonly PoolAnswer[]): void => {
    for (const { run, ...answer } of answers) outbox.put(run, answer);
    setCurrentDetails(`${slots.used} of ${slots.slots} slots used, ${slots.waiting} waiting`);
  };
  const isUsed = (): boolean => slots.used + slots.waiting > 0;
  const status = (): messages.PoolStatus => ({ pool: name, doc, ...slots.state() });

  setHandler(messages.poolStatus, status);
  setHandler(messages.poolAsk, (payload) => {
    const { data: ask, error } = messages.AskMessage.safeParse(payload);
    if (ask) tell(slots.hear(ask, Date.now()));
    else log.warn('nobody understands this request for slots', { error: String(error) });
  });
  setHandler(
    messages.declarePool,
    (declared) => {
      doc = declared.doc ?? doc;
      tell(slots.resize(declared.slots, Date.now()));
      return status();
    },
    {
      validator: (declared) => {
        const { error } = messages.DeclareMessage.safeParse(declared);
        if (error)
          throw ApplicationFailure.nonRetryable(`Pool '${name}': ${error.issues.map((issue) => issue.message).join('; ')}.`, 'USAGE');
      },
    },
  );
  setHandler(
    messages.dropPool,
    () => {
      tell(slots.close());
      dropped = true;
    },
    {
      validator: ({ force }) => {
        if (force || !isUsed()) return;
        const message = `Pool '${name}' is in use: ${slots.used} slots are held, ${slots.waiting} requests wait.`;
        throw ApplicationFailure.nonRetryable(message, 'POOL_IN_USE', { details: [{ pool: name }] });
      },
    },
  );
  tell(carried?.unsent ?? []);

  /** A run that is terminated or times out gives nothing back: its slots and its places are taken from it. */
  const look = async (): Promise<void> => {
    looking = true;
    try {
      const runs = slots.runs();
      const running = await areRunning(runs);
      for (const [i, { run, chain }] of runs.entries())
        if (running[i] === false) {
          log.warn('a run has ended without a word', { run });
          tell(slots.gone(run, chain, Date.now()));
        }
    } catch (error) {
      log.warn('nobody knows whether its runs are still under way', { error: String(error) });
    } finally {
      looking = false;
    }
  };

  const watching = async (): Promise<never> => {
    for (let last = Date.now(); ; last = Date.now()) {
      await condition(isUsed);
      const isContended = await condition(() => slots.used > 0 && slots.waiting > 0, pace.calm);
      if (isContended) await sleep(Math.max(1, last + pace.contended - Date.now()));
      if (isUsed()) await look();
    }
  };

  const isWanted = (): boolean => isUsed() || !outbox.empty;
  const ending = async (): Promise<'ended'> => {
    for (;;) {
      if (isDeclaredPool(name)) await condition(() => dropped);
      else await condition(() => !isWanted() || dropped);
      if (!dropped && (await condition(() => isWanted() || dropped, pace.idle))) continue;
      await condition(() => outbox.empty && !looking && allHandlersFinished());
      if (dropped || !isWanted()) return 'ended';
    }
  };

  // Answers wait for the next run of this workflow from then on, so that a stream of them cannot keep this one alive.
  const isLong = (): boolean => workflowInfo().historyLength > historyLimit || workflowInfo().continueAsNewSuggested;
  const growing = async (): Promise<'long'> => {
    await condition(isLong);
    outbox.close();
    await condition(() => !outbox.busy && !looking && allHandlersFinished());
    return 'long';
  };

  if ((await Promise.race([ending(), growing(), watching()])) === 'ended') return;
  const unsent = outbox.close().map(([run, answer]) => ({ run, ...answer }));
  await continueAsNew<typeof pool>({
    ...{ name, pace, historyLimit },
    ...(doc === null ? {} : { doc }),
    carried: { pool: slots.save(), unsent, dropped },
  });
}
