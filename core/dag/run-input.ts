/** What the starter of a run may say beside the params: second argument of its workflow. People and other languages leave it out. */
import type { Json } from '../json.js';
import type { RunInfo } from '../ports.js';
import type { TaskOutcome } from './run.js';

/** Results taken over from another run: what is in it is not run again. */
export interface Seed {
  /** the run that made them */
  readonly from: string;
  /** by task instance */
  readonly outcomes: Readonly<Record<string, TaskOutcome>>;
}

/** A seed too large for an argument: its JSON is in the object store, as parts of an execution called {@link SEED}. */
export interface StoredSeed {
  readonly from: string;
  readonly parts: number;
}
export const SEED = 'seed';

/** Something that happened to an asset. */
export interface AssetEvent {
  readonly asset: string;
  /** ISO 8601; which part of the asset: the logical date of the run that made it, or what the sender says */
  readonly partition?: string;
  /** ISO 8601 */
  readonly at: string;
  /** the run, or the system outside, that it comes from */
  readonly source: string;
  /** the same event, told twice, has the same one */
  readonly id: string;
  readonly extra?: Json;
}

export interface RunInput {
  /** ISO 8601; default: the firing time of the schedule, else when the run starts */
  readonly logicalDate?: string;
  readonly dataInterval?: { readonly start: string; readonly end: string };
  readonly kind?: RunInfo['kind'];
  /** hash of a published version of the DAG; default: what the worker has loaded */
  readonly version?: string;
  readonly seed?: Seed | StoredSeed;
  /** that made a schedule by assets fire, oldest first */
  readonly events?: readonly AssetEvent[];
  /** a note that the run begins with */
  readonly note?: string;
}
