import { z } from 'zod';
import { task } from '../core/dag/task.js';
import { isRekindleError } from '../core/errors.js';
import { ResolvedModel } from '../core/lifecycle/resolved-model.js';
import { TASK_QUEUES } from '../core/names.js';
import { alive, HEARTBEAT } from './alive.js';
import type { ActivityContext } from './context.js';
import { decisionOf } from './deploy.js';

/**
 * The compensation of `deploy`. It asks for the challenger, not for deploy's answer, which may have been lost on its way: what the
 * ledger says was done is undone. Somebody else's decision is never touched.
 */
export const undoDeploy = task({
  id: 'undoDeploy',
  doc: 'points production back at what served before this run',
  queue: TASK_QUEUES.data,
  timeout: '5 minutes', // two writes of an object
  heartbeat: HEARTBEAT,
  retries: 10, // production must not stay with what a failed run left
  input: z.object({ model: ResolvedModel, challenger: z.string() }),
  output: z.object({ undone: z.boolean(), reason: z.string() }),
  async run({ model: { name, asOf }, challenger }, ctx: ActivityContext) {
    const { environment } = ctx;
    const decision = decisionOf(ctx.run, challenger);
    const kept = (reason: string) => {
      ctx.log.info(reason);
      return { undone: false, reason };
    };
    return alive(ctx, async () => {
      const serving = await ctx.registry.pointer(name, environment);
      if (serving?.decisionId === `${decision}/undo`) return { undone: true, reason: `${environment} serves ${serving.version} again` };
      if (serving?.decisionId !== decision) return kept(`${environment} does not serve what this run deployed: there is nothing to undo`);
      if (serving.previous === null)
        return kept(`${challenger} is the first version of ${name} in ${environment}: it stays, as nothing served before`);
      try {
        const { version, generation } = await ctx.registry.commit({
          model: name,
          environment,
          action: 'rollback',
          version: serving.previous,
          decisionId: `${decision}/undo`,
          actor: ctx.run.id,
          reason: `the run that deployed ${challenger} did not end well`,
          evidence: null,
          asOf,
          expected: serving.generation,
        });
        const reason = `${environment} serves ${version} again, from generation ${generation} on`;
        ctx.log.warn(reason);
        return { undone: true, reason };
      } catch (error) {
        if (isRekindleError(error) && error.code === 'POINTER_MOVED')
          return kept('somebody else changed production in the meantime: their decision stays');
        throw error;
      }
    });
  },
});
