/** What the interpreter asks of the orchestration worker when a task that produces assets has succeeded. */
import type { Client } from '@temporalio/client';
import { withFailures } from '../activities/failures.js';
import { announce, createSpecReader } from '../client/assets.js';
import type { ObjectStore } from '../core/ports.js';
import type { AssetActivities } from '../workflows/assets.js';

/** Consumers are those that are published, of any project: what waits for an asset has been synced, as what waits for the clock. */
export const assetActivities = (client: Client, objects: ObjectStore): AssetActivities => {
  const specs = createSpecReader(objects);
  return withFailures<AssetActivities>({
    announce: async (events) => void (await announce(client, objects, await specs(), events)),
  });
};
