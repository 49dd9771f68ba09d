/** What a worker does for the workflow `backfill`. */
import type { Client } from '@temporalio/client';
import { withFailures } from '../activities/failures.js';
import { backfillChunk, planBackfill } from '../client/backfill-plan.js';
import type { ObjectStore } from '../core/ports.js';
import type { BackfillActivities } from '../workflows/backfill.js';

export const backfillActivities = (client: Client, objects: ObjectStore): BackfillActivities =>
  withFailures<BackfillActivities>({
    planBackfill: (request) => planBackfill(objects, request),
    nextBackfillRuns: (plan, after) => backfillChunk(client, objects, plan, after),
  });
