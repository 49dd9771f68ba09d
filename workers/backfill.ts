/** What a worker does for the workflow `backfill`. */
import type { Client } from '@temporalio/client';
import { backfillChunk, planBackfill } from '../client/backfill-plan.js';
import { isRekindleError } from '../core/errors.js';
import type { ObjectStore } from '../core/ports.js';
import type { BackfillActivities } from '../workflows/backfill.js';
import { ourFailure } from './failure.js';

const asFailure = async <T>(work: Promise<T>): Promise<T> => {
  try {
    return await work;
  } catch (error) {
    throw isRekindleError(error) ? ourFailure(error) : error;
  }
};

export const backfillActivities = (client: Client, objects: ObjectStore): BackfillActivities => ({
  planBackfill: (request) => asFailure(planBackfill(objects, request)),
  nextBackfillRuns: (plan, after) => asFailure(backfillChunk(client, objects, plan, after)),
});
