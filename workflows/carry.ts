/** Going on with a run in another execution, before its history meets Temporal's limits. */
import { allHandlersFinished, CancellationScope, condition, workflowInfo } from '@temporalio/workflow';
import type { ResolvedRun } from '../core/dag/resolve.js';
import type { SavedRun } from '../core/dag/run.js';
import type { Seed } from '../core/dag/run-input.js';
import type { RunInfo } from '../core/ports.js';
import { loadRun, saveRun } from './engine-activities.js';
import type { PoolClient, SavedPoolClient } from './pool-client.js';

/** All that the next execution needs. */
export interface Carried<S> {
  readonly started: S;
  readonly info: RunInfo;
  readonly run: SavedRun;
  readonly pools: SavedPoolClient;
}
export interface CarriedDag {
  readonly resolved: ResolvedRun & { readonly searchAttributes?: boolean };
  readonly seed?: Seed;
}

/** Where it is: too large for an argument, it goes to the object store. */
export interface CarriedAt {
  /** that kept it */
  readonly execution: string;
  readonly parts: number;
}

/**
 * @param carried what the next execution needs, as it is when it is asked
 * @returns undefined if the run was cancelled meanwhile: nobody tells the next execution of that
 */
export const keep = async (info: RunInfo, pools: PoolClient, carried: () => Carried<unknown>): Promise<CarriedAt | undefined> => {
  const execution = workflowInfo().runId;
  const kept = await CancellationScope.nonCancellable(async () => {
    for (;;) {
      await pools.settled();
      await condition(allHandlersFinished);
      const now = JSON.stringify(carried());
      const parts = await saveRun(info.dag, info.id, execution, now);
      if (JSON.stringify(carried()) === now) return { execution, parts }; // else somebody has said something meanwhile
    }
  });
  return CancellationScope.current().consideredCancelled ? undefined : kept;
};

/** @param ids of the run whose parts these are */
export const takeUp = <T>(dag: string, run: string, { execution, parts }: CarriedAt): Promise<T> =>
  CancellationScope.nonCancellable(async () => {
    const texts: string[] = [];
    for (let part = 0; part < parts; part++) texts.push(await loadRun(dag, run, execution, part));
    return JSON.parse(texts.join('')) as T;
  });
