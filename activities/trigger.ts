import { z } from 'zod';
import { task } from '../core/dag/task.js';
import { MonitoringResult } from '../core/lifecycle/results.js';
import { TASK_QUEUES } from '../core/names.js';
import { Findings } from './report.js';

export const trigger = task({
  id: 'trigger',
  doc: "tells the model's door what the window calls for; the door decides",
  queue: TASK_QUEUES.data,
  timeout: '1 minute',
  retries: 5,
  input: z.object({ findings: Findings }),
  output: MonitoringResult,
  async run({ findings: { calls, ...found } }, ctx) {
    for (const { source, reason, key } of calls) {
      ctx.log.info(`calling for a retraining: ${source}: ${reason}`);
      await ctx.models.trigger(found.model, { source, reason, key, asOf: found.asOf });
    }
    return { ...found, triggered: calls.map(({ source, reason }) => ({ source, reason })) };
  },
});
