/** The outside world as a task sees it in `ctx`. Types only: platform implements them, workers hand them in. */
import type { Trigger } from './lifecycle/admission.js';
import type { Produced } from './dag/asset.js';
import type { AssetEvent } from './dag/run-input.js';
import type { Json } from './json.js';

export interface ObjectInfo {
  readonly key: string;
  /** opaque; the same for the same bytes written once, good for `ifMatch` */
  readonly etag: string;
  readonly bytes: number;
  /** ISO 8601 */
  readonly modified: string;
}

export interface PutOptions {
  /** write only if the key does not exist @throws PRECONDITION_FAILED */
  readonly ifNoneMatch?: '*';
  /** write only if the object still has this etag @throws PRECONDITION_FAILED */
  readonly ifMatch?: string;
  readonly contentType?: string;
}

/** Keys are `/`-separated, without a leading slash and without `..`. Every method may throw STORE_UNREACHABLE. */
export interface ObjectStore {
  /** @throws OBJECT_NOT_FOUND */
  get(key: string): Promise<{ readonly body: Uint8Array; readonly info: ObjectInfo }>;
  /** Atomic: readers see the old bytes or the new ones. Of concurrent conditional writes exactly one wins. */
  put(key: string, body: Uint8Array | string, options?: PutOptions): Promise<ObjectInfo>;
  head(key: string): Promise<ObjectInfo | undefined>;
  /** In ascending byte order of keys. @param after only keys greater than this one */
  list(prefix: string, options?: { readonly after?: string }): AsyncIterable<ObjectInfo>;
  /** Deleting what is not there is no error. */
  delete(key: string): Promise<void>;
  /** A URL that reads the object for a while without credentials; `file:` for the folder store. */
  presign(key: string, expirySeconds: number): Promise<string>;
  /** Streams an object to a local file (replaced whole or not at all). @throws OBJECT_NOT_FOUND */
  download(key: string, path: string): Promise<ObjectInfo>;
  /** Streams a local file into the store. */
  upload(path: string, key: string, options?: PutOptions): Promise<ObjectInfo>;
}

/** How a task reaches the workflow that owns a model. */
export interface ModelDoor {
  /** Signals `retrain` to `model/<name>`; the door decides (admission). */
  trigger(model: string, trigger: Trigger): Promise<void>;
  /**
   * Takes the model's lock for a run, idempotently; the end of the run gives it back.
   * @param kind runs that nobody asked for (scheduled, triggered) respect a pause; default `manual`
   * @throws MODEL_BUSY naming the run that holds it, MODEL_PAUSED
   */
  acquire(model: string, runId: string, asOf: string, kind?: RunInfo['kind']): Promise<void>;
}

export interface TaskLog {
  info(message: string, attributes?: object): void;
  warn(message: string, attributes?: object): void;
  error(message: string, attributes?: object): void;
}

export interface RunInfo {
  readonly id: string;
  readonly dag: string;
  /** ISO 8601, UTC */
  readonly logicalDate: string;
  readonly dataInterval: { readonly start: string; readonly end: string };
  readonly startedAt: string;
  /** how the run began: `scheduled` runs have a real data interval */
  readonly kind: 'manual' | 'scheduled' | 'backfill' | 'triggered';
  /** false if the schedule had fired again when the run began: a backfill, or one that is late */
  readonly isLatest: boolean;
  /** what happened to assets and so started the run, oldest first */
  readonly events?: readonly AssetEvent[];
}

/**
 * A small JSON value that a task's node keeps from run to run: a cursor, a high-water mark. It is written at once: the next try sees
 * what a failed one has left. All items of a map share it, unless each takes its own with `of`.
 *
 * Every method may throw STORE_UNREACHABLE, and TASK_STATE_INVALID where the value is no JSON or larger than 1 MiB.
 */
export interface KeptState {
  /** undefined before the first `set` */
  get<T = Json>(): Promise<T | undefined>;
  /** @throws TASK_STATE_CHANGED if somebody else has changed it since this try read it; without a `get` before, the last one wins */
  set(value: unknown): Promise<void>;
  /**
   * Reads, changes, writes; again if somebody else was faster, so `change` may be called more than once.
   * @returns what was written @throws TASK_STATE_CHANGED after many lost races
   */
  update<T = Json>(change: (current: T | undefined) => T | Promise<T>): Promise<T>;
  /** Another value of the same node. @param name letters, digits, `.`, `_` and `-` */
  of(name: string): KeptState;
}

/** What every task gets beside its input. */
export interface TaskContext {
  readonly run: RunInfo;
  /** 1 for the first try */
  readonly attempt: number;
  /** `<run id>/<task instance>`: the same on every try, so work done twice can be recognised */
  readonly key: string;
  readonly log: TaskLog;
  /** aborted when the run is cancelled or the time is up */
  readonly signal: AbortSignal;
  /** Says the task lives; needed by long tasks and to notice cancellation. The detail reaches the next try. */
  heartbeat(detail?: Json): void;
  /** the last heartbeat's detail of the try before this one */
  readonly heartbeatDetail: Json | undefined;
  readonly objects: ObjectStore;
  /** what this node keeps from run to run */
  readonly state: KeptState;
  readonly models: ModelDoor;
  /** The secret behind a connection's name (`REKINDLE_CONN_<NAME>`). @throws CONFIG_INVALID */
  connection(name: string): string;
  /**
   * Says something of an asset that the task produces: it is the `extra` of the event, once the task has succeeded. Of several the last
   * one counts.
   * @throws ASSET_NOT_PRODUCED, ASSET_INVALID where it is no JSON or longer than 16,384 characters
   */
  produced(asset: Produced, extra: unknown): void;
  /** Ends the task as `skipped`. */
  skip(reason?: string): never;
}
