/**
 * The interpreter: runs any DAG. The workflow type is the DAG's id, the input its params, the workflow's id that of the run.
 *
 * Nothing but Temporal's own errors may leave {@link dagRun}: any other would fail the workflow task, which is tried for ever
 * while the run hangs.
 */
import {
  ActivityFailure,
  ApplicationFailure,
  CancellationScope,
  CancelledFailure,
  continueAsNew,
  log,
  setCurrentDetails,
  setHandler,
  TemporalFailure,
  workflowInfo,
} from '@temporalio/workflow';
import { runRequestsOf } from '../core/dag/pool-requests.js';
import { SEED, type RunInput, type Seed, type StoredSeed } from '../core/dag/run-input.js';
import type { DagRunState, RunError } from '../core/dag/run-state.js';
import { DagRun } from '../core/dag/run.js';
import { wireRunOf } from '../core/dag/wire.js';
import { durationMs } from '../core/duration.js';
import type { Json } from '../core/json.js';
import type { RunInfo } from '../core/ports.js';
import { keep, takeUp, type Carried, type CarriedAt, type CarriedDag } from './carry.js';
import { state } from './dag-messages.js';
import { actions } from './engine-activities.js';
import { Executor } from './executor.js';
import { PoolClient } from './pool-client.js';
import { firedAtOf, runInfoOf } from './run-info.js';
import { handleUpdates, type Subject } from './run-updates.js';
import { tellBegin, tellEnd } from './search-attributes.js';
import { errorOf } from './task-activity.js';
import { sleepUntil } from './waiting.js';

/** How many failed tasks the failure of a run names; the state has them all. */
const NAMED_FAILURES = 10;

/** Keeps the catalogue's code that the activity raised as the type of the run's own failure. */
const failureOf = (error: unknown): TemporalFailure => {
  if (error instanceof TemporalFailure && !(error instanceof ActivityFailure)) return error;
  const { code, message } = errorOf(error);
  if (code === 'TASK_CANCELLED') return new CancelledFailure('The run was cancelled before it began.');
  return ApplicationFailure.create({ type: code, message, nonRetryable: true });
};

/** Outlives Temporal's retention. A store that is away does not change how the run ended. */
const record = async (last: DagRunState): Promise<void> => {
  try {
    await actions.recordRun(last);
  } catch (error) {
    log.error('the last state of the run could not be stored', { ...errorOf(error) });
  }
};

const runFailed = (run: DagRun, info: RunInfo): ApplicationFailure => {
  const failures = run.failures();
  const named = failures.slice(0, NAMED_FAILURES).map(({ instance, code, message }) => `${instance} (${code}: ${message})`);
  const more = failures.length > named.length ? ` and ${failures.length - named.length} more` : '';
  return ApplicationFailure.create({
    type: 'DAG_RUN_FAILED',
    message: `Run '${info.id}' of DAG '${info.dag}' failed: ${named.join(', ')}${more}.`,
    nonRetryable: true,
    details: [{ failed: failures.map(({ instance }) => instance) }],
  });
};

/** State of a run that has no spec: not yet, or because there is none. */
const stateWithoutDag = (info: RunInfo, params: Json, error?: RunError): DagRunState => ({
  dag: info.dag,
  runId: info.id,
  state: error ? 'failed' : 'running',
  run: info,
  params,
  tasks: {},
  composites: {},
  edges: [],
  ...(error ? { error, end: new Date().toISOString() } : {}),
  ...(error?.code === 'TASK_CANCELLED' ? { cancelled: true } : {}),
});

/** A run that is about to begin, or to go on. */
interface Begun {
  readonly started: CarriedDag;
  readonly info: RunInfo;
  readonly run: DagRun;
  readonly carried: Carried<CarriedDag> | undefined;
}

const planned = (started: CarriedDag, info: RunInfo, carried: Carried<CarriedDag> | undefined): Begun => {
  const { resolved, seed } = started;
  try {
    const run = new DagRun({ ...resolved, run: info, ...(seed ? { seed } : {}) }, { sharding: true }, carried?.run);
    return { started, info, run, carried };
  } catch (error) {
    const message = `The spec of DAG '${info.dag}' cannot be run: ${errorOf(error).message}.`;
    throw ApplicationFailure.create({ type: 'DAG_INVALID', message, nonRetryable: true });
  }
};

const seedOf = async ({ dag, id }: RunInfo, seed: Seed | StoredSeed): Promise<Seed> =>
  'parts' in seed ? takeUp<Seed>(dag, id, { execution: SEED, parts: seed.parts }) : seed;

