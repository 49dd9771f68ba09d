/** What a journal line says. Each record stands alone, so that any gateway can store what another one left. */
import type { Signature } from '../../../core/lifecycle/signature.js';

type Features = Signature['features'];

/** One answered request: everything by column, one entry per row. */
export interface PredictionRecord {
  readonly kind: 'prediction';
  readonly model: string;
  readonly environment: string;
  readonly version: string;
  /** of the request; rows are named by `predictionRowId` */
  readonly id: string;
  /** event times in ms since the epoch: one for all rows, or one each */
  readonly times: number | readonly number[];
  /** arrival, ms since the epoch */
  readonly received: number;
  readonly latencyMs: number;
  readonly scores: readonly number[];
  readonly labels: readonly string[];
  readonly features: Features;
  /** one column per feature, in their order, as the sender wrote it; null is missing */
  readonly columns: readonly (readonly (number | string | null)[])[];
}

/** Labels that came in one request. */
export interface LabelRecord {
  readonly kind: 'label';
  readonly model: string;
  readonly received: number;
  /** prediction ids of rows */
  readonly ids: readonly string[];
  readonly labels: readonly string[];
  /** event times, ms since the epoch; null: the sender did not say */
  readonly times: readonly (number | null)[];
}

export type JournalRecord = PredictionRecord | LabelRecord;
