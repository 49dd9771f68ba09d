/** The one serving runtime: gateway, stage and compare score with it, so they cannot disagree. */
import type { Frame } from '../../core/frame.js';
import type { Signature } from '../../core/lifecycle/signature.js';

export interface LoadedModel {
  readonly signature: Signature;
  /** Probability of the positive class for each row of `frame` (the signature's features; others are ignored). */
  predict(frame: Frame): Promise<Float64Array>;
  release(): Promise<void>;
}

export interface Serving {
  /** @throws TOOL_MISSING MODEL_UNLOADABLE SIGNATURE_MISMATCH (names the input that differs) */
  load(path: string, signature: Signature): Promise<LoadedModel>;
}
