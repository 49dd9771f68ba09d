/** The result of a retraining, whichever way it ended. */
import type { Comparison, Outcome } from '../core/lifecycle/gates.js';
import type { ResolvedModel } from '../core/lifecycle/resolved-model.js';
import type { RetrainingResult } from '../core/lifecycle/results.js';
import type { TrainedVersion } from './train.js';

export interface Ended {
  readonly model: ResolvedModel;
  readonly challenger: TrainedVersion;
  readonly verdict: Comparison;
  readonly outcome: Outcome;
  readonly generation: number | null;
}

export const resultOf = ({ model, challenger, verdict, outcome, generation }: Ended): RetrainingResult => ({
  model: model.name,
  asOf: model.asOf,
  outcome,
  champion: model.champion && { version: model.champion.version, rocAuc: verdict.champion?.metrics.rocAuc ?? null },
  challenger: { version: challenger.version, rocAuc: verdict.challenger.metrics.rocAuc },
  failedGates: verdict.failedGates,
  reasons: verdict.reasons,
  generation,
  trainedTo: challenger.trainedTo,
});
