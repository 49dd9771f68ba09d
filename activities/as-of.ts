/** The event clock of a run. */
import { RekindleError } from '../core/errors.js';
import { eventTime, eventTimeMs } from '../core/event-time.js';
import type { ModelSpec } from '../core/lifecycle/model-spec.js';
import type { ActivityContext } from './context.js';

/**
 * What the caller says, else the end of a scheduled or backfilled run's data interval, else just after the newest event of the source.
 * @throws DAG_PARAMS_INVALID if what the caller says is no time; what {@link ActivityContext.tables} throws of the source
 */
export const asOfRun = async (given: string | null | undefined, { data }: ModelSpec, ctx: ActivityContext): Promise<string> => {
  if (given) {
    try {
      return eventTime(eventTimeMs(given));
    } catch (error) {
      throw new RekindleError('DAG_PARAMS_INVALID', `asOf: ${(error as Error).message}.`, { asOf: given }, { cause: error });
    }
  }
  const { kind, dataInterval } = ctx.run;
  if (kind === 'scheduled' || kind === 'backfill') return eventTime(eventTimeMs(dataInterval.end));
  const newest = await ctx.tables.newestEvent(data.source, data.time, { signal: ctx.signal });
  return eventTime(eventTimeMs(newest) + 1); // windows end before asOf: the newest row must be in
};
