import { z } from 'zod';
import { task } from '../core/dag/task.js';
import { DatasetRef } from '../core/lifecycle/dataset.js';
import { ResolvedModel } from '../core/lifecycle/resolved-model.js';
import { keys, TASK_QUEUES } from '../core/names.js';
import { alive, HEARTBEAT } from './alive.js';
import type { ActivityContext } from './context.js';
import { DriftOutcome, nothingToCompare, testAgainst } from './drift.js';
import { seasonOf } from './event-times.js';
import { fetchTable } from './stored-tables.js';

export const testDrift = task({
  id: 'testDrift',
  doc: 'compares the newest rows with what the champion was trained on',
  queue: TASK_QUEUES.data,
  timeout: '10 minutes',
  heartbeat: HEARTBEAT,
  retries: 3,
  input: z.object({ model: ResolvedModel, holdout: DatasetRef }),
  output: DriftOutcome,
  async run({ model: { name, spec, until, champion }, holdout }, ctx: ActivityContext) {
    if (!champion) return nothingToCompare('Nothing serves yet, so there is no reference to compare with.');
    return ctx.scratch((folder) =>
      alive(ctx, async () => {
        const path = await fetchTable(ctx.objects, holdout.sha256, folder);
        const rows = await ctx.tables.read([path], spec.data.features, { signal: ctx.signal });
        const fresh = { rows, season: await seasonOf(spec.monitor, { path, time: spec.data.time }, folder, ctx) };
        const outcome = await testAgainst(spec, champion.version, fresh, keys.report(name, 'retraining', until, 'json'), ctx);
        ctx.log.info(`${outcome.verdict} against the reference of ${champion.version}`, { worst: outcome.worst });
        return outcome;
      }),
    );
  },
});
