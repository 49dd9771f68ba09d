/** What the workflow of a model asks of the world. */
import { Context } from '@temporalio/activity';
import { durationMs } from '../core/duration.js';
import type { AdmissionPolicy, RunEnd } from '../core/lifecycle/admission.js';
import type { ModelSpec } from '../core/lifecycle/model-spec.js';
import type { Pointer } from '../core/lifecycle/pointer.js';
import type { Registry, RollbackDone, RollbackOrder } from '../platform/registry/registry.js';
import { withFailures } from './failures.js';

/** DAG runs as seen from outside. */
export interface Runs {
  /** Follows a run to its end, however it ends: done, failed, cancelled, terminated, timed out. */
  ended(runId: string, signal: AbortSignal): Promise<RunEnd>;
}

export interface ModelDoorDeps {
  readonly registry: Registry;
  readonly environment: string;
  readonly runs: Runs;
  /** @throws MODEL_NOT_FOUND */
  readonly modelSpec: (name: string) => { readonly spec: ModelSpec };
}

export type RollbackInput = Omit<RollbackOrder, 'environment'>;

const BEAT_MS = 5_000;
/** A gateway looks for a new pointer several times a second; one that needs longer has trouble. */
const SERVED_WITHIN_MS = 30_000;

/** Heartbeats until the work is done; they also bring the news that the activity is no longer wanted. */
const beating = async <T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> => {
  const { cancellationSignal, heartbeat } = Context.current();
  const timer = setInterval(() => heartbeat(), BEAT_MS);
  try {
    return await work(cancellationSignal);
  } finally {
    clearInterval(timer);
  }
};

export const createModelActivities = ({ registry, environment, runs, modelSpec }: ModelDoorDeps) =>
  withFailures({
    modelPolicy(name: string): Promise<AdmissionPolicy> {
      const { on, cooldown, maxFailures } = modelSpec(name).spec.retrain;
      return Promise.resolve({ on, cooldownMs: durationMs(cooldown), maxFailures });
    },

    /** What serves now. */
    async servingNow(name: string): Promise<Pointer | null> {
      return (await registry.pointer(name, environment)) ?? null;
    },

    rollbackModel(order: RollbackInput): Promise<RollbackDone> {
      return registry.rollBack({ ...order, environment });
    },

    /** @returns names of the live gateways that serve at least `generation` */
    async verifyServed({ model, generation }: { model: string; generation: number }): Promise<string[]> {
      return beating(async (signal) => {
        const served = await registry.waitUntilServed(model, environment, generation, { timeoutMs: SERVED_WITHIN_MS, signal });
        return served.map(({ gateway }) => gateway);
      });
    },

    awaitRun({ runId }: { runId: string }): Promise<RunEnd> {
      return beating((signal) => runs.ended(runId, signal));
    },
  });

export type ModelActivities = ReturnType<typeof createModelActivities>;
