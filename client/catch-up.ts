/** Pausing and going on; and, for DAGs that catch up, making up for what was missed while there was no schedule or it was paused. */
import { ScheduleNotFoundError, WorkflowExecutionAlreadyStartedError, type Client, type ScheduleDescription } from '@temporalio/client';
import { byClock, firings } from '../core/dag/schedule.js';
import type { DagSpec } from '../core/dag/spec.js';
import { RekindleError } from '../core/errors.js';
import { eventTimeMs } from '../core/event-time.js';
import { dagScheduleId } from '../core/names.js';
import { startUnchecked } from './backfill.js';

/**
 * Backfills what a DAG that catches up has not run in a range. The same range again starts nothing twice.
 *
 * @param from ISO 8601; both ends belong to the range
 * @returns the backfill's id; undefined if there is nothing to catch up with, or that has begun before
 */
const catchUpBetween = async (client: Client, spec: DagSpec, from: string, to: string): Promise<string | undefined> => {
  const { id: dag, schedule, catchup, startDate = from, endDate = to } = spec;
  const clock = byClock(schedule);
  if (!clock || catchup !== true) return undefined;
  // a backfill runs for whatever range it is told: the start and end date are kept here
  const first = eventTimeMs(from) < eventTimeMs(startDate) ? startDate : from;
  const last = eventTimeMs(to) < eventTimeMs(endDate) ? to : endDate;
  if (firings(clock, { from: first, to: last }).next().done) return undefined;
  try {
    return await startUnchecked(client, { dag, from: first, to: last }, true);
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    return undefined;
  }
};

const describeSchedule = async (client: Client, dag: string): Promise<ScheduleDescription> => {
  try {
    return await client.schedule.getHandle(dagScheduleId(dag)).describe();
  } catch (error) {
    if (!(error instanceof ScheduleNotFoundError)) throw error;
    throw new RekindleError('SCHEDULE_NOT_FOUND', `DAG '${dag}' has no schedule by the clock.`, { dag });
  }
};

/**
 * What a DAG that catches up has missed since its start date, before its schedule was there. Not while it is paused.
 *
 * @returns as {@link catchUpBetween}
 */
export const catchUp = async (client: Client, spec: DagSpec): Promise<string | undefined> => {
  const { id, startDate, catchup } = spec;
  if (catchup !== true || startDate === undefined || !byClock(spec.schedule)) return undefined;
  const { info, state } = await describeSchedule(client, id);
  return state.paused ? undefined : catchUpBetween(client, spec, startDate, info.createdAt.toISOString());
};

/** How the note of a schedule says when we paused it. */
const noteOf = (reason: string, at: string): string => `${reason} (since ${at})`;
const sinceOf = (note: string | undefined): string | undefined => /\(since (\S+)\)$/.exec(note ?? '')?.[1];

/**
 * No run is started by the schedule until {@link unpauseDag}; those under way go on. A paused DAG stays paused when it is synced.
 *
 * @returns since when it is paused (ISO 8601)
 * @throws SCHEDULE_NOT_FOUND
 */
export const pauseDag = async (client: Client, dag: string, reason: string): Promise<string> => {
  const { state } = await describeSchedule(client, dag);
  const already = state.paused ? sinceOf(state.note) : undefined;
  if (already !== undefined) return already;
  const now = new Date().toISOString();
  await client.schedule.getHandle(dagScheduleId(dag)).pause(noteOf(reason, now));
  return now;
};

/**
 * @param spec a DAG that catches up runs what it has missed
 * @returns the id of the backfill that does so
 * @throws SCHEDULE_NOT_FOUND
 */
export const unpauseDag = async (client: Client, spec: DagSpec): Promise<string | undefined> => {
  const { state } = await describeSchedule(client, spec.id);
  if (!state.paused) return undefined;
  const since = sinceOf(state.note);
  await client.schedule.getHandle(dagScheduleId(spec.id)).unpause('unpaused');
  return since === undefined ? undefined : catchUpBetween(client, spec, since, new Date().toISOString());
};
