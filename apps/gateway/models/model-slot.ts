/** What one model's requests are answered with, and how that changes. */
import { isRekindleError, RekindleError, type ErrorCode } from '../../../core/errors.js';
import type { Pointer } from '../../../core/lifecycle/pointer.js';
import type { Logger } from '../../../platform/logger.js';
import { Latencies } from '../latency.js';
import type { ServedVersion } from './served-version.js';

export interface SlotEvents {
  pointerSeen(model: string, generation: number): void;
  swapped(model: string, from: ServedVersion | undefined, to: ServedVersion, generation: number): void;
  loadFailed(model: string, code: ErrorCode | 'INTERNAL'): void;
}

export interface SlotDeps {
  readonly load: (model: string, version: string) => Promise<ServedVersion>;
  readonly events: SlotEvents;
  readonly log: Logger;
}

/** A version that cannot be loaded is tried again after this, then after twice that, … */
const RETRY_MS = 500;
const MAX_RETRY_MS = 30_000;

export class ModelSlot {
  readonly model: string;
  /** rows since start */
  answered = 0;
  flushed = 0;
  readonly labels = { accepted: 0, flushed: 0 };
  /** requests that failed by our fault */
  errors = 0;
  readonly latencies = new Latencies();
  private readonly deps: SlotDeps;
  private served: ServedVersion | undefined;
  private servedGeneration: number | null = null;
  /** stays loaded, so that going back needs no loading */
  private previous: ServedVersion | undefined;
  private wanted: Pointer | undefined;
  private readonly loads = new Set<Promise<unknown>>();
  private failures = 0;
  private retryAt = Infinity;

  constructor(model: string, deps: SlotDeps) {
    this.model = model;
    this.deps = deps;
  }

  /** null: no version is served (yet) */
  get generation(): number | null {
    return this.servedGeneration;
  }

  get version(): string | null {
    return this.served?.version ?? null;
  }

  get isReady(): boolean {
    return this.served !== undefined;
  }

  get isRetryDue(): boolean {
    return Date.now() >= this.retryAt;
  }

  /** versions that answer now */
  get loaded(): readonly ServedVersion[] {
    return [this.served, this.previous].filter((version) => version !== undefined);
  }

  /** @throws MODEL_NOT_READY */
  current(): ServedVersion {
    if (this.served) return this.served;
    const why = this.wanted ? `version '${this.wanted.version}' is not loaded (yet)` : 'no version has been deployed';
    throw new RekindleError('MODEL_NOT_READY', `Model '${this.model}': ${why}.`, { model: this.model });
  }

  /** Makes the pointer's version answer: the one before goes on until it is loaded and warm. Never throws. */
  async follow(pointer: Pointer): Promise<void> {
    const isNews = pointer.generation !== this.wanted?.generation;
    if (!isNews && !this.isRetryDue) return;
    this.wanted = pointer;
    this.retryAt = Infinity;
    if (isNews) this.failures = 0;
    this.deps.events.pointerSeen(this.model, pointer.generation);
    try {
      const version = this.find(pointer.version) ?? (await this.load(pointer.version));
      if (this.wanted === pointer) await this.swap(version, pointer);
      else await this.releaseUnused(version);
    } catch (cause) {
      if (this.wanted === pointer) this.failed(pointer, cause);
    }
  }

  /** Loads the version before the served one, if it is not: after a start, a rollback should be as fast as ever. */
  async prepareRollback(): Promise<void> {
    const version = this.wanted?.previous;
    if (!version || this.previous || this.served?.version === version) return;
    try {
      const loaded = await this.load(version);
      if (this.previous || this.served?.version === version) await this.releaseUnused(loaded);
      else this.previous = loaded;
    } catch (cause) {
      this.deps.log.info({ err: cause, model: this.model, version }, 'the version before cannot be loaded; a rollback would have to');
    }
  }

  /** The end: waits for requests and loads. */
  async release(): Promise<void> {
    await Promise.allSettled(this.loads);
    await Promise.all(this.loaded.map(({ loaded }) => loaded.release()));
  }

  private async load(version: string): Promise<ServedVersion> {
    const load = this.deps.load(this.model, version);
    this.loads.add(load);
    return load.finally(() => this.loads.delete(load));
  }

  private find(version: string): ServedVersion | undefined {
    return this.loaded.find((loaded) => loaded.version === version);
  }

  private async swap(version: ServedVersion, { generation }: Pointer): Promise<void> {
    const before = this.served;
    const spare = this.previous;
    this.failures = 0;
    this.served = version;
    this.servedGeneration = generation;
    if (before && before !== version) this.previous = before;
    this.deps.log.info({ model: this.model, version: version.version, from: before?.version, generation }, 'serving');
    this.deps.events.swapped(this.model, before, version, generation);
    if (spare) await this.releaseUnused(spare);
  }

  /** Waits for the requests that are using it. */
  private async releaseUnused(version: ServedVersion): Promise<void> {
    if (!this.loaded.includes(version)) await version.loaded.release();
  }

  private failed(pointer: Pointer, cause: unknown): void {
    this.failures += 1;
    this.retryAt = Date.now() + Math.min(MAX_RETRY_MS, RETRY_MS * 2 ** (this.failures - 1));
    const code = isRekindleError(cause) ? cause.code : 'INTERNAL';
    this.deps.events.loadFailed(this.model, code);
    const about = { err: cause, code, model: this.model, version: pointer.version, serving: this.version };
    this.deps.log.error(about, 'a version cannot be loaded; the one before goes on');
  }
}
