/** Training jobs behind one interface; the contract inside is SageMaker's (DESIGN section 8). */
import type { Json } from '../../core/json.js';
import type { TaskLog } from '../../core/ports.js';
import type { TrainerSpec } from '../../core/lifecycle/model-spec.js';

export interface TrainingJob {
  /** the task's idempotency key made file-name safe: a second start of the same job re-attaches */
  readonly id: string;
  readonly spec: TrainerSpec;
  /** hyperparameters of the run beside the spec's: target, positive class, features (JSON) … as strings */
  readonly parameters: Readonly<Record<string, string>>;
  /** channel name → local Parquet file, seen by the trainer as /opt/ml/input/data/<channel>/data.parquet */
  readonly channels: Readonly<Record<string, string>>;
}

export interface TrainingResult {
  /** local folder that the trainer filled: model.onnx, signature.json, golden.json */
  readonly modelFolder: string;
  /** local path of the whole log (capped) */
  readonly logFile: string;
  readonly seconds: number;
  /** true when a job that was already under way (or done) was found instead of started */
  readonly reattached: boolean;
}

export interface TrainerHooks {
  readonly log: TaskLog;
  readonly signal: AbortSignal;
  heartbeat(detail: Json): void;
}

export interface Trainer {
  /** Hash of the trainer's code or digest of its image: part of the version's name. */
  codeHash(spec: TrainerSpec): Promise<string>;
  /**
   * Starts the job or finds it, follows it to its end, streams its log.
   * @throws TRAINER_FAILED TRAINER_TIMEOUT TRAINER_LOST MODEL_MISSING
   */
  run(job: TrainingJob, hooks: TrainerHooks): Promise<TrainingResult>;
  /** Removes what a finished job left on disk. */
  discard(jobId: string): Promise<void>;
}
