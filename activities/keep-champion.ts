import { z } from 'zod';
import { task } from '../core/dag/task.js';
import { ResolvedModel } from '../core/lifecycle/resolved-model.js';
import { RetrainingResult } from '../core/lifecycle/results.js';
import { TASK_QUEUES } from '../core/names.js';
import { Decision } from './decide.js';

export const keepChampion = task({
  id: 'keepChampion',
  doc: 'ends the run: nothing calls for a retraining',
  queue: TASK_QUEUES.data,
  timeout: '1 minute',
  retries: 3,
  input: z.object({ model: ResolvedModel, decision: Decision }),
  output: RetrainingResult,
  run({ model: { name, asOf, champion }, decision: { reasons } }) {
    return {
      model: name,
      asOf,
      outcome: 'keep' as const,
      champion: champion && { version: champion.version, rocAuc: null },
      challenger: null,
      failedGates: [],
      reasons,
      generation: null,
      trainedTo: null,
    };
  },
});