const begin = async (params: Json, input: RunInput, at: CarriedAt | undefined): Promise<Begun> => {
  const own = workflowInfo();
  if (at) {
    const carried = await takeUp<Carried<CarriedDag>>(own.workflowType, own.workflowId, at);
    return planned(carried.started, carried.info, carried);
  }
  const firedAt = input.logicalDate ?? firedAtOf(own);
  const startedAt = own.startTime.toISOString();
  const resolved = await actions.resolveDag(own.workflowType, params, { firedAt, startedAt, version: input.version });
  const info = runInfoOf(own, input, resolved);
  const seed = input.seed && (await seedOf(info, input.seed));
  const begun = planned({ resolved, ...(seed ? { seed } : {}) }, info, undefined);
  if (input.note !== undefined) begun.run.notes.push({ at: info.startedAt, author: 'starter', text: input.note });
  return begun;
};

/** A run that is late goes on; it is said, once. */
const watchDeadline = (executor: Executor, { started, info, run }: Begun): void => {
  const { deadline } = started.resolved.spec;
  if (!deadline || run.isLate) return;
  const from = Date.parse(deadline.from === 'logical_date' ? info.logicalDate : info.startedAt);
  sleepUntil(from + durationMs(deadline.after)).then(
    () => {
      run.late(Date.now());
      executor.callBack(deadline.callbacks, { event: 'deadline' });
    },
    () => undefined, // the run ended before
  );
};

export default async function dagRun(params: Json = {}, input: RunInput | null = {}, at?: CarriedAt): Promise<Json> {
  let current = (_outputs: boolean): DagRunState => stateWithoutDag(runInfoOf(workflowInfo()), params);
  setHandler(state, (options) => current(options?.outputs ?? false));
  const subject: Subject = { executor: undefined, run: undefined };
  handleUpdates(subject);

  let begun: Begun;
  try {
    begun = await begin(params, input ?? {}, at);
  } catch (error) {
    const failure = failureOf(error);
    const last = stateWithoutDag(runInfoOf(workflowInfo()), params, errorOf(failure));
    current = () => last;
    subject.isLost = true;
    await CancellationScope.nonCancellable(() => record(last));
    throw failure;
  }
  const { started, info, run, carried } = begun;
  const { spec, hash, searchAttributes } = started.resolved;
  const pools = new PoolClient({ saved: carried?.pools });
  const executor = new Executor({ run, spec, info, place: { dag: spec, run: wireRunOf(info) }, pools, hash });
  Object.assign(subject, { executor, run });
  current = (outputs) => {
    const { waiting } = pools;
    return { ...run.state({ outputs }), ...(waiting.length > 0 ? { waiting } : {}) };
  };
  if (searchAttributes && !carried) tellBegin(info, params);

  const watch = new CancellationScope();
  const ended = await executed(begun, executor, pools, watch);
  watch.cancel();
  if (ended === 'continue') {
    const next = await keep(info, pools, () => ({ started, info, run: run.save(), pools: pools.save() }));
    if (next) return continueAsNew<typeof dagRun>(params, null, next);
  }
  const cancelled = ended !== 'over';
  const succeeded = !cancelled && run.planner.end?.state === 'success';
  await CancellationScope.nonCancellable(async () => {
    if (!succeeded) await executor.compensate(run.undoSteps());
    run.stop(Date.now(), cancelled);
    const { callbacks } = spec;
    const [error] = run.failures();
    await executor.tell(
      succeeded ? callbacks?.success : callbacks?.failure,
      succeeded ? { event: 'success' } : { event: 'failure', ...(error ? { error: { code: error.code, message: error.message } } : {}) },
    );
    if (searchAttributes) tellEnd(succeeded);
    await record(run.state({ outputs: true }));
    await pools.close();
  });
  setCurrentDetails('');
  if (cancelled) throw new CancelledFailure(`Run '${info.id}' was cancelled.`);
  if (!succeeded) throw runFailed(run, info);
  return run.planner.end?.output ?? null;
}

/** Waits for its turn where only so many runs may be active, then does everything. */
const executed = async (
  begun: Begun,
  executor: Executor,
  pools: PoolClient,
  watch: CancellationScope,
): Promise<'over' | 'cancelled' | 'continue'> => {
  const { run, carried, started } = begun;
  const turns = runRequestsOf(started.resolved.spec);
  try {
    if (turns) await pools.acquire(turns, 'run');
  } catch (error) {
    if (errorOf(error).code === 'TASK_CANCELLED') return 'cancelled';
    throw failureOf(error);
  }
  void watch.run(() => Promise.resolve(watchDeadline(executor, begun)));
  return executor.execute(() => (carried ? run.resume(Date.now()) : run.start(Date.now())));
};
