/** Going on with a run in another execution, before its history meets Temporal's limits. */
import { allHandlersFinished, CancellationScope, condition, workflowInfo } from '@temporalio/workflow';
import type { ResolvedRun } from '../core/dag/resolve.js';
import type { SavedRun } from '../core/dag/run.js';
import type { Seed } from '../core/dag/run-input.js';
import type { Json } from '../core/json.js';
import type { RunInfo } from '../core/ports.js';
import { actions } from './engine-activities.js';
import type { SavedPoolClient } from './pool-client.js';

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

export const keep = async (info: RunInfo, carried: Carried<unknown>): Promise<CarriedAt> => {
  await condition(allHandlersFinished);
  const execution = workflowInfo().runId;
  const parts = await CancellationScope.nonCancellable(() => actions.saveRun(info.dag, info.id, execution, carried as unknown as Json));
  return { execution, parts };
};

/** @param ids of the run whose parts these are */
export const takeUp = async <T>(dag: string, run: string, { execution, parts }: CarriedAt): Promise<T> => {
  const texts: string[] = [];
  for (let part = 0; part < parts; part++) texts.push(await actions.loadRun(dag, run, execution, part));
  return JSON.parse(texts.join('')) as T;
};
