/** Some items of a large map, in a workflow of their own: its history is that of a few hundred tasks, whatever the map's. */
import {
  CancellationScope,
  CancelledFailure,
  log,
  makeContinueAsNewFunc,
  setHandler,
  TemporalFailure,
  workflowInfo,
} from '@temporalio/workflow';
import type { MapSlice } from '../core/dag/actions.js';
import type { Seed } from '../core/dag/run-input.js';
import { DagRun, type UndoStep } from '../core/dag/run.js';
import type { ItemEnd } from '../core/dag/scope.js';
import { sliceEnds, sliceRun } from '../core/dag/slice.js';
import type { DagSpec } from '../core/dag/spec.js';
import { wireRunOf } from '../core/dag/wire.js';
import type { RunInfo } from '../core/ports.js';
import { keep, takeUp, type Carried, type CarriedAt } from './carry.js';
import { state } from './dag-messages.js';
import { actions } from './engine-activities.js';
import { Executor } from './executor.js';
import { PoolClient } from './pool-client.js';
import { handleUpdates, type Subject } from './run-updates.js';
import { errorOf } from './task-activity.js';

export interface ShardInput {
  /** `scores[500-999]` */
  readonly instance: string;
  readonly slice: MapSlice;
  /** the run that it is a part of: its tasks speak of that one */
  readonly run: RunInfo;
  readonly hash: string;
  readonly dag: Pick<DagSpec, 'id' | 'priority' | 'maxActiveTasks'>;
  /** results of its items that are taken over from another run */
  readonly seed?: Seed;
}

export interface ShardResult {
  readonly ends: readonly ItemEnd[];
  /** how to undo what was done, newest first, should the run not end well */
  readonly undo: readonly UndoStep[];
}

const record = async (instance: string, run: DagRun): Promise<void> => {
  try {
    await actions.recordShard(instance, run.state({ outputs: true }));
  } catch (error) {
    log.error('the last state of the shard could not be stored', { ...errorOf(error) });
  }
};

export async function shard(input: ShardInput, at?: CarriedAt): Promise<ShardResult> {
  const { instance, slice, run: info, hash, dag, seed } = input;
  const { spec, variables, options } = sliceRun(info.dag, slice);
  // its parts lie beside those of the run, under the name of the shard
  const place = { ...info, id: workflowInfo().workflowId };
  const carried = at && (await takeUp<Carried<null>>(info.dag, place.id, at));
  const params = variables['params'] ?? null;
  const run = new DagRun(
    { spec: { ...spec, ...dag }, hash, params, run: info, variables, ...(seed ? { seed } : {}) },
    options,
    carried?.run,
  );
  const pools = new PoolClient({ dag: info.dag, saved: carried?.pools });
  const wire = { ...wireRunOf(info), id: info.id, dag: info.dag };
  const executor = new Executor({ run, spec: { ...spec, ...dag }, info, place: { dag, run: wire }, pools, hash });
  setHandler(state, (wanted) => run.state({ outputs: wanted?.outputs ?? false }));
  const subject: Subject = { executor, run };
  handleUpdates(subject);

  const ended = await executor.execute(() => (carried ? run.resume(Date.now()) : run.start(Date.now())));
  if (ended === 'continue') {
    const next = await keep(place, pools, () => ({ started: null, info, run: run.save(), pools: pools.save() }));
    if (next) return makeContinueAsNewFunc<typeof shard>()(input, next);
  }
  const cancelled = ended !== 'over';
  return CancellationScope.nonCancellable(async () => {
    if (cancelled) await executor.compensate(run.undoSteps());
    const undo = cancelled ? [] : run.undoSteps();
    run.stop(Date.now(), cancelled);
    await record(instance, run);
    await pools.close();
    if (cancelled) throw new CancelledFailure(`Items of run '${info.id}' were cancelled.`);
    return { ends: sliceEnds(run.planner), undo };
  }).catch((error: unknown) => {
    throw error instanceof TemporalFailure ? error : new CancelledFailure(errorOf(error).message);
  });
}
