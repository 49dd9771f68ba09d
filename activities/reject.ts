import { z } from 'zod';
import { task } from '../core/dag/task.js';
import { Comparison } from '../core/lifecycle/gates.js';
import { ResolvedModel } from '../core/lifecycle/resolved-model.js';
import { RetrainingResult } from '../core/lifecycle/results.js';
import { keys, TASK_QUEUES } from '../core/names.js';
import type { ActivityContext } from './context.js';
import { resultOf } from './result.js';
import { TrainedVersion } from './train.js';
import { fileName } from './version-name.js';

/** Gates that were not passed: an open one keeps a challenger out as a failed one does. */
const notPassed = ({ gates }: Comparison): string[] => gates.filter(({ verdict }) => verdict !== 'pass').map(({ gate }) => gate);

export const reject = task({
  id: 'reject',
  doc: 'records with the version why it was kept out',
  queue: TASK_QUEUES.data,
  timeout: '5 minutes',
  retries: 5,
  input: z.object({ model: ResolvedModel, challenger: TrainedVersion, verdict: Comparison }),
  output: RetrainingResult,
  async run({ model, challenger, verdict }, ctx: ActivityContext) {
    // Too little evidence: the model's policy either lets the champion stay or leaves the question open for a person.
    const outcome = verdict.outcome === 'inconclusive' && model.spec.inconclusive === 'hold' ? 'inconclusive' : 'keep';
    const result = resultOf({ model, challenger, verdict: { ...verdict, failedGates: notPassed(verdict) }, outcome, generation: null });
    const key = keys.version(model.name, challenger.version).evidence(`rejection-${fileName(ctx.key)}.json`);
    const document = { schema: 'rekindle/rejection/1', run: ctx.run.id, comparison: verdict.evidence, ...result };
    await ctx.objects.put(key, JSON.stringify(document), { contentType: 'application/json' });
    ctx.log.info(`${challenger.version} is kept out: ${verdict.reasons.join(' ')}`, { record: key });
    return result;
  },
});
