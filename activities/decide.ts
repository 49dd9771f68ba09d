import { z } from 'zod';
import { task } from '../core/dag/task.js';
import { ResolvedModel } from '../core/lifecycle/resolved-model.js';
import type { RunInfo } from '../core/ports.js';
import { TASK_QUEUES } from '../core/names.js';
import { DriftOutcome } from './drift.js';

const input = z.object({
  model: ResolvedModel,
  drift: DriftOutcome,
  /** why the run was started, if somebody said so */
  reasons: z.array(z.string()).nullish(),
});

export const Decision = z.object({ action: z.enum(['retrain', 'keep']), reasons: z.array(z.string()) });
export type Decision = z.infer<typeof Decision>;

/** Every reason to retrain; none means that the champion stays. */
const reasonsToRetrain = ({ model, drift, reasons }: z.infer<typeof input>, kind: RunInfo['kind']): string[] => {
  const { on } = model.spec.retrain;
  const found = [...(reasons ?? [])];
  if (!model.champion) found.push('nothing serves yet');
  if (drift.retrain && on.includes('drift')) found.push(...drift.reasons);
  if (kind === 'manual' && found.length === 0) found.push('started by hand');
  if ((kind === 'scheduled' || kind === 'backfill') && on.includes('schedule')) found.push('the schedule calls for it');
  return found;
};

const whyKept = ({ verdict, retrain }: DriftOutcome): string => {
  if (verdict !== 'drift') return `no reason to retrain: ${verdict}`;
  return retrain ? 'drift is no reason to retrain for this model' : 'the data are broken: repair them, retraining would learn the fault';
};

export const decide = task({
  id: 'decide',
  doc: 'says whether anything calls for a retraining, and what',
  queue: TASK_QUEUES.data,
  timeout: '1 minute',
  retries: 3,
  input,
  output: Decision,
  run(given, ctx) {
    const reasons = reasonsToRetrain(given, ctx.run.kind);
    if (reasons.length > 0) return { action: 'retrain' as const, reasons };
    return { action: 'keep' as const, reasons: [whyKept(given.drift), ...given.drift.reasons] };
  },
});
