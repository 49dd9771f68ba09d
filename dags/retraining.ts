/** Trains a challenger on fresh rows when something calls for it, proves it, and deploys it only if it beats what serves. */
import { z } from 'zod';
import { announce } from '../activities/announce.js';
import { compare } from '../activities/compare.js';
import { decide } from '../activities/decide.js';
import { deploy } from '../activities/deploy.js';
import { extract } from '../activities/extract.js';
import { keepChampion } from '../activities/keep-champion.js';
import { load } from '../activities/load.js';
import { reject } from '../activities/reject.js';
import { resolveModel } from '../activities/resolve-model.js';
import { undoDeploy } from '../activities/rollback.js';
import { stage } from '../activities/stage.js';
import { testDrift } from '../activities/test-drift.js';
import { train } from '../activities/train.js';
import { transform } from '../activities/transform.js';
import { dag } from '../core/dag/index.js';

export default dag(
  {
    id: 'retraining',
    doc: 'extract → transform → load → drift → train → stage → compare → deploy',
    params: z.object({
      model: z.string(),
      /** event clock; absent: the end of a scheduled run's data interval, else the newest event of the source */
      asOf: z.string().optional(),
      /** why the run was started */
      reasons: z.array(z.string()).optional(),
      /** of the trigger: the model's door starts one run for each */
      key: z.string().optional(),
      /** SQL file to use instead of the model's transform, relative to the project */
      transform: z.string().optional(),
    }),
  },
  (d, { params }) => {
    const model = d.run(resolveModel, { model: params.model, asOf: params.asOf, transform: params.transform });
    const raw = d.run(extract, { model });
    const table = d.run(transform, { model, raw });
    const { training, holdout } = d.run(load, { model, table });
    const drift = d.run(testDrift, { model, holdout });
    const decision = d.run(decide, { model, drift, reasons: params.reasons });

    return d.branch(
      decision.action,
      {
        keep: () => d.run(keepChampion, { model, decision }),
        retrain: () => {
          const challenger = d.run(train, { model, training });
          const staged = d.run(stage, { model, challenger });
          const verdict = d.run(compare, { model, holdout, challenger, staged });
          const keepOut = () => d.run(reject, { model, challenger, verdict });

          return d.branch(
            verdict.outcome,
            {
              promote: () => {
                const undo = [undoDeploy, () => ({ model, challenger: challenger.version })] as const;
                const deployment = d.run(deploy, { model, verdict }, { compensate: undo });
                return d.run(announce, { model, challenger, verdict, deployment });
              },
              keep: keepOut,
              inconclusive: keepOut, // no evidence is never a pass
            },
            { id: 'verdict' },
          );
        },
      },
      { id: 'decision' },
    );
  },
);
