/** What this gateway says of itself in the object store, each second: rollbacks wait for it, `models status` shows it. */
import type { GatewayHeartbeat } from '../../core/lifecycle/heartbeat.js';
import { keys } from '../../core/names.js';
import type { ObjectStore } from '../../core/ports.js';
import type { ModelTable } from './models/model-table.js';
import { repeat, type Repetition } from './repeat.js';

export interface HeartbeatOptions {
  readonly gateway: string;
  readonly environment: string;
  readonly url: () => string;
  readonly models: ModelTable;
  readonly objects: Pick<ObjectStore, 'put' | 'delete'>;
  readonly everyMs: number;
}

export class Heartbeat {
  private readonly options: HeartbeatOptions;
  private readonly key: string;
  private readonly startedAt = new Date().toISOString();
  private repetition: Repetition | undefined;
  private beating: Promise<void> | undefined;

  constructor(options: HeartbeatOptions) {
    this.options = options;
    this.key = keys.gateway(options.environment, options.gateway);
  }

  async start(): Promise<void> {
    await this.beat();
    this.repetition = repeat(() => this.beat(), { everyMs: this.options.everyMs, onError: () => undefined });
  }

  /** Says what is true now; calls in the middle of a beat share the next one. A store that is down is told elsewhere. */
  beat(): Promise<void> {
    const next = (this.beating ?? Promise.resolve()).then(async () => {
      await this.options.objects.put(this.key, JSON.stringify(this.now()), { contentType: 'application/json' }).catch(() => undefined);
    });
    this.beating = next;
    return next;
  }

  /** A gateway that stops on purpose is not waited for. */
  async stop(): Promise<void> {
    await this.repetition?.stop();
    await this.beating;
    await this.options.objects.delete(this.key).catch(() => undefined);
  }

  private now(): GatewayHeartbeat {
    const { gateway, environment, url, models } = this.options;
    return {
      gateway,
      environment,
      url: url(),
      at: new Date().toISOString(),
      startedAt: this.startedAt,
      models: models.all.map(({ model, version, generation, answered, flushed, labels, errors, latencies }) => ({
        model,
        version,
        generation,
        answered,
        flushed,
        labels,
        errors,
        latencyP99Ms: latencies.p99(),
      })),
    };
  }
}
