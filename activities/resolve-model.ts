import { z } from 'zod';
import { task } from '../core/dag/task.js';
import { eventTime, eventTimeMs } from '../core/event-time.js';
import { labelDelayMs } from '../core/lifecycle/model-spec.js';
import { ResolvedModel } from '../core/lifecycle/resolved-model.js';
import { TASK_QUEUES } from '../core/names.js';
import { asOfRun } from './as-of.js';
import type { ActivityContext } from './context.js';

export const resolveModel = task({
  id: 'resolveModel',
  doc: "pins the model's spec, its event clock and its champion, and takes its lock",
  queue: TASK_QUEUES.data,
  timeout: '5 minutes',
  retries: 3,
  input: z.object({
    model: z.string(),
    /** event clock; absent: the end of a scheduled run's data interval, else the newest event of the source */
    asOf: z.string().nullish(),
    /** SQL file to use instead of the model's transform, relative to the project */
    transform: z.string().nullish(),
  }),
  output: ResolvedModel,
  async run({ model, asOf: given, transform }, ctx: ActivityContext) {
    const { spec, hash } = ctx.modelSpec(model);
    const asOf = await asOfRun(given, spec, ctx);
    // The lock first: a champion that is read before it could be replaced by the run that holds it.
    await ctx.models.acquire(model, ctx.run.id, asOf, ctx.run.kind);
    const serving = await ctx.registry.pointer(model, ctx.environment);
    const until = eventTime(eventTimeMs(asOf) - labelDelayMs(spec));
    ctx.log.info(`model ${model} as of ${asOf}, labels until ${until}`, { champion: serving?.version ?? null });
    return {
      name: model,
      spec: transform ? { ...spec, data: { ...spec.data, transform } } : spec,
      specHash: hash,
      asOf,
      until,
      champion: serving ? { version: serving.version, generation: serving.generation } : null,
    };
  },
});
