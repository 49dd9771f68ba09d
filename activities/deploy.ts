import { z } from 'zod';
import { task } from '../core/dag/task.js';
import { Comparison } from '../core/lifecycle/gates.js';
import { ResolvedModel } from '../core/lifecycle/resolved-model.js';
import type { RunInfo } from '../core/ports.js';
import { TASK_QUEUES } from '../core/names.js';
import { alive, HEARTBEAT } from './alive.js';
import type { ActivityContext } from './context.js';

export const Deployment = z.object({
  version: z.string(),
  /** of the pointer since */
  generation: z.number().int(),
  /** what served before; null at the first deployment */
  previous: z.string().nullable(),
  decisionId: z.string(),
});
export type Deployment = z.infer<typeof Deployment>;

/** A run decides once about a version; its tries and its undo say the same id. */
export const decisionOf = (run: Pick<RunInfo, 'id'>, version: string): string => `${run.id}/promote/${version}`;

const show = (value: number | null | undefined): string => (value === null || value === undefined ? 'undefined' : value.toFixed(3));

const reasonOf = ({ champion, challenger }: Comparison): string =>
  champion
    ? `ROC-AUC ${show(challenger.metrics.rocAuc)} against ${show(champion.metrics.rocAuc)} of the champion on the same ${challenger.metrics.n} rows`
    : `nothing served yet; ROC-AUC ${show(challenger.metrics.rocAuc)} on ${challenger.metrics.n} rows`;

export const deploy = task({
  id: 'deploy',
  doc: 'points production at the challenger, if the champion is still the one that it was judged against',
  queue: TASK_QUEUES.data,
  timeout: '5 minutes', // two writes of an object
  heartbeat: HEARTBEAT,
  retries: 5, // the same decision again finds itself done
  input: z.object({ model: ResolvedModel, verdict: Comparison }),
  output: Deployment,
  async run({ model: { name, asOf }, verdict }, ctx: ActivityContext) {
    const { version } = verdict.challenger;
    return alive(ctx, async () => {
      const { generation, previous, decisionId } = await ctx.registry.commit({
        model: name,
        environment: ctx.environment,
        action: 'promote',
        version,
        decisionId: decisionOf(ctx.run, version),
        actor: ctx.run.id,
        reason: reasonOf(verdict),
        evidence: verdict.evidence.sha256,
        asOf,
        expected: verdict.judgedGeneration,
      });
      ctx.log.info(`${ctx.environment} serves ${version} from generation ${generation} on`, { previous });
      return { version, generation, previous, decisionId };
    });
  },
});
