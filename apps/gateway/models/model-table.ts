/** The models of an environment: found in the object store, kept at what their pointers say. */
import { RekindleError } from '../../../core/errors.js';
import { keys } from '../../../core/names.js';
import type { ObjectStore } from '../../../core/ports.js';
import type { Logger } from '../../../platform/logger.js';
import type { Registry } from '../../../platform/registry/registry.js';
import { repeat, type Repetition } from '../repeat.js';
import { ModelSlot, type SlotDeps } from './model-slot.js';
import type { ServedVersion } from './served-version.js';

export interface ModelTableOptions extends SlotDeps {
  readonly environment: string;
  readonly objects: Pick<ObjectStore, 'head'>;
  readonly registry: Pick<Registry, 'models' | 'pointer'>;
  /** how often each pointer is looked at */
  readonly pollMs: number;
  /** how often new models are looked for */
  readonly discoverMs: number;
  readonly onStore: (isUp: boolean) => void;
  readonly log: Logger;
}

/**
 * pointer.json is what a commit moves last; a commit that died before leaves the ledger one ahead of it. So one look in so many
 * reads pointer and ledger, the others only ask whether pointer.json changed.
 */
const FULL_LOOK_EVERY = 10;
const JITTER = 0.2;

export class ModelTable {
  private readonly options: ModelTableOptions;
  private readonly slots = new Map<string, ModelSlot>();
  private readonly looking: Repetition[] = [];
  private discovering: Repetition | undefined;
  private isStoreUp = true;
  private wasStoreUp = false;

  constructor(options: ModelTableOptions) {
    this.options = options;
  }

  /** Resolves when what is deployed now is loaded or has failed to load; with the store down, at once. */
  async start(): Promise<void> {
    await this.asked(() => this.discover());
    this.discovering = this.repeat(() => this.discover(), this.options.discoverMs);
  }

  async stop(): Promise<void> {
    await this.discovering?.stop();
    await Promise.all(this.looking.map((repetition) => repetition.stop()));
    await Promise.all(this.all.map((slot) => slot.release()));
  }

  get all(): readonly ModelSlot[] {
    return [...this.slots.values()];
  }

  /**
   * Once the store has answered: what is deployed was loaded, or that failed. One model that cannot be loaded does not make the
   * gateway unready for the others.
   */
  get isReady(): boolean {
    return this.wasStoreUp;
  }

  /** @throws MODEL_NOT_FOUND */
  slot(model: string): ModelSlot {
    const slot = this.slots.get(model);
    if (slot) return slot;
    throw new RekindleError('MODEL_NOT_FOUND', `This gateway has no model '${model}'.`, { model });
  }

  /** A version that is loaded: the one served or the one before. @throws MODEL_NOT_FOUND VERSION_NOT_FOUND */
  version(model: string, version: string): ServedVersion {
    const found = this.slot(model).loaded.find((loaded) => loaded.version === version);
    if (found) return found;
    throw new RekindleError('VERSION_NOT_FOUND', `Version '${version}' of model '${model}' is not loaded here.`, { model, version });
  }

  private async discover(): Promise<void> {
    const found = (await this.options.registry.models()).filter((model) => !this.slots.has(model));
    await Promise.all(found.map((model) => this.add(model)));
  }

  private async add(model: string): Promise<void> {
    const slot = new ModelSlot(model, this.options);
    this.slots.set(model, slot);
    const look = this.lookAt(slot);
    try {
      await (
        await look()
      ).following;
    } finally {
      // A version that loads for long must not keep a rollback waiting: the next look does not wait for it.
      this.looking.push(this.repeat(async () => void (await look()), this.options.pollMs));
    }
    void slot.prepareRollback();
  }

  /** A look follows the pointer if it moved; `following` ends when its version answers, or could not be loaded. */
  private lookAt(slot: ModelSlot): () => Promise<{ readonly following: Promise<void> }> {
    const { environment, objects, registry } = this.options;
    const { pointer: pointerKey } = keys.environment(slot.model, environment);
    let [etag, looks]: [string | undefined, number] = ['', 0];
    return async () => {
      const now = (await objects.head(pointerKey))?.etag;
      const isDue = looks % FULL_LOOK_EVERY === 0 || now !== etag || slot.isRetryDue;
      looks += 1;
      if (!isDue) return { following: Promise.resolve() };
      const pointer = await registry.pointer(slot.model, environment);
      etag = now;
      return { following: pointer ? slot.follow(pointer) : Promise.resolve() };
    };
  }

  private repeat(round: () => Promise<void>, everyMs: number): Repetition {
    return repeat(() => this.asked(round), { everyMs, jitter: JITTER, onError: () => undefined });
  }

  /** While the store is down what is loaded goes on; only the change from up to down, and back, is told. */
  private async asked(round: () => Promise<void>): Promise<void> {
    try {
      await round();
      this.storeIs(true);
    } catch (cause) {
      this.storeIs(false, cause);
    }
  }

  private storeIs(isUp: boolean, cause?: unknown): void {
    if (isUp !== this.isStoreUp) {
      if (isUp) this.options.log.info('the object store answers again');
      else this.options.log.warn({ err: cause }, 'the object store does not answer; what is loaded goes on');
    }
    this.isStoreUp = isUp;
    this.wasStoreUp ||= isUp;
    this.options.onStore(isUp);
  }
}
