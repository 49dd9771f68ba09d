/** What a backfill will do: pinned at its beginning, and decided date by date. Its workflow asks this of its worker. */
import { WorkflowNotFoundError, type Client } from '@temporalio/client';
import { countFirings, MOST_FIRINGS, nextDates, type DatedInterval } from '../core/dag/backfill.js';
import { byClock } from '../core/dag/schedule.js';
import type { DagRunState } from '../core/dag/run-state.js';
import { RekindleError } from '../core/errors.js';
import { eventTimeMs } from '../core/event-time.js';
import { clearedRunId, keys, scheduledRunId } from '../core/names.js';
import type { ObjectStore } from '../core/ports.js';
import type { BackfillChunk, BackfillPlan, BackfillRequest } from '../workflows/backfill.js';
import { publishedDag, readJson } from './publish.js';

/** Runs at a time where neither the request nor the DAG says. */
const CONCURRENCY = 16;
/** Dates that are looked at in one go. */
const CHUNK = 50;
/** Questions to Temporal at a time. */
const AT_ONCE = 10;

const ORDERS: ReadonlySet<unknown> = new Set(['asc', 'desc']);
const POLICIES: ReadonlySet<unknown> = new Set(['none', 'failed', 'all']);

const checkRequest = ({ dag, from, to, concurrency, order, reprocess }: BackfillRequest): void => {
  const refuse = (problem: string): never => {
    throw new RekindleError('BACKFILL_INVALID', `Backfill of '${dag}': ${problem}.`, { dag });
  };
  const timeOf = (name: string, time: unknown): number => {
    try {
      return eventTimeMs(String(time));
    } catch (error) {
      return refuse(`${name}: ${(error as Error).message}`);
    }
  };
  if (timeOf('to', to) < timeOf('from', from)) refuse(`it ends at ${to}, before it begins at ${from}`);
  if (concurrency !== undefined && !(Number.isInteger(concurrency) && concurrency > 0)) refuse('concurrency must be a number from 1 up');
  if (order !== undefined && !ORDERS.has(order)) refuse(`order '${order}' is neither asc nor desc`);
  if (reprocess !== undefined && !POLICIES.has(reprocess)) refuse(`reprocess '${reprocess}' is none of none, failed, all`);
};

/**
 * Pins what a backfill needs to know of its DAG.
 *
 * @throws DAG_NOT_FOUND, SCHEDULE_NOT_FOUND, BACKFILL_INVALID
 */
export const planBackfill = async (objects: ObjectStore, request: BackfillRequest): Promise<BackfillPlan> => {
  checkRequest(request);
  const { dag, from, to, order = 'asc', reprocess = 'none' } = request;
  const published = await publishedDag(objects, dag);
  if (!published) throw new RekindleError('DAG_NOT_FOUND', `No DAG '${dag}' is published.`, { dag });
  const schedule = byClock(published.spec.schedule);
  if (!schedule)
    throw new RekindleError('SCHEDULE_NOT_FOUND', `DAG '${dag}' has no schedule by the clock: it has no dates to run for.`, { dag });
  const { maxActiveRuns } = published.spec;
  const total = countFirings(schedule, { from, to });
  if (total === undefined || total === 0) {
    const found = total === 0 ? 'no firing' : `more than ${MOST_FIRINGS} firings`;
    throw new RekindleError('BACKFILL_INVALID', `The schedule of DAG '${dag}' has ${found} from ${from} to ${to}.`, { dag, from, to });
  }
  const concurrency = request.concurrency ?? Math.min(maxActiveRuns ?? CONCURRENCY, CONCURRENCY);
  return { dag, from, to, order, reprocess, concurrency, schedule, total };
};

type Found = 'running' | 'success' | 'failed';

/** How a run of this id stands: by Temporal, and of what that no longer remembers by the object store. */
const runOf = async (client: Client, objects: ObjectStore, dag: string, runId: string): Promise<Found | undefined> => {
  try {
    const { status } = await client.workflow.getHandle(runId).describe();
    if (status.name === 'RUNNING') return 'running';
    return status.name === 'COMPLETED' ? 'success' : 'failed';
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw error;
    const stored = (await readJson(objects, keys.runState(dag, runId))) as DagRunState | undefined;
    return stored?.state;
  }
};

export interface BackfillDate extends DatedInterval {
  /** of the run that would be started, or of the one that is there already */
  readonly runId: string;
  readonly action: 'run' | 'skip';
  /** of the last run of this date, if there was one */
  readonly found: Found | null;
}

/** @param date a firing @returns what the backfill does about it */
const decide = async (
  client: Client,
  objects: ObjectStore,
  { dag, reprocess }: BackfillPlan,
  date: DatedInterval,
): Promise<BackfillDate> => {
  const first = scheduledRunId(dag, date.logicalDate);
  let [runId, attempt] = [first, 1];
  let found = await runOf(client, objects, dag, first);
  if (found === undefined) return { ...date, runId, action: 'run', found: null };
  for (;;) {
    const next = clearedRunId(first, attempt + 1);
    const again = await runOf(client, objects, dag, next);
    if (again === undefined) {
      const runs = reprocess === 'all' ? found !== 'running' : reprocess === 'failed' && found === 'failed';
      return runs ? { ...date, runId: next, action: 'run', found } : { ...date, runId, action: 'skip', found };
    }
    [runId, attempt, found] = [next, attempt + 1, again];
  }
};

/** The dates after `after`, some at a time; none when the range is over. */
const datesAfter = async (client: Client, objects: ObjectStore, plan: BackfillPlan, after: string | undefined): Promise<BackfillDate[]> => {
  const dates = nextDates(plan.schedule, plan, { order: plan.order, after, limit: CHUNK });
  const decided: BackfillDate[] = [];
  for (let i = 0; i < dates.length; i += AT_ONCE)
    decided.push(...(await Promise.all(dates.slice(i, i + AT_ONCE).map((date) => decide(client, objects, plan, date)))));
  return decided;
};

/** What the workflow starts next. */
export const backfillChunk = async (client: Client, objects: ObjectStore, plan: BackfillPlan, after?: string): Promise<BackfillChunk> => {
  const dates = await datesAfter(client, objects, plan, after);
  const runs = dates
    .filter(({ action }) => action === 'run')
    .map(({ runId, logicalDate, dataInterval }) => ({ runId, logicalDate, dataInterval }));
  const last = dates.at(-1);
  return { runs, skipped: dates.length - runs.length, ...(dates.length === CHUNK && last ? { after: last.logicalDate } : {}) };
};

/** What a backfill would do, date by date, without doing it. @throws as {@link planBackfill} */
export async function* backfillDates(client: Client, objects: ObjectStore, request: BackfillRequest): AsyncGenerator<BackfillDate> {
  const plan = await planBackfill(objects, request);
  let after: string | undefined;
  do {
    const dates = await datesAfter(client, objects, plan, after);
    yield* dates;
    after = dates.length === CHUNK ? dates.at(-1)?.logicalDate : undefined;
  } while (after !== undefined);
}
