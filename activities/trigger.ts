import { z } from 'zod';
import { task } from '../core/dag/task.js';
import { Call, callsOf, Quality } from '../core/lifecycle/monitoring.js';
import { TASK_QUEUES } from '../core/names.js';
import { CollectedWindow } from './collect-window.js';
import type { ActivityContext } from './context.js';
import { DriftOutcome } from './drift.js';

export const trigger = task({
  id: 'trigger',
  doc: "tells the model's door what the window calls for; the door decides",
  queue: TASK_QUEUES.data,
  timeout: '1 minute',
  retries: 5,
  input: z.object({ window: CollectedWindow, drift: DriftOutcome, quality: Quality }),
  output: z.array(Call),
  async run({ window, drift, quality }, ctx: ActivityContext) {
    const calls = callsOf(window.spec.retrain, { window: window.window, asOf: window.asOf, drift, quality });
    for (const call of calls) {
      ctx.log.info(`calling for a retraining: ${call.source}: ${call.reason}`);
      await ctx.models.trigger(window.model, call);
    }
    return calls.map(({ source, reason }) => ({ source, reason }));
  },
});
